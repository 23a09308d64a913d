"""What a type of glyph is: a class with one `step`. And the registry, in which a node finds it.

A type has one object, made once, for all glyphs of that type; what a single glyph is to remember
stands in its own 24 bytes of state. So nothing of a glyph is lost when it moves or when its board
loses power, and a step need not allocate anything.

This is all that a type in a file of its own imports.
"""

from ..unit import ONE
from .glyph import ENERGY_MAXIMUM, LIFETIME_ENDLESS, STATE_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .glyph import Glyph
    from .world import World

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

NAME_LETTERS = 12
VISIBLE_BYTES = 8
"""So many bytes of its state others can watch."""

BUILT_IN_LAST = 31
"""Types that come with the program have the numbers 1 … 31."""
USERS_FIRST = 64
USERS_LAST = 255
"""Types that users write have the numbers 64 … 255."""

COST_MAXIMUM = 1000
ALLOT_MAXIMUM_US = 1_000_000

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_MORE_LETTERS = _LETTERS + "0123456789_"


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
        mistake = _mistake(kind) or self._taken(kind)
        if mistake:
            raise ValueError(mistake)
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


def _mistake(kind: Kind) -> str:
    """What is wrong with a type by itself: a sentence, or nothing."""
    name: object = kind.NAME
    if not isinstance(name, str) or not _is_name(name):
        return (
            "NAME %r is none: take a lower-case letter, then letters, digits or _, at most %d"
            % (name, NAME_LETTERS)
        )
    if not _is_within(kind.NUMBER, 1, USERS_LAST) or BUILT_IN_LAST < kind.NUMBER < USERS_FIRST:
        return "NUMBER %r is not allowed: give %d to %d" % (
            kind.NUMBER,
            USERS_FIRST,
            USERS_LAST,
        )
    if not _is_within(kind.COST, 1, COST_MAXIMUM):
        return "COST %r is not allowed: give 1 to %d quanta" % (kind.COST, COST_MAXIMUM)
    if not _is_within(kind.ALLOT_US, 1, ALLOT_MAXIMUM_US):
        return "ALLOT_US %r is not allowed: give 1 to %d" % (kind.ALLOT_US, ALLOT_MAXIMUM_US)
    if kind.ROAMS is not True and kind.ROAMS is not False:
        return "ROAMS %r is not allowed: give True or False" % (kind.ROAMS,)
    if type(kind).step is Kind.step:
        return "there is no step: a type needs a method step(self, glyph, world)"
    return ""


def _is_name(text: str) -> bool:
    if not 1 <= len(text) <= NAME_LETTERS or text[0] not in _LETTERS:
        return False
    return all(letter in _MORE_LETTERS for letter in text)


def _is_within(value: object, lowest: int, highest: int) -> bool:
    """Whether it is a whole number in this range; True and False are none."""
    return isinstance(value, int) and not isinstance(value, bool) and lowest <= value <= highest
