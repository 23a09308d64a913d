"""The lines of the selected board, or those of all boards that contain a text."""

from collections import deque

from rich.cells import chop_cells, set_cell_size
from textual import events

from ascpi.monitor.board import Board
from ascpi.monitor.record import CONNECTION, ERROR, EVENT, NOTE, WallClock
from ascpi.monitor.session import Session, matches
from ascpi.monitor.window.lines import SHOWN, Line, Lines, text
from ascpi.view import colour
from ascpi.view.colour import Rgb

LINES_KEPT = 500
TAB = 4
WHEEL_ROWS = 3

_STAMP = colour.mixed(colour.FAINT, colour.DIM, 0.5)
_KINDS: dict[str, Rgb] = {
    ERROR: colour.BAD,
    NOTE: colour.WHITE,
    EVENT: colour.GOOD,
    CONNECTION: colour.BAD,
}


class Pane(Lines):
    """`follow` says what is shown; `update_lines` adds what has come since.

    The newest is at the bottom. Whoever has scrolled back stays where they are.
    """

    def __init__(self, session: Session, clock: WallClock) -> None:
        super().__init__("pane")
        self._session = session
        self._clock = clock
        self._board: Board | None = None
        self._wanted = ""
        self._seen = 0
        self._lines: deque[tuple[str, str, Rgb]] = deque(maxlen=LINES_KEPT)
        self._back = 0
        self._column = 0

    def follow(self, board: Board | None, wanted: str) -> None:
        """The board's lines, or with `wanted` those of all that contain it."""
        if board is self._board and wanted == self._wanted:
            return
        self._board, self._wanted, self._seen = board, wanted, 0
        self._back = 0
        self._lines.clear()

    def update_lines(self) -> None:
        """Take what is new, and show it."""
        before = len(self._lines)
        added = self._take_records() if self._wanted else self._take_said()
        if self._back:
            # Where older ones were dropped for them there is nowhere to stay.
            self._back += added if before + added <= LINES_KEPT else 0
        self._show()

    def scroll_view(self, columns: int, rows: int) -> None:
        """To older lines (rows below 0) or newer ones, to the rest of long lines or back."""
        longest = max((len(words) for _, words, _ in self._lines), default=0)
        most = max(0, len(self._lines) - self.size.height)
        self._back = max(0, min(self._back - rows, most))
        self._column = max(0, min(self._column + columns, longest))
        self._show()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Older ones."""
        self.scroll_view(0, -WHEEL_ROWS)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Newer ones."""
        self.scroll_view(0, WHEEL_ROWS)

    def _take_records(self) -> int:
        records = self._session.recent.since(self._seen)
        self._seen = self._session.recent.total
        found = [record for record in records if matches(record, self._wanted)]
        for record in found:
            self._add(record.plain, record.at_us, _KINDS.get(record.kind, colour.DIM))
        return len(found)

    def _take_said(self) -> int:
        if self._board is None:
            return 0
        said = self._board.recent.since(self._seen)
        self._seen = self._board.recent.total
        for line in said:
            self._add(line.text, line.at_us, _tint(line.text))
        return len(said)

    def _add(self, words: str, at_us: int, rgb: Rgb) -> None:
        stamp = self._clock.at(at_us).strftime("%H:%M:%S.%f")[:-3]
        self._lines.append((stamp, words.expandtabs(TAB).translate(SHOWN), rgb))

    def _show(self) -> None:
        width, height = self.size
        if height == 0:
            return
        end = len(self._lines) - self._back
        shown = list(self._lines)[max(0, end - height) : end]
        self.show([self._line(*each, width) for each in shown])

    def _line(self, stamp: str, words: str, rgb: Rgb, width: int) -> Line:
        if self._column:
            words = "".join(chop_cells(words, self._column)[1:])
        room = width - len(stamp) - 1
        return [text(f"{stamp} ", _STAMP), text(set_cell_size(words, max(0, room)), rgb)]


def _tint(words: str) -> Rgb:
    if words.startswith("-- "):
        return colour.BAD
    kind = words.split(" ", 2)[1] if words.startswith("ASCPI ") else ""
    return _KINDS.get(kind, colour.DIM if kind else colour.TEXT)
