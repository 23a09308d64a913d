"""Boards as text: the table of a failure message, and the last lines."""

from collections.abc import Sequence

from ascpi.hil.board import Board
from ascpi.hil.console import EVENT
from ascpi.hil.transcript import Heard
from ascpi.hil.watch import Sighting

COLUMNS = ("board", "phase", "off by µs", "known to", "claims", "state", "band", "C", "peers")
LAST_LINES = 3
UNKNOWN = "–"


def table(boards: Sequence[Board], sighting: Sighting | None) -> str:
    """A line a board: phase in turns, deviation from the mean in µs and how well that is known,
    the board's own claim, state, band, C and peers; below, each board's last words."""
    rows = [COLUMNS, *(_row(board, boards, sighting) for board in boards)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    lines = [
        "  "
        + "  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join([*lines, last_lines(boards)])


def last_lines(boards: Sequence[Board], count: int = LAST_LINES) -> str:
    """What each said last that is no report, and its last report."""
    lines = []
    for board in boards:
        heard = board.transcript.lines()
        said = [one.text for one in heard if one.report is None and not is_ping(one)][-count:]
        report = next((one.text for one in reversed(heard) if one.report is not None), None)
        lines.append(f"  {board.name} on {board.port}:")
        lines += [f"    {text}" for text in [*said, *([report] if report else [])]]
        if not heard:
            lines.append("    nothing at all")
    return "\n".join(lines)


def is_ping(heard: Heard) -> bool:
    """An answer to the harness's own question for the time: of no interest to people."""
    event = heard.event
    return event is not None and (event.name, event.text) == (EVENT, "ping")


def _row(board: Board, boards: Sequence[Board], sighting: Sighting | None) -> tuple[str, ...]:
    phase = off = known = UNKNOWN
    if sighting is not None and board.name in sighting.phases:
        seen = sighting.among([one.name for one in boards])
        phase = f"{sighting.phases[board.name]:.4f}"
        off = f"{seen.errors_us[board.name]:+.0f}"
        known = f"±{seen.uncertain_us:.0f}"
    report = board.report
    if report is None:
        state = "off" if not board.powered else "silent"
        return board.name, phase, off, known, UNKNOWN, state, UNKNOWN, UNKNOWN, UNKNOWN
    claim = UNKNOWN if report.claim_us is None else f"±{report.claim_us}"
    return (
        board.name,
        phase,
        off,
        known,
        claim,
        report.state,
        report.band,
        f"{report.coherence:.4f}",
        str(report.peers),
    )
