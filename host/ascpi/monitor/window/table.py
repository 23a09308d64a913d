"""The table of boards: a row for each, with the light that it shows."""

from collections.abc import Sequence

from rich.cells import set_cell_size
from rich.color import Color
from rich.segment import Segment
from rich.style import Style

from ascpi.monitor.board import Board
from ascpi.monitor.window.columns import COLUMNS, Column, chosen
from ascpi.monitor.window.lines import Line, text
from ascpi.view import colour
from ascpi.view.light import lit

NAME_WIDTH = 10
# Mark, light and the blanks beside them.
_LIGHT_WIDTH = 4
_SELECTED = Style(bgcolor=Color.from_rgb(30, 38, 52))
HEADER_ROWS = 1


class Table:
    """Which rows are seen, and the numbers in them, which stand for a moment."""

    def __init__(self) -> None:
        self.first = 0
        self._columns: list[Column] = []
        self._width = 0
        self._cells: dict[int, Line] = {}

    def keep_in_view(self, selected: int, rows: int) -> None:
        """Scroll as far as needed; `rows` are there for boards."""
        self.first = max(min(self.first, selected), selected - rows + 1, 0)

    def lines(
        self,
        boards: Sequence[Board],
        names: Sequence[str],
        selected: int,
        size: tuple[int, int],
        now_us: int,
        fresh: bool,
    ) -> list[Line]:
        """The header and the rows that are in view; `fresh`: with the numbers of now."""
        width, height = size
        if width != self._width:
            self._width = width
            self._columns = chosen(COLUMNS, width - NAME_WIDTH - _LIGHT_WIDTH)
            fresh = True
        if fresh:
            self._cells.clear()
        rows = height - HEADER_ROWS
        self.keep_in_view(selected, rows)
        lines = [self._header(len(boards), rows)]
        for index in range(self.first, min(self.first + rows, len(boards))):
            board = boards[index]
            line = self._row(board, names[index], now_us)
            mark = text("▸" if index == selected else " ", colour.WHITE)
            line = [mark, _light(board, now_us), Segment(" "), *line]
            if index == selected:
                line = list(Segment.apply_style(_filled(line, width), post_style=_SELECTED))
            lines.append(line)
        return lines

    def _header(self, count: int, rows: int) -> Line:
        title = "node" if count <= rows else f"{self.first + 1}… of {count}"
        cells = [set_cell_size(title, NAME_WIDTH)]
        cells += [_sized(column.title, column, self._room(column)) for column in self._columns]
        return [text("   " + " ".join(cells), colour.DIM)]

    def _row(self, board: Board, name: str, now_us: int) -> Line:
        kept = self._cells.get(id(board))
        if kept is not None:
            return kept
        line = [text(set_cell_size(name.removeprefix("node-"), NAME_WIDTH), colour.WHITE)]
        for column in self._columns:
            words, rgb = column.cell(board, now_us)
            line += [Segment(" "), text(_sized(words, column, self._room(column)), rgb)]
        self._cells[id(board)] = line
        return line

    def _room(self, column: Column) -> int:
        if not column.fills:
            return column.width
        taken = sum(other.width + 1 for other in self._columns) + NAME_WIDTH + _LIGHT_WIDTH
        return column.width + max(0, self._width - taken)


def _light(board: Board, now_us: int) -> Segment:
    """What its LED shows at this moment."""
    phase = board.phase.at(now_us)
    if phase is None:
        return text("○", colour.FAINT)
    return text("●", lit(phase, board.band))


def _sized(words: str, column: Column, width: int) -> str:
    if column.right:
        words = words.rjust(width)
    return set_cell_size(words, width)


def _filled(line: Line, width: int) -> Line:
    return Segment.adjust_line_length(line, width)
