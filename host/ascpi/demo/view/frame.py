"""Puts the parts together, for whatever size the terminal has at the moment."""

from collections.abc import Sequence

from rich.color import Color
from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from rich.style import Style

from ascpi.demo.scene import Scene
from ascpi.demo.view import digits, glyphs, panels
from ascpi.demo.view.panels import Line
from ascpi.view import colour

# The column of the nodes is at least so wide; the wheel gets what is left of the width.
NODES_WIDTH = 48
GAP = 2
WHEEL_ROWS_LEAST = 8
HISTORY_ROWS = 2
LOG_ROWS_LEAST = 2
# What the longest story takes; and what stays for the picture and its frame, if there is less.
STORY_ROWS = 16
ABOVE_STORY_ROWS = 14
# Room beside the digits for the verdict.
VERDICT_GAP = 2


class Frame:
    """A Rich renderable: fills the space that it is given."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        height = options.height or console.height
        colours = None if console.no_color else console.color_system
        lines = compose(self._scene, options.max_width, height, colours)
        ground = Style(bgcolor=Color.from_rgb(*colour.BACKGROUND))
        for number, line in enumerate(lines):
            yield from Segment.apply_style(line, ground)
            if number < len(lines) - 1:
                yield Segment.line()


def compose(
    scene: Scene,
    width: int,
    height: int,
    colours: str | None = panels.TRUE_COLOUR,
    footer: bool = True,
) -> list[Line]:
    """Exactly `height` lines of exactly `width` columns; `footer`: with the keys."""
    bottom = _bottom_rows(scene, height)
    top = height - 2 - 1 - bottom
    lines = [panels.title(scene, width)]
    lines += _sized(_top(scene, width, top, colours), top, width)
    lines.append(glyphs.track(scene, width))
    if scene.story:
        lines += _sized(panels.story_lines(scene.story, bottom), bottom, width)
    else:
        lines += panels.log_lines(scene.log, bottom)
    lines.append(panels.footer(scene, width, footer))
    return _sized(lines, height, width)


def _bottom_rows(scene: Scene, height: int) -> int:
    """How many lines the log or the story gets."""
    if scene.story:
        # Always as many, or the picture would jump whenever something is told.
        return max(1, min(STORY_ROWS, height - ABOVE_STORY_ROWS))
    needed = _nodes_rows(scene, with_digits=False) + 3
    return max(LOG_ROWS_LEAST, min(height // 4, height - 3 - needed))


def _nodes_rows(scene: Scene, with_digits: bool) -> int:
    """Lines of the right column: digits, history, a blank, header, nodes."""
    return len(scene.nodes) + 1 + HISTORY_ROWS + (digits.LINES + 2 if with_digits else 0)


def _top(scene: Scene, width: int, rows: int, colours: str | None) -> list[Line]:
    digits_right = _nodes_rows(scene, with_digits=True) <= rows
    below = [] if digits_right else _below_wheel(scene)
    wheel_rows = min(rows - max(1, len(below)), (width - NODES_WIDTH - GAP - 2) // 2)
    if wheel_rows < WHEEL_ROWS_LEAST:
        return _indented(_right(scene, width - 2, rows), 1)
    right_width = width - 2 * wheel_rows - GAP - 2
    left = [*panels.wheel_lines(scene, wheel_rows, colours), *below]
    left = _sized(_centred(left, rows), rows, 2 * wheel_rows)
    right = _centred(_right(scene, right_width, rows, digits_right), rows)
    gap: Line = [Segment(" " * GAP)]
    return _indented([[*one, *gap, *other] for one, other in zip(left, right, strict=True)], 1)


def _below_wheel(scene: Scene) -> list[Line]:
    """C and the verdict, where the nodes need all of the other column."""
    band, lock, steady = panels.verdict_lines(scene)
    return [*panels.coherence_lines(scene, False), [*band, Segment("  "), *lock], steady]


def _right(scene: Scene, width: int, rows: int, with_digits: bool = True) -> list[Line]:
    lines: list[Line] = []
    if with_digits and _nodes_rows(scene, with_digits=True) <= rows:
        pairs = zip(panels.coherence_lines(scene), panels.verdict_lines(scene), strict=True)
        gap: Line = [Segment(" " * VERDICT_GAP)]
        lines += [[*big, *gap, *verdict] for big, verdict in pairs]
        lines.append([])
    if len(lines) + HISTORY_ROWS + 1 + len(scene.nodes) <= rows:
        lines += panels.history_lines(scene, width, HISTORY_ROWS)
    if len(lines) + 2 + len(scene.nodes) < rows:
        lines.append([])
    lines.append(panels.node_header(scene, width))
    lines += [panels.node_line(scene, index, width) for index in range(len(scene.nodes))]
    return lines


def _centred(lines: Sequence[Line], rows: int) -> list[Line]:
    above = max(0, (rows - len(lines) + 1) // 2)
    padded: list[Line] = [[] for _ in range(above)]
    padded += list(lines)
    return padded[:rows] + [[] for _ in range(rows - len(padded))]


def _indented(lines: Sequence[Line], columns: int) -> list[Line]:
    return [[Segment(" " * columns), *line] for line in lines]


def _sized(lines: Sequence[Line], rows: int, width: int) -> list[Line]:
    """So many lines, each cut or filled to the width."""
    base = colour.style(colour.TEXT)
    sized = [Segment.adjust_line_length(list(line), width, base) for line in lines[:rows]]
    blank: Line = [Segment(" " * width, base)]
    return sized + [blank for _ in range(rows - len(sized))]
