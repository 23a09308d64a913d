"""What is told of a motor in telemetry, in words of the form name=value; see `report`.

| word | unit | meaning |
|---|---|---|
| glyphs | | held here |
| energy | quanta | of all of them |
| mode | | loose, forming, symbolic, shared: how they are scheduled |
| stable | | stable, or the first reason why nothing may move |
| born, received, spent, sent | quanta | the ledger: born + received = energy + spent + sent |
| moved_in, moved_out | | hand-offs since the boot |
| fenced | | stale copies that were stopped, since the boot |
| writes | | to the flash, since the boot |
| stopped | | id:error of each glyph that raised, with commas between; left out if there is none |

Making words allocates: they are for once in a while.
"""

from ..fixed import const
from ..peers import EVENT_GLYPH_ARRIVED, EVENT_GLYPH_FENCED, EVENT_GLYPH_LEFT
from ..phase import BAND_NAMES
from .glyph import glyph_name
from .lifecycle import DEPARTED, DEPARTING, STOPPED
from .policy import STABILITY_NAMES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .glyph import Glyph
    from .motor import Motor

_SHOWN_LETTERS = const(32)


def report_words(motor: "Motor") -> str:
    """For a report."""
    holding = motor.holding
    ledger, moves = holding.ledger, holding.moves
    words = (
        "glyphs=%d energy=%d mode=%s stable=%s born=%d received=%d spent=%d sent_energy=%d "
        "moved_in=%d moved_out=%d fenced=%d writes=%d"
        % (
            holding.count,
            holding.energy,
            BAND_NAMES[motor.schedule.mode],
            STABILITY_NAMES[motor.stability.why],
            ledger.born,
            ledger.received,
            ledger.spent,
            ledger.sent,
            moves[EVENT_GLYPH_ARRIVED],
            moves[EVENT_GLYPH_LEFT],
            moves[EVENT_GLYPH_FENCED],
            motor.journal.writes,
        )
    )
    stopped = [
        "%s:%s" % (name_of(glyph), _word(error_of(motor, glyph)))
        for glyph in holding.slots
        if glyph.standing == STOPPED
    ]
    return words + " stopped=" + ",".join(stopped) if stopped else words


def event_words(motor: "Motor", birth_node: int, birth_count: int) -> str:
    """What is known of a glyph of which something was noticed: its type, where it goes or came
    from, and why it was stopped."""
    glyph = motor.holding.find(birth_node, birth_count)
    if glyph is None:
        return ""
    words = "kind=" + kind_name(motor, glyph.kind)
    peer = glyph.peer if glyph.standing in (DEPARTING, DEPARTED) else glyph.origin
    if peer:
        words += " peer=%d" % peer
    words += " energy=%d hops=%d" % (glyph.energy, glyph.hops)
    if glyph.standing == STOPPED:
        words += " " + error_of(motor, glyph)
    return words


def kind_name(motor: "Motor", number: int) -> str:
    """The name of a type, or its number where this node does not have it."""
    kind = motor.registry.by_number(number)
    return kind.NAME if kind is not None else str(number)


def name_of(glyph: "Glyph") -> str:
    """Its id as people read it."""
    return glyph_name(glyph.birth_node, glyph.birth_count)


def error_of(motor: "Motor", glyph: "Glyph") -> str:
    """Why a glyph was stopped, if it was so since the boot."""
    return motor.schedule.errors.get(name_of(glyph), "before the last restart")


def _word(text: str) -> str:
    """A text as one word of a list."""
    return "_".join(text.replace(",", " ").split())[:_SHOWN_LETTERS]
