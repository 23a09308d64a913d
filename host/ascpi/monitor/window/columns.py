"""The columns of the table: what each says of a board, and which of them have room."""

from collections.abc import Callable
from dataclasses import dataclass

from ascpi.monitor import standing
from ascpi.monitor.board import UNKNOWN, Board
from ascpi.telemetry import Report
from ascpi.view import colour, units
from ascpi.view.colour import Rgb
from ascpi_core.phase import BAND_NAMES

Cell = tuple[str, Rgb]
NOTHING: Cell = (UNKNOWN, colour.FAINT)
_KIB = 1024


@dataclass(frozen=True)
class Column:
    """`rank`: of those with no room the highest go first. `fills`: takes what is left."""

    title: str
    width: int
    rank: int
    cell: Callable[[Board, int], Cell]
    right: bool = False
    fills: bool = False


def chosen(columns: "tuple[Column, ...]", width: int) -> list[Column]:
    """Those that have room beside each other, with a blank between them, in their order."""
    kept: list[Column] = []
    room = width
    for column in sorted(columns, key=lambda column: column.rank):
        if column.width + 1 > room:
            break
        kept.append(column)
        room -= column.width + 1
    return [column for column in columns if column in kept]


def _port(board: Board, now_us: int) -> Cell:
    if board.port is None:
        return ("by air" if board.overheard is not None else UNKNOWN), colour.DIM
    return standing.short_port(board.port), colour.DIM


def _connection(board: Board, now_us: int) -> Cell:
    if board.connection:
        return standing.short(board.connection), colour.BAD
    if not board.is_silent(now_us):
        return ("serial" if _speaks(board, now_us) else "air"), colour.GOOD
    if board.heard_us is None and board.phase.last_us is None:
        return "nothing yet", colour.DIM
    if board.phase.last_us is None:
        return "no telemetry", colour.BAD
    return f"silent {(now_us - board.phase.last_us) / 1e6:.0f} s", colour.BAD


def _speaks(board: Board, now_us: int) -> bool:
    return board.port is not None and board.reports.per_second(now_us) > 0


def _state(board: Board, now_us: int) -> Cell:
    latest = board.latest
    if latest is None:
        return NOTHING
    words = latest.state
    if board.is_silent(now_us):
        return words, colour.DIM
    return words, {"locked": colour.GOOD, "acquiring": colour.TEXT}.get(latest.state, colour.BAD)


def _phase(board: Board, now_us: int) -> Cell:
    phase = board.phase.at(now_us)
    return NOTHING if phase is None else (f"{phase % 1.0:.2f}"[-3:], colour.TEXT)


def _error(board: Board, now_us: int) -> Cell:
    report = board.report
    if report is None or board.is_silent(now_us):
        return NOTHING
    return units.microseconds(report.error_us), colour.TEXT


def _claim(board: Board, now_us: int) -> Cell:
    latest = board.latest
    if latest is None or latest.claim_us is None or board.is_silent(now_us):
        return NOTHING
    return units.within(latest.claim_us), colour.TEXT


def _coherence(board: Board, now_us: int) -> Cell:
    latest = board.latest
    if latest is None or board.is_silent(now_us):
        return NOTHING
    return units.coherence(latest.coherence), colour.band_colour(board.band)


def _band(board: Board, now_us: int) -> Cell:
    if board.latest is None or board.is_silent(now_us):
        return NOTHING
    return BAND_NAMES[board.band], colour.band_colour(board.band)


def _word(name: str) -> Callable[[Board, int], Cell]:
    def cell(board: Board, now_us: int) -> Cell:
        word = board.word(name)
        return NOTHING if word == UNKNOWN else (word, colour.TEXT)

    return cell


def _refused(board: Board, now_us: int) -> Cell:
    word = board.word("refused")
    if word == UNKNOWN:
        return NOTHING
    return word, colour.BAD if board.is_refusing(now_us) else colour.DIM


def _why(board: Board, now_us: int) -> Cell:
    return board.words.get("why", ""), colour.DIM


def _up(board: Board, now_us: int) -> Cell:
    seconds = board.up_s(now_us)
    return NOTHING if seconds is None else (duration(seconds), colour.DIM)


def _memory(board: Board, now_us: int) -> Cell:
    word = board.words.get("mem_free", "")
    return (f"{int(word) / _KIB:.0f} K", colour.DIM) if word.isdigit() else NOTHING


def _reports(board: Board, now_us: int) -> Cell:
    meter = board.reports if isinstance(board.latest, Report) else board.beacons
    rate = meter.per_second(now_us)
    return (f"{rate:.1f}", colour.DIM) if rate else NOTHING


def _event(board: Board, now_us: int) -> Cell:
    if board.event is None:
        return "", colour.DIM
    return f"{board.event.text} · {duration((now_us - board.event.at_us) / 1e6)}", colour.DIM


def duration(seconds: float) -> str:
    """12 s, 3:07, 1:02:33, 4 d 07 h."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}:{rest:02}"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours}:{minutes:02}:{rest:02}"
    return f"{hours // 24} d {hours % 24:02} h"


COLUMNS = (
    Column("port", 9, 9, _port),
    Column("phase", 5, 8, _phase, right=True),
    Column("state", 9, 0, _state),
    Column("error", 8, 1, _error, right=True),
    Column("claim", 8, 2, _claim, right=True),
    Column("C", 6, 3, _coherence, right=True),
    Column("band", 8, 10, _band),
    Column("peers", 5, 4, _word("peers"), right=True),
    Column("glyphs", 6, 11, _word("glyphs"), right=True),
    Column("energy", 6, 12, _word("energy"), right=True),
    Column("refused", 7, 6, _refused, right=True),
    Column("up", 8, 13, _up, right=True),
    Column("memory", 6, 14, _memory, right=True),
    Column("/s", 4, 7, _reports, right=True),
    Column("heard by", 12, 5, _connection),
    Column("last event", 20, 15, _event),
    Column("why refused", 12, 16, _why, fills=True),
)
