"""All boards: one row a node, whatever it is known by.

A port has a row as soon as it is followed. Once a line says who is there, the row becomes that
node's: if the node is known already, by air or from a port that it was unplugged from, the older
row takes the port over, with all that it remembers.
"""

from ascpi import telemetry
from ascpi.monitor.board import Board
from ascpi.monitor.ear import Ear, Overheard
from ascpi.monitor.glyphs import GlyphWatch
from ascpi.monitor.heard import Connection, Heard, Line, Packet
from ascpi.monitor.record import (
    AIR,
    BEACON,
    CONNECTION,
    ERROR,
    EVENT,
    LINE,
    NOTE,
    REPORT,
    Record,
)
from ascpi.monitor.standing import short_port
from ascpi_core.ssep import ACCEPTED

# What was refused by air is told at most so often.
REFUSED_EVERY_US = 1_000_000
AIR_NAME = "air"


NO_BOARD_YET = "no board yet: plug one in, or name a port with --port"


class Roster:
    """`take` what is heard; `boards` are sorted by node, those still unknown last."""

    def __init__(self, rate_mhz: int, ear: Ear | None = None) -> None:
        self.boards: list[Board] = []
        self.ear = ear
        self.glyphs = GlyphWatch(rate_mhz)
        self._rate_mhz = rate_mhz
        self._left: set[str] = set()
        self._told_refused = 0
        self._told_us: int | None = None

    def follow(self, port: str) -> None:
        """A row for a port that is about to be opened."""
        if self._at(port) is None and port not in self._left:
            self._add(Board(port, self._rate_mhz))

    def take(self, heard: Heard) -> list[Record]:
        """What has happened by it."""
        if isinstance(heard, Line):
            return [self._take_line(heard)]
        if isinstance(heard, Connection):
            return self._take_connection(heard)
        return self._take_packet(heard)

    def name_of(self, board: Board) -> str:
        """Its name; with its port, if another port has a board of the same id at the moment."""
        twins = [other for other in self.boards if other.name == board.name]
        if len(twins) > 1 and board.port is not None and twins[0] is not board:
            return f"{board.name}@{short_port(board.port)}"
        return board.name

    def _take_line(self, heard: Line) -> Record:
        said = telemetry.parse(heard.text)
        board = self._identified(heard, _node_id(said))
        board.take_line(heard.text, said, heard.at_us)
        kind, words = _meaning(said)
        name = self.name_of(board)
        return Record(heard.at_us, name, heard.port, kind, heard.text, words)

    def _take_connection(self, heard: Connection) -> list[Record]:
        if heard.port in self._left:
            if heard.state:
                return []
            # Another board on a port that one has left.
            self._left.discard(heard.port)
        self.follow(heard.port)
        board = self._at(heard.port)
        if board is None or not board.take_connection(heard.state, heard.at_us):
            return []
        line = f"-- {heard.state or 'the port is open'}"
        words = {"state": heard.state or "open"}
        name = self.name_of(board)
        return [Record(heard.at_us, name, heard.port, CONNECTION, line, words)]

    def _take_packet(self, heard: Packet) -> list[Record]:
        if self.ear is None:
            return []
        overheard = self.ear.take(heard.data, heard.at_us)
        if self.ear.status != ACCEPTED:
            return self._tell_refused(heard.at_us)
        told = self.glyphs.hear(heard.data, heard.at_us)
        if overheard is None:
            return told
        board = self._heard_by_air(overheard)
        board.take_beacon(overheard, heard.at_us)
        name = self.name_of(board)
        return [Record(heard.at_us, name, "", BEACON, overheard.line, overheard.words), *told]

    def _tell_refused(self, at_us: int) -> list[Record]:
        if self._told_us is not None and at_us - self._told_us < REFUSED_EVERY_US:
            return []
        assert self.ear is not None
        self._told_us = at_us
        words = {reason: str(count) for reason, count in self.ear.refused().items()}
        line = "refused " + " ".join(f"{reason}={count}" for reason, count in words.items())
        return [Record(at_us, AIR_NAME, "", AIR, line, words)]

    # Who is who

    def _identified(self, heard: Line, node_id: int | None) -> Board:
        """The row of whoever wrote this line; `node_id` if it says so."""
        self._left.discard(heard.port)
        self.follow(heard.port)
        board = self._at(heard.port)
        assert board is not None
        if node_id is None or node_id == board.node_id:
            return board
        if board.node_id is not None:
            board = self._replaced(board, node_id, heard.at_us)
        return self._named(board, node_id)

    def _replaced(self, board: Board, node_id: int, at_us: int) -> Board:
        """Another board is on the port of `board`, which keeps its row without one."""
        port, board.port = board.port, None
        board.take_connection(f"moved: node {node_id} is on {port} now", at_us)
        found = Board(port, self._rate_mhz)
        found.connection = ""
        self._add(found)
        return found

    def _named(self, board: Board, node_id: int) -> Board:
        """`board` turns out to be this node: its row, or the one that the node has already."""
        for known in self.boards:
            if known.node_id == node_id and (known.port is None or known.connection):
                if known.port is not None:
                    self._left.add(known.port)
                known.port, known.connection = board.port, board.connection
                known.recent.extend(board.recent)
                self.boards.remove(board)
                return known
        board.node_id = node_id
        self._sort()
        return board

    def _heard_by_air(self, overheard: Overheard) -> Board:
        for board in self.boards:
            if board.node_id == overheard.node_id:
                return board
        board = Board(None, self._rate_mhz)
        board.node_id = overheard.node_id
        self._add(board)
        return board

    def _at(self, port: str) -> Board | None:
        for board in self.boards:
            if board.port == port:
                return board
        return None

    def _add(self, board: Board) -> None:
        self.boards.append(board)
        self._sort()

    def _sort(self) -> None:
        self.boards.sort(
            key=lambda board: (board.node_id is None, board.node_id or 0, board.port or "")
        )


def _node_id(said: telemetry.Line | None) -> int | None:
    """Who says so: only reports and the start do."""
    if isinstance(said, telemetry.Report):
        return said.node_id
    if isinstance(said, telemetry.Event) and said.name == "boot":
        word = said.words.get("id", "")
        return int(word) if word.isdigit() else None
    return None


def _meaning(said: telemetry.Line | None) -> tuple[str, dict[str, str]]:
    """Kind and words of a line."""
    if isinstance(said, telemetry.Report):
        return REPORT, said.words
    if isinstance(said, telemetry.Event):
        words = {"event": said.name, **said.words}
        return EVENT, {**words, "text": said.text} if said.text else words
    if isinstance(said, telemetry.Message):
        return (ERROR if said.is_error else NOTE), {"text": said.text}
    return LINE, {}
