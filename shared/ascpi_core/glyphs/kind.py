"""Types of glyphs: what a glyph sees of its node, what a type is, and what it may do.

What a glyph sees of its node, and how it acts on it.

This one has no lights, no pins and nobody to talk to: a board, a desktop node and a simulation
have worlds of their own that override `flash`, `read` and `say`. Nothing here allocates.
"""

from ..fixed import BELOW_ONE, ONE, PHASE_MASK, const
from .glyph import ENERGY_MAXIMUM, LIFETIME_ENDLESS, STATE_BYTES, GlyphTable
from .lifecycle import HELD, STOPPED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .glyph import Glyph


KAPPA_LEAST = const(1 << 9)
"""κ is not lowered below 1/64 (Q15): a field's harmonic mean is exact down to there, and one node
with κ = 0 would uncouple all the others."""


class World:
    """The attributes are kept current by the node's motor.

    | attribute | unit | meaning |
    |---|---|---|
    | node_id | | the node on which the glyph is |
    | coherence | Q15 | C of its field; 0 when it hears nobody |
    | band | 0 … 3 | loose, forming, symbolic, shared |
    | theta | 2^-28 turn | Θ_local |
    | turn_us | µs | how long a turn takes |
    | holding | | the glyphs of this node |
    """

    def __init__(self) -> None:
        self.node_id = 0
        self.coherence = 0
        self.band = 0
        self.theta = 0
        self.turn_us = 1_000_000
        self.holding = GlyphTable(0, 0)

    def flash(self, red: int, green: int, blue: int, duration_ms: int) -> None:
        """Show a colour, 0 … 255 each, for so long; then the light goes back to the phase."""

    def read(self, pin: int) -> int:
        """What a pin measures, 0 … 65535. ValueError or OSError if it cannot be read: a glyph that
        does not catch it is stopped."""
        raise ValueError("pin %d: this node has no pins" % pin)

    def say(self, text: str) -> None:
        """Words for whoever reads this node's serial line or screen; a few a second get there."""

    def enter(self, glyph: "Glyph") -> str:
        """A glyph is about to `start` or to `step`: "", or a sentence why it must not."""
        return ""

    def leave(self) -> None:
        """It has done so, well or not."""

    def pull_dphi(self, shift: int) -> None:
        """Move ΔΦ of each glyph here towards 0 by ΔΦ/2^shift (0 … 15), rounded up."""
        for glyph in self.holding.slots:
            if glyph.dphi and (glyph.standing == HELD or glyph.standing == STOPPED):
                glyph.dphi += -glyph.dphi >> shift
                _changed(glyph)

    def push_dphi(self, shift: int) -> None:
        """Move ΔΦ of each glyph here towards 1.0 by (1 − ΔΦ)/2^shift (0 … 15), rounded up."""
        for glyph in self.holding.slots:
            gap = BELOW_ONE - glyph.dphi
            if gap and (glyph.standing == HELD or glyph.standing == STOPPED):
                glyph.dphi -= -gap >> shift
                _changed(glyph)

    def raise_kappa(self, glyph: "Glyph", shift: int) -> None:
        """Move a glyph's κ towards 1.0 by (1 − κ)/2^shift (0 … 15), rounded up."""
        glyph.kappa -= -(BELOW_ONE - glyph.kappa) >> shift

    def lower_kappa(self, glyph: "Glyph", shift: int) -> None:
        """Move a glyph's κ towards 1/64 by what it is above it, /2^shift (0 … 15), rounded up."""
        if glyph.kappa > KAPPA_LEAST:
            glyph.kappa += -(glyph.kappa - KAPPA_LEAST) >> shift


def _changed(glyph: "Glyph") -> None:
    """A glyph that runs is written down again in time; one that is stopped waits for a better
    reason, since each of its records is a write of its own."""
    if glyph.standing == HELD:
        glyph.unsaved = True


# What a type of glyph is: a class with one `step`. And the registry, in which a node finds it.
#
# A type has one object, made once, for all glyphs of that type; what a single glyph is to remember
# stands in its own 24 bytes of state. So nothing of a glyph is lost when it moves or when its
# board loses power, and a step need not allocate anything.
#
# This is all that a type in a file of its own imports.

__all__ = (
    "ENERGY_MAXIMUM",
    "LIFETIME_ENDLESS",
    "ONE",
    "STATE_BYTES",
    "VISIBLE_BYTES",
    "Kind",
    "Registry",
    "count_word",
    "get_word",
    "put_word",
)

NAME_LETTERS = const(12)
VISIBLE_BYTES = const(8)
"""So many bytes of its state others can watch."""

BUILT_IN_LAST = const(31)
"""Types that come with the program have the numbers 1 … 31."""
USERS_FIRST = const(64)
USERS_LAST = const(255)
"""Types that users write have the numbers 64 … 255."""

COST_MAXIMUM = const(1000)
ALLOT_MAXIMUM_US = const(1_000_000)


