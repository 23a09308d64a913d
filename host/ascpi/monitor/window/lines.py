"""Styled text in lines, and the widget that shows it and redraws only what has changed."""

from collections.abc import Sequence

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from ascpi.view import colour
from ascpi.view.colour import Rgb, style

Line = list[Segment]

_GROUND = Style(color=Color.from_rgb(*colour.TEXT), bgcolor=Color.from_rgb(*colour.BACKGROUND))
# What a board writes may hold anything; none of it moves the cursor.
SHOWN = dict.fromkeys([*range(32), *range(127, 160)], "·")


def text(words: str, rgb: Rgb = colour.TEXT, bold: bool = False) -> Segment:
    """Some words; control characters become dots."""
    return Segment(words.translate(SHOWN), style(rgb, None, bold))


def spread(left: Line, right: Line, width: int) -> Line:
    """Left and right, with what is between them; the right is left out if there is no room."""
    gap = width - Segment.get_line_length(left) - Segment.get_line_length(right)
    return left if gap < 1 else [*left, Segment(" " * gap), *right]


class Lines(Widget):
    """Shows the lines that it is given, cut or filled to its size."""

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self._strips: list[Strip] = []

    def show(self, lines: Sequence[Line]) -> None:
        """From now on; only lines that are others than before are drawn."""
        width, height = self.size
        strips = [_strip(line, width) for line in lines[:height]]
        before, self._strips = self._strips, strips
        changed = [
            row
            for row in range(max(len(before), len(strips)))
            if row >= len(before) or row >= len(strips) or before[row] != strips[row]
        ]
        if changed:
            self.refresh(*(Region(0, row, width, 1) for row in changed))

    def render_line(self, y: int) -> Strip:
        """One line, for the library."""
        if y < len(self._strips):
            return self._strips[y]
        return _strip([], self.size.width)


def _strip(line: Line, width: int) -> Strip:
    return Strip(line).adjust_cell_length(width, _GROUND).apply_style(_GROUND)
