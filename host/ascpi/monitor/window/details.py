"""Lines of text about the field, about what is wrong, and about the selected board."""

from collections.abc import Sequence

from rich.cells import cell_len
from rich.segment import Segment

from ascpi.glyphs.roster_judge import LOST, MISSING
from ascpi.glyphs.roster_view import MOVING, Row
from ascpi.monitor.board import Board
from ascpi.monitor.ear import CHECKED, OPEN, UNCHECKED, Ear
from ascpi.monitor.glyphs import GlyphWatch
from ascpi.monitor.roster import NO_BOARD_YET
from ascpi.monitor.summary import GlyphLine, Notice, Summary
from ascpi.monitor.window.columns import duration
from ascpi.monitor.window.lines import Line, spread, text
from ascpi.view import colour, units
from ascpi.view.colour import Rgb
from ascpi_core.phase import BAND_NAMES

KEYS = (
    ("↑↓", "select"),
    ("r", "reset"),
    ("e", "REPL"),
    ("p", "pause"),
    ("/", "filter"),
    ("l", "lines"),
    ("?", "help"),
    ("q", "quit"),
)
_IDENTITY = {
    "board": "{}",
    "micropython": "MicroPython {}",
    "version": "ASCπ {}",
    "mac": "{}",
    "transport": "{}",
}
_COUNTED = ("heard", "sent", "unsent", "pulses", "mem_free", "topology", "dphi", "kappa")
_MOTOR = {
    "mode": "mode {}",
    "stable": "network {}",
    "moved_in": "{} came",
    "moved_out": "{} went",
    "fenced": "{} fenced",
    "writes": "{} writes",
}
_LEDGER = {
    "born": "born",
    "received": "+ received",
    "spent": "− spent",
    "sent_energy": "− sent",
}
_PLACES = {"stopped": colour.BAD, LOST: colour.BAD, MISSING: colour.BAD}
_TAGS = {OPEN: "no tags", CHECKED: "tags right", UNCHECKED: "tags not checked"}


def title(summary: Summary, wanted: str, paused: bool, width: int) -> Line:
    """What is watched, and the field's coherence, as its boards claim it; the rest if it fits."""
    rgb = colour.band_colour(summary.band)
    left = [text(" ASCπ ", rgb if summary.heard else colour.TEXT, bold=True)]
    if paused:
        left.append(text("paused ", colour.BAD, bold=True))
    parts = _counted(summary)
    left.append(text(" · ".join(parts), colour.DIM))
    if wanted:
        left.append(text(f"  filter: {wanted}", colour.WHITE))
    right = _claimed(summary, rgb)
    # What is said of errors goes first, for the boards' own rows say it, too.
    while len(right) > 2 and not _fits(left, right, width):
        right.pop()
    return spread(left, [*right, text(" ")], width)


def _counted(summary: Summary) -> list[str]:
    parts = [f"{summary.boards} board{'' if summary.boards == 1 else 's'}"]
    if summary.heard < summary.boards:
        parts.append(f"{summary.heard} heard")
    if summary.heard:
        parts.append(f"{summary.locked} locked")
    if summary.field:
        parts.append(f"{summary.field} field")
    return parts


def _claimed(summary: Summary, rgb: Rgb) -> Line:
    if summary.coherence is None:
        return []
    value, band = units.coherence(summary.coherence), BAND_NAMES[summary.band]
    line = [text("C ", colour.DIM), text(f"{value} {band}", rgb, bold=True)]
    if summary.worst_us is not None:
        line.append(text(f" · worst {units.microseconds(summary.worst_us).lstrip('+')}"))
    if summary.claim_us is not None:
        line.append(text(f" {units.within(summary.claim_us)}", colour.DIM))
    return line


def _fits(left: Line, right: Line, width: int) -> bool:
    return Segment.get_line_length(left) + Segment.get_line_length(right) + 2 <= width


def footer(ear: Ear | None, width: int) -> Line:
    """The keys, and what the ear has heard."""
    left: Line = []
    for key, what in KEYS:
        left += [text(f" {key}", colour.TEXT, bold=True), text(f" {what} ", colour.DIM)]
    right: Line = []
    if ear is not None:
        refused = sum(ear.refused().values())
        key = "tags checked" if ear.has_key else "no key"
        right = [text(f"air: {ear.counters[0]} heard, {refused} refused, {key} ", colour.DIM)]
    return spread(left, right, width)


def notice_lines(found: Sequence[Notice], rows: int) -> list[Line]:
    """As many as have room; how many more there are stands on the last one."""
    lines: list[Line] = []
    for notice in found[:rows]:
        mark = text(" ! ", colour.BAD, bold=True) if notice.is_error else text(" · ", colour.DIM)
        rgb = colour.TEXT if notice.is_error else colour.DIM
        lines.append([mark, text(f"{notice.name}: ", colour.WHITE), text(notice.text, rgb)])
    if len(found) > rows and lines:
        lines[-1].insert(1, text(f"({len(found) - rows} more) ", colour.BAD))
    return lines


