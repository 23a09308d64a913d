"""One glyph: who it is, what it carries, and where it stands on this node.

An id is unique for ever: the node where it was born and the count of births there. What the state
bytes mean only its kind knows.
"""

from ..ticks import ticks_diff

STATE_BYTES = 24
ENERGY_MAXIMUM = 0xFFFFFF
LIFETIME_ENDLESS = 0xFFFFFF
"""This lifetime is not counted down."""
HOPS_MAXIMUM = 0xFFFFFF
"""A glyph that has moved so often stays where it is."""

# Where a glyph stands on this node. The moves between these are `handoff`'s and `motor`'s.
FREE = 0
NASCENT = 1
HELD = 2
STOPPED = 3
OFFERED = 4
COMMITTING = 5
DEPARTING = 6
DEPARTED = 7
RESUMING = 8
PREPARING = 9
PREPARED = 10
ARRIVING = 11
DROPPING = 12
ENDING = 13
FENCING = 14

STANDINGS = (
    "free",
    "nascent",
    "held",
    "stopped",
    "offered",
    "committing",
    "departing",
    "departed",
    "resuming",
    "preparing",
    "prepared",
    "arriving",
    "dropping",
    "ending",
    "fencing",
)

COUNTS = (
    False,
    False,
    True,
    True,
    True,
    True,
    False,
    False,
    False,
    False,
    False,
    False,
    False,
    False,
    False,
)
"""Of each standing: whether the glyph is this node's, with its energy and in its digest."""


class Glyph:
    """A slot for one glyph, made once and then reused.

    | field | range | meaning |
    |---|---|---|
    | birth_node, birth_count | 1 … 2^30 − 1, 0 … 2^24 − 1 | the id |
    | kind | 1 … 255 | number of its type |
    | dphi, kappa | Q15, below 1.0 | ΔΦ and κ |
    | theta | 2^-28 turn | θ, at which it is due |
    | energy | 0 … 2^24 − 1 | quanta |
    | lifetime | 0 … 2^24 − 1 | turns left; LIFETIME_ENDLESS for ever |
    | coherence | Q15 | C of the field when it last ran or moved |
    | hops | 0 … 2^24 − 1 | moves so far: the fence against stale copies |
    | state | 24 bytes | its own |

    `standing` is one of the constants above. While it moves, `peer` is the other node, `offer`
    the number of the offer and `deadline_ticks` its end, `forced` whether energies are no matter
    to it, `identity` and `nonce` the receiver's word for this one transfer, `due_ticks` when to
    send again and `attempts` how often that was done. While it is born or ended by order, `peer`
    and `offer` are who ordered it, and under which number.
    """

    def __init__(self) -> None:
        self.standing = FREE
        self.birth_node = 0
        self.birth_count = 0
        self.kind = 0
        self.dphi = 0
        self.kappa = 0
        self.theta = 0
        self.energy = 0
        self.lifetime = 0
        self.coherence = 0
        self.hops = 0
        self.state = bytearray(STATE_BYTES)
        self.peer = 0
        self.offer = 0
        self.identity = 0
        self.nonce = 0
        self.forced = False
        self.deadline_ticks = 0
        self.due_ticks = 0
        self.attempts = 0
        self.unsaved = False
        """Something changed since it was last written to the flash."""
        self.armed = False
        """It has been in the far half of the turn since it ran (`schedule`)."""
        self.passes = 0
        """Times that it was due on this node; not carried along."""
        self.steps = 0
        """Times that it ran on this node; not carried along."""

    def clear(self) -> None:
        """Make the slot free again."""
        self.standing = FREE
        self.birth_node = 0
        self.birth_count = 0
        self.peer = 0
        self.offer = 0
        self.identity = 0
        self.nonce = 0
        self.attempts = 0
        self.unsaved = False
        self.armed = False
        self.passes = 0
        self.steps = 0
        for index in range(STATE_BYTES):
            self.state[index] = 0

    def is_called(self, birth_node: int, birth_count: int) -> bool:
        """Whether this is its id."""
        return self.birth_count == birth_count and self.birth_node == birth_node

    def counts(self) -> bool:
        """Whether it is this node's, with its energy and in its digest."""
        return COUNTS[self.standing]

    def is_due(self, now: int) -> bool:
        """Whether it is time to send again what moves it."""
        return ticks_diff(now, self.due_ticks) >= 0


def name(birth_node: int, birth_count: int) -> str:
    """An id as people read and type it, such as 7.129."""
    return "%d.%d" % (birth_node, birth_count)


def mark(birth_node: int, birth_count: int, hops: int) -> int:
    """30 bits that tell one glyph at one hop from others; marks of several add up to a digest.

    A Feistel network of 15-bit halves, into which node, count and hops go one after the other, two
    rounds apart. A round can be undone, so marks of glyphs that differ in one of the three alone
    are never the same, and all glyphs have small counts and hops. Worst product 32 767 · 25 173.
    """
    low = birth_node & 0x7FFF
    high = birth_node >> 15
    high ^= (low * 25173 + 13849 >> 9) & 0x7FFF
    low ^= (high * 21077 + 6925 >> 9) & 0x7FFF
    low ^= birth_count & 0x7FFF
    high ^= birth_count >> 15
    high ^= (low * 25173 + 13849 >> 9) & 0x7FFF
    low ^= (high * 21077 + 6925 >> 9) & 0x7FFF
    low ^= hops & 0x7FFF
    high ^= hops >> 15
    high ^= (low * 25173 + 13849 >> 9) & 0x7FFF
    low ^= (high * 21077 + 6925 >> 9) & 0x7FFF
    high ^= (low * 25173 + 13849 >> 9) & 0x7FFF
    low ^= (high * 21077 + 6925 >> 9) & 0x7FFF
    return high << 15 | low


def digest_add(digest: int, more: int) -> int:
    """The sum of two digests or marks modulo 2^30, by halves: 2^31 would leave 31 bits."""
    low = (digest & 0x7FFF) + (more & 0x7FFF)
    high = (digest >> 15) + (more >> 15) + (low >> 15)
    return (high & 0x7FFF) << 15 | low & 0x7FFF
