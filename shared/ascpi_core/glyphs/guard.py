"""A type acts on its glyph, and whatever it does, the node goes on.

A type may change ΔΦ, κ, θ and the bytes of the state, within what a record can hold. Who the glyph
is, what energy it has and how long it lives stay as they were: the ledger, the fence and the
schedule rely on it.
"""

from ..circle import PHASE_MASK
from ..unit import BELOW_ONE
from .glyph import HELD, STATE_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .glyph import Glyph
    from .kind import Kind
    from .world import World


def act(kind: "Kind", glyph: "Glyph", world: "World", is_start: bool) -> str:
    """Let a type `start` or `step` a HELD glyph: "", or a sentence of what went wrong.

    Then ΔΦ, κ and θ are as they were before; the bytes of the state are as it left them. Allocates
    only then. KeyboardInterrupt and the like are not caught.
    """
    birth_node = glyph.birth_node
    birth_count = glyph.birth_count
    number = glyph.kind
    energy = glyph.energy
    lifetime = glyph.lifetime
    hops = glyph.hops
    dphi = glyph.dphi
    kappa = glyph.kappa
    theta = glyph.theta
    state = glyph.state
    failure = ""
    try:
        # Called right here: a method that is handed on is an allocation on a board.
        if is_start:
            kind.start(glyph, world)
        else:
            kind.step(glyph, world)
    except Exception as error:  # noqa: BLE001  whatever a type raises
        failure = "%s: %s" % (type(error).__name__, error)
    if not failure and not _fits(glyph, state):
        failure = _misfit(glyph)
    glyph.standing = HELD
    glyph.birth_node = birth_node
    glyph.birth_count = birth_count
    glyph.kind = number
    glyph.energy = energy
    glyph.lifetime = lifetime
    glyph.hops = hops
    glyph.state = state
    glyph.unsaved = True
    if failure:
        glyph.dphi = dphi
        glyph.kappa = kappa
        glyph.theta = theta
        if len(state) != STATE_BYTES:
            glyph.state = bytearray((bytes(state) + bytes(STATE_BYTES))[:STATE_BYTES])
    return failure


def _fits(glyph: "Glyph", state: bytearray) -> bool:
    """Whether all that a type may change still fits into a record. Quick: asked at every step."""
    try:
        return (
            glyph.dphi & BELOW_ONE == glyph.dphi
            and glyph.kappa & BELOW_ONE == glyph.kappa
            and glyph.theta & PHASE_MASK == glyph.theta
            and glyph.state is state
            and len(state) == STATE_BYTES
        )
    except TypeError:
        # No whole number.
        return False


def _misfit(glyph: "Glyph") -> str:
    """What it is that does not fit."""
    if not _is_within(glyph.dphi, BELOW_ONE):
        return "dphi %r is not a whole number from 0 to %d" % (glyph.dphi, BELOW_ONE)
    if not _is_within(glyph.kappa, BELOW_ONE):
        return "kappa %r is not a whole number from 0 to %d" % (glyph.kappa, BELOW_ONE)
    if not _is_within(glyph.theta, PHASE_MASK):
        return "theta %r is not a whole number from 0 to %d" % (glyph.theta, PHASE_MASK)
    return "state is to stay the %d bytes that it is: write into them" % STATE_BYTES


def _is_within(value: object, highest: int) -> bool:
    return isinstance(value, int) and 0 <= value <= highest
