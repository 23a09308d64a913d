"""The window as lines of styled text, for a picture file."""

from typing import Any

from rich.segment import Segment
from textual.app import App
from textual.geometry import Region

from ascpi.monitor.window.lines import Line, Lines


def portrait(app: App[Any]) -> list[Line]:
    """What its parts show at the moment, each at its place; the last line, the keys, is left out.

    The library's own picture draws block characters as text, between which lines show.
    """
    rows: list[list[tuple[int, Line]]] = [[] for _ in range(app.size.height)]
    for part in app.screen.query(Lines):
        if not part.display or part.id == "footer":
            continue
        place = part.region
        crop = Region(0, 0, place.width, place.height)
        # In a terminal that is too small some parts lie below its end.
        for offset, strip in enumerate(part.render_lines(crop)[: len(rows) - place.y]):
            rows[place.y + offset].append((place.x, list(strip)))
    return [_joined(pieces) for pieces in rows[:-1]]


def _joined(pieces: list[tuple[int, Line]]) -> Line:
    line: Line = []
    column = 0
    for start, piece in sorted(pieces, key=lambda each: each[0]):
        if start > column:
            line.append(Segment(" " * (start - column)))
        line += piece
        column = start + Segment.get_line_length(piece)
    return line