def detail_lines(board: Board | None, name: str, now_us: int, width: int) -> list[Line]:
    """What the table has no room for, in as many lines as it takes."""
    if board is None:
        return [[text(NO_BOARD_YET, colour.DIM)]]
    head = [f"{name} on {board.port}" if board.port else f"{name} by air"]
    for key, words in _IDENTITY.items():
        if key in board.identity:
            head.append(words.format(board.identity[key]))
    lines = _flowed(head, width, colour.WHITE)
    lines += _flowed(_counts(board, now_us), width, colour.TEXT)
    if "refused" in board.words:
        why = board.words.get("why", "")
        refused = f"refused {board.words['refused']}"
        lines += _flowed([refused, *why.split(",")] if why else [refused], width, colour.DIM)
    lines += _flowed(_motor(board), width, colour.TEXT)
    for what, said in (("event", board.event), ("note", board.note)):
        if said is not None:
            ago = duration((now_us - said.at_us) / 1e6)
            lines.append([text(f"{what} {ago} ago: {said.text}", colour.DIM)])
    return lines


def _motor(board: Board) -> list[str]:
    """How its glyphs fare, and where their energy came from and went."""
    words = board.words
    parts = [form.format(words[key]) for key, form in _MOTOR.items() if key in words]
    if all(key in words for key in ("energy", *_LEDGER)):
        sums = " ".join(f"{sign} {words[key]}" for key, sign in _LEDGER.items())
        parts.append(f"energy {words['energy']} = {sums}")
    return [f"glyphs: {parts[0]}", *parts[1:]] if parts else []


def glyph_lines(board: Board | None, watch: GlyphWatch, now_us: int, rows: int) -> list[Line]:
    """The glyphs of the selected board, a line each, in so many rows at most."""
    if board is None or board.node_id is None or rows < 1:
        return []
    held = watch.rows(board.node_id, now_us)
    shown = held[: rows if len(held) <= rows else rows - 1]
    lines = [_glyph(row, watch, _widths(shown, watch)) for row in shown]
    if len(held) > rows:
        lines.append([text(f"… and {len(held) - len(shown)} more glyphs", colour.DIM)])
    return lines


def _widths(rows: Sequence[Row], watch: GlyphWatch) -> tuple[int, int, int]:
    """Of ids, types and energies."""
    return (
        max((len(row.name) for row in rows), default=0),
        max((len(row.kind_name(watch.registry)) for row in rows), default=0),
        max((len(str(row.entry.energy)) for row in rows), default=0),
    )


def _glyph(row: Row, watch: GlyphWatch, widths: tuple[int, int, int]) -> Line:
    entry = row.entry
    line = [
        text(row.name.ljust(widths[0]), colour.WHITE),
        text(f" {row.kind_name(watch.registry).ljust(widths[1])}"),
        text(f" energy {entry.energy:>{widths[2]}} · ", colour.TEXT),
        text(f"{entry.hops} hop{' ' if entry.hops == 1 else 's'} · ", colour.DIM),
    ]
    if row.place != "held":
        where = f"{row.place} to {entry.peer} · " if row.place == MOVING else f"{row.place} · "
        line.append(text(where, _PLACES.get(row.place, colour.TEXT), bold=True))
    return [*line, text(watch.says(row), colour.DIM)]


def glyph_line(said: GlyphLine) -> Line:
    """All glyphs of the cluster, in one line."""
    mark, rgb = " · ", colour.DIM
    if said.has_problem:
        mark, rgb = " ! ", colour.BAD
    elif said.is_well:
        rgb = colour.GOOD
    return [text(mark, rgb, bold=True), text(said.text, colour.BAD if said.has_problem else rgb)]


def _counts(board: Board, now_us: int) -> list[str]:
    parts = [] if board.epoch is None else [f"boot {board.epoch}"]
    up = board.up_s(now_us)
    if up is not None:
        parts.append(f"up {duration(up)}")
    if board.port is not None:
        parts.append(f"{board.reports.per_second(now_us):.1f} reports/s")
    if board.overheard is not None:
        parts.append(f"{board.beacons.per_second(now_us):.1f} beacons/s")
        parts.append(_TAGS[board.overheard.tag])
    parts += [
        f"{key.replace('_', ' ')} {board.words[key]}" for key in _COUNTED if key in board.words
    ]
    return parts


def _flowed(parts: Sequence[str], width: int, rgb: Rgb) -> list[Line]:
    """Parts with dots between them, in lines of at most `width` where that can be."""
    lines, line = [], ""
    for part in parts:
        joined = f"{line} · {part}" if line else part
        if line and cell_len(joined) > width:
            lines.append(line)
            joined = part
        line = joined
    return [[text(line, rgb)] for line in [*lines, line] if line]
