"""The field as its boards claim it, and what somebody has to mend."""

from collections.abc import Sequence
from dataclasses import dataclass

from ascpi.monitor.board import Board
from ascpi.monitor.ear import UNCHECKED
from ascpi.monitor.roster import Roster
from ascpi.telemetry import Report
from ascpi.truth import circular_mean
from ascpi_core.fixed import ONE
from ascpi_core.layout import DROP_MEANINGS
from ascpi_core.phase import LOOSE, next_band
from ascpi_core.ssep import DROP_REASONS

# A note is news for so long.
NOTE_US = 15_000_000
NOTES_MOST = 1
# Refusals that tell of a mistake in somebody's configuration, not of a busy air.
_MISTAKES = ("version", "cluster", "untagged", "forged", "keyed", "collision", "table_full")
# born + received = energy + spent + sent_energy.
_LEDGER = ("born", "received", "energy", "spent", "sent_energy")


@dataclass(frozen=True)
class Summary:
    """`coherence`: the least that a board claims, with its band; `worst_us`: the largest
    |error| that one tells, `claim_us` the largest claim; None where nobody says anything.

    `mean`, `length`: of the phases on this computer's clock, good to some milliseconds.
    """

    boards: int
    heard: int
    locked: int
    coherence: float | None
    band: int
    worst_us: int | None
    claim_us: int | None
    field: str
    mean: float
    length: float


@dataclass(frozen=True)
class Notice:
    """A sentence about one board; `is_error`: somebody has to mend something."""

    name: str
    text: str
    is_error: bool
    at_us: int


def summarise(boards: Sequence[Board], now_us: int, band: int) -> Summary:
    """One look at all that are not silent; `band` is the field's so far, for its hysteresis."""
    present = [board for board in boards if not board.is_silent(now_us)]
    phases = [phase for board in present if (phase := board.phase.at(now_us)) is not None]
    mean, length = circular_mean(phases)
    latest = [said for board in present if (said := board.latest) is not None]
    lowest = min((said.coherence for said in latest), default=None)
    errors = [abs(said.error_us) for said in latest if isinstance(said, Report)]
    claims = [said.claim_us for said in latest if said.claim_us is not None]
    kinds = {board.field_kind for board in present} - {""}
    return Summary(
        boards=len(boards),
        heard=len(present),
        locked=sum(said.state == "locked" for said in latest),
        coherence=lowest,
        band=LOOSE if lowest is None else next_band(band, round(lowest * ONE)),
        worst_us=max(errors, default=None),
        claim_us=max(claims, default=None),
        field="open" if "open" in kinds else "keyed" if kinds else "",
        mean=mean,
        length=length,
    )


def notices(roster: Roster, now_us: int) -> list[Notice]:
    """What is wrong, the newest first, and after that the newest of what is worth knowing."""
    found = [notice for board in roster.boards for notice in _of_board(roster, board, now_us)]
    found += _of_air(roster)
    found += [Notice("glyphs", text, True, 0) for text in roster.glyphs.mistakes]
    found.sort(key=lambda notice: -notice.at_us)
    errors = [notice for notice in found if notice.is_error]
    notes = [notice for notice in found if not notice.is_error]
    return errors + notes[:NOTES_MOST]


def _of_board(roster: Roster, board: Board, now_us: int) -> list[Notice]:
    name = roster.name_of(board)
    found = []
    if board.error is not None:
        found.append(Notice(name, board.error.text, True, board.error.at_us))
    if board.connection:
        since_us = board.connection_us
        found.append(
            Notice(name, f"{board.port or ''} {board.connection}".strip(), True, since_us)
        )
    why = _mistakes(board.words.get("why", "")) if board.is_refusing(now_us) else ""
    if why:
        found.append(Notice(name, f"refuses packets: {why}", True, now_us))
    found += [Notice(name, text, True, now_us) for text in _of_glyphs(board)]
    if board.note is not None and now_us - board.note.at_us < NOTE_US:
        found.append(Notice(name, board.note.text, False, board.note.at_us))
    return found


def _of_glyphs(board: Board) -> list[str]:
    """Glyphs that were stopped, and a ledger of energy that is not balanced."""
    words = board.words
    found = []
    for stopped in words.get("stopped", "").split(","):
        glyph, _, error = stopped.partition(":")
        if glyph:
            found.append(f"glyph {glyph} was stopped: {error.replace('_', ' ')}")
    if all(words.get(word, "").isdigit() for word in _LEDGER):
        born, received, energy, spent, sent = (int(words[word]) for word in _LEDGER)
        if born + received != energy + spent + sent:
            found.append(
                f"its energy is not balanced: born {born} + received {received} is not "
                f"held {energy} + spent {spent} + sent {sent}"
            )
    return found


def _of_air(roster: Roster) -> list[Notice]:
    ear = roster.ear
    if ear is None:
        return []
    found = []
    why = _mistakes(",".join(f"{name}:{count}" for name, count in ear.refused().items()))
    if why:
        found.append(Notice("air", f"refused here: {why}", True, 0))
    if any(board.overheard and board.overheard.tag == UNCHECKED for board in roster.boards):
        text = "a keyed field, and no key here to check its tags: ASCPI_KEY or --key-file"
        found.append(Notice("air", text, False, 0))
    return found


def _mistakes(why: str) -> str:
    """Of reason:count,reason:count those that somebody can mend, with what they mean."""
    parts = []
    for word in why.split(","):
        name, _, count = word.partition(":")
        if name in _MISTAKES:
            meaning = DROP_MEANINGS[DROP_REASONS.index(name)]
            parts.append(f"{name} {count} ({meaning})")
    return "; ".join(parts)


@dataclass(frozen=True)
class GlyphLine:
    """All glyphs in one sentence. `is_well`: None where that cannot be told, by cable alone."""

    text: str
    is_well: bool | None
    has_problem: bool = False


def glyph_line(roster: Roster, now_us: int) -> GlyphLine | None:
    """How it stands with the cluster's glyphs; None while nobody has told of any."""
    if roster.glyphs.is_known:
        account = roster.glyphs.account(now_us)
        if account.glyphs or account.findings or account.waiting:
            return GlyphLine(account.text, account.is_well, bool(account.findings))
        return None
    present = [board.words for board in roster.boards if not board.is_silent(now_us)]
    told = [words for words in present if words.get("glyphs", "").isdigit()]
    count = sum(int(words["glyphs"]) for words in told)
    if not count:
        return None
    energy = sum(int(words["energy"]) for words in told if words.get("energy", "").isdigit())
    return GlyphLine(
        f"{count} glyph{'' if count == 1 else 's'}, energy {energy}, as their boards count them; "
        "which ones, and whether all are there once, is known by air (--udp)",
        None,
    )