class Kind:
    """A type of glyph; the real ones override `step`, and the constants.

    `glyph` is a `Glyph`, `world` a `World`. A step may change the glyph's `dphi`, `kappa`, `theta`
    and the bytes of its `state`; what else it does to the glyph is undone. If it raises, the glyph
    is stopped and kept.
    """

    NAME = ""
    """Lower case, a letter first, then letters, digits and _: at most 12."""
    NUMBER = 0
    """1 … 31 built in, 64 … 255 users' own: what stands for the type on the air and on flash."""
    COST = 1
    """Quanta of energy that a step costs, 1 … 1000."""
    ALLOT_US = 1000
    """A step should take no longer, 1 … 1 000 000 µs; each further one begun costs COST more."""
    ROAMS = False
    """Whether it moves on to the next node every turn, whatever its energy."""

    def start(self, glyph: "Glyph", world: "World") -> None:
        """A glyph was born here, has arrived here, or is back after a reset of the board."""

    def step(self, glyph: "Glyph", world: "World") -> None:
        """Θ passes the glyph's θ: its moment, once in a turn."""
        raise NotImplementedError("a type of glyph needs a step")

    def describe(self, state: bytes | bytearray) -> str:
        """What the first 8 bytes of a state say, for people, such as "count=129"."""
        return "state=" + "".join(["%02x" % octet for octet in state[:VISIBLE_BYTES]])


def get_word(state: bytes | bytearray, offset: int) -> int:
    """0 … 2^30 − 1 from four bytes of a state, little-endian."""
    return (
        state[offset]
        | state[offset + 1] << 8
        | state[offset + 2] << 16
        | (state[offset + 3] & 0x3F) << 24
    )


def put_word(state: bytearray, offset: int, value: int) -> None:
    """Write the lower 30 bits of `value` into four bytes of a state."""
    state[offset] = value & 0xFF
    state[offset + 1] = value >> 8 & 0xFF
    state[offset + 2] = value >> 16 & 0xFF
    state[offset + 3] = value >> 24 & 0x3F


def count_word(state: bytearray, offset: int) -> int:
    """Add one to a word of a state: what it is now. 0 follows on 2^30 − 1."""
    value = get_word(state, offset)
    # 2^30 itself would be no small integer.
    value = 0 if value == 0x3FFFFFFF else value + 1
    put_word(state, offset, value)
    return value


class Registry:
    """The types that a node has, by number and by name."""

    def __init__(self) -> None:
        self._by_number: "dict[int, Kind]" = {}
        self._by_name: "dict[str, Kind]" = {}

    def add(self, kind: Kind) -> None:
        """Take in a type. ValueError, with a sentence, if it cannot be."""
        # Here, since a board forgets it once it has all of its types.
        from .loading import mistake_of

        mistake = mistake_of(kind) or self._taken(kind)
        if mistake:
            raise ValueError(mistake)
        self.put(kind)

    def put(self, kind: Kind) -> None:
        """Take in a type that is known to be sound."""
        self._by_number[kind.NUMBER] = kind
        self._by_name[kind.NAME] = kind

    def by_number(self, number: int) -> "Kind | None":
        """The type with this number, if there is one. Allocates nothing."""
        return self._by_number.get(number)

    def by_name(self, text: str) -> "Kind | None":
        """The type with this name, if there is one."""
        return self._by_name.get(text)

    def names(self) -> "list[str]":
        """All names, by number."""
        return [self._by_number[number].NAME for number in sorted(self._by_number)]

    def _taken(self, kind: Kind) -> str:
        other = self.by_number(kind.NUMBER)
        if other is not None:
            return "NUMBER %d is taken by %s: choose another" % (kind.NUMBER, other.NAME)
        if self.by_name(kind.NAME) is not None:
            return "NAME %s is taken: choose another" % kind.NAME
        return ""


# A type acts on its glyph, and whatever it does, the node goes on.
#
# A type may change ΔΦ, κ, θ and the bytes of the state, within what a record can hold. Who the
# glyph is, what energy it has and how long it lives stay as they were: the ledger, the fence and
# the schedule rely on it.


def act(kind: "Kind", glyph: "Glyph", world: "World", is_start: bool) -> str:
    """Let a type `start` or `step` a HELD glyph: "", or a sentence of what went wrong.

    Then ΔΦ, κ and θ are as they were before; the bytes of the state are as it left them. Allocates
    only then. KeyboardInterrupt and the like are not caught.
    """
    failure = world.enter(glyph)
    if failure:
        return failure
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
    try:
        # Called right here: a method that is handed on is an allocation on a board.
        if is_start:
            kind.start(glyph, world)
        else:
            kind.step(glyph, world)
    except Exception as error:  # noqa: BLE001  whatever a type raises
        failure = "%s: %s" % (type(error).__name__, error)
    finally:
        world.leave()
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
    if not _fits_within(glyph.dphi, BELOW_ONE):
        return "dphi %r is not a whole number from 0 to %d" % (glyph.dphi, BELOW_ONE)
    if not _fits_within(glyph.kappa, BELOW_ONE):
        return "kappa %r is not a whole number from 0 to %d" % (glyph.kappa, BELOW_ONE)
    if not _fits_within(glyph.theta, PHASE_MASK):
        return "theta %r is not a whole number from 0 to %d" % (glyph.theta, PHASE_MASK)
    return "state is to stay the %d bytes that it is: write into them" % STATE_BYTES


def _fits_within(value: object, highest: int) -> bool:
    return isinstance(value, int) and 0 <= value <= highest
