"""A frame as an SVG picture: text where there is text, rectangles where blocks are drawn.

Rich can write SVG, too; there block characters are text in whatever font the reader has, and the
lines between them show.
"""

from collections.abc import Sequence
from html import escape

from rich.color import Color
from rich.segment import Segment
from rich.style import Style

from ascpi.view.colour import BACKGROUND, TEXT

CELL_WIDTH, CELL_HEIGHT = 8.4, 17.0
FONT_SIZE = 14
BASELINE = 13.0
MARGIN = 14.0
RADIUS = 8
FONTS = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace"

# Of a cell, from the top: where a block character begins and ends.
_BLOCKS = {chr(0x2580 + eighths): (1 - eighths / 8, 1.0) for eighths in range(1, 9)}
_BLOCKS["▀"] = (0.0, 0.5)


def svg(lines: Sequence[Sequence[Segment]], columns: int, title: str) -> str:
    """The whole picture, with a dark background of its own."""
    width = columns * CELL_WIDTH + 2 * MARGIN
    height = len(lines) * CELL_HEIGHT + 2 * MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
        f'role="img" aria-label="{escape(title)}">',
        f"<title>{escape(title)}</title>",
        f'<rect width="100%" height="100%" rx="{RADIUS}" fill="{_hex(BACKGROUND)}"/>',
        f'<g transform="translate({MARGIN:g} {MARGIN:g})" font-family="{escape(FONTS)}" '
        f'font-size="{FONT_SIZE}" shape-rendering="crispEdges" xml:space="preserve">',
    ]
    for row, line in enumerate(lines):
        column = 0
        for segment in line:
            parts += _segment(segment, row, column)
            column += len(segment.text)
    parts += ["</g>", "</svg>"]
    return "\n".join(parts) + "\n"


def _segment(segment: Segment, row: int, column: int) -> list[str]:
    """Runs of one block character are one rectangle; other runs are one text."""
    style = segment.style or Style()
    parts = []
    if style.bgcolor is not None and not style.bgcolor.is_default:
        parts.append(_rectangle(row, column, len(segment.text), (0.0, 1.0), _of(style.bgcolor)))
    start = 0
    while start < len(segment.text):
        kind = _kind(segment.text[start])
        end = start + 1
        while end < len(segment.text) and _kind(segment.text[end]) == kind:
            end += 1
        run = segment.text[start:end]
        if kind:
            fill = _of(style.color)
            parts.append(_rectangle(row, column + start, len(run), _BLOCKS[kind], fill))
        elif run.strip():
            parts.append(_text(row, column + start, run, style))
        start = end
    return parts


def _kind(character: str) -> str:
    return character if character in _BLOCKS else ""


def _rectangle(row: int, column: int, cells: int, span: tuple[float, float], fill: str) -> str:
    top, bottom = span
    x, y = column * CELL_WIDTH, (row + top) * CELL_HEIGHT
    # A hair more, so that no line shows between neighbours.
    width, height = cells * CELL_WIDTH + 0.2, (bottom - top) * CELL_HEIGHT + 0.2
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{fill}"/>'
    )


def _text(row: int, column: int, run: str, style: Style) -> str:
    lead = len(run) - len(run.lstrip())
    shown = run.strip()
    x, y = (column + lead) * CELL_WIDTH, row * CELL_HEIGHT + BASELINE
    weight = ' font-weight="bold"' if style.bold else ""
    length = len(shown) * CELL_WIDTH
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" textLength="{length:.1f}"{weight} '
        f'fill="{_of(style.color)}">{escape(shown)}</text>'
    )


def _of(colour: Color | None) -> str:
    return _hex(TEXT) if colour is None or colour.is_default else _hex(colour.get_truecolor())


def _hex(rgb: tuple[int, int, int]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*rgb)
