"""A glyph, the table of those on a node, and the ledger of their energy.

One glyph: who it is, what it carries, and where it stands on this node.

An id is unique for ever: the node where it was born and the count of births there. What the state
bytes mean only its kind knows.
"""

from ..fixed import const, ticks_diff
from ..peers import EVENT_GLYPH_FENCED
from .lifecycle import (
    ACCOUNT_BORN,
    ACCOUNT_RECEIVED,
    ACCOUNT_SENT,
    ACCOUNT_SPENT,
    ARRIVING,
    COLUMNS,
    COUNTS,
    ENDING,
    FREE,
    HASTENS,
    MOVES,
    SAYS,
    STANDINGS,
    account_of,
    move_of,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..peers import EventRing

STATE_BYTES = const(24)
ENERGY_MAXIMUM = const(0xFFFFFF)
LIFETIME_ENDLESS = const(0xFFFFFF)
"""This lifetime is not counted down."""
HOPS_MAXIMUM = const(0xFFFFFF)
"""A glyph that has moved so often stays where it is."""


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

    `standing` is where it stands on this node (`lifecycle`). `origin` is the node that it came
    from, 0 if it was born here. The others are of one hand-off: `peer` is the other node, `number`
    that of the offer and `deadline_ticks` its end, `forced` whether energies are no matter to it,
    `identity` and `nonce` the receiver's word for this one transfer, `due_ticks` when to send
    again and `attempts` how often that was done.

    `unsaved`: something changed since it was last written to the flash. `armed`: it has been in
    the far half of the turn since it ran (`motor`). `passes` and `steps`: how often it was due on
    this node, and ran; neither is carried along.
    """

    def __init__(self) -> None:
        self.state = bytearray(STATE_BYTES)
        self.kind = 0
        self.dphi = 0
        self.kappa = 0
        self.theta = 0
        self.energy = 0
        self.lifetime = 0
        self.coherence = 0
        self.hops = 0
        self.forced = False
        self.deadline_ticks = 0
        self.due_ticks = 0
        self.clear()

    def clear(self) -> None:
        """Make the slot free again."""
        self.standing = FREE
        self.birth_node = 0
        self.birth_count = 0
        self.origin = 0
        self.peer = 0
        self.number = 0
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

    def stands(self, flags: int) -> bool:
        """Whether its standing has one of these flags: COUNTS, TOLD, SAYS or HASTENS."""
        return STANDINGS[self.standing * COLUMNS] & flags != 0

    def is_due(self, now: int) -> bool:
        """Whether it is time to send again what moves it."""
        return ticks_diff(now, self.due_ticks) >= 0

    def check(self) -> int:
        """16 bits that a commit, done or abort knows it by: of its fingerprint when offered."""
        hops = self.hops - 1 if self.standing == ARRIVING else self.hops
        return fingerprint(self.birth_node, self.birth_count, hops) & 0xFFFF


def glyph_name(birth_node: int, birth_count: int) -> str:
    """An id as people read and type it, such as 7.129."""
    return "%d.%d" % (birth_node, birth_count)


def fingerprint(birth_node: int, birth_count: int, hops: int) -> int:
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


# The energy of one node, in quanta: born + received = held + spent + sent, at any moment.
#
# `held` is what the glyphs have; the other four only ever grow. They may become long integers on a
# board after 2^30 quanta.


class Ledger:
    """Four sums. A glyph that comes back from a failed transfer was sent and is received."""

    def __init__(self) -> None:
        self.born = 0
        self.received = 0
        self.spent = 0
        self.sent = 0

    def set(self, born: int, received: int, spent: int, sent: int) -> None:
        """Take over all four, as they were written down."""
        self.born = born
        self.received = received
        self.spent = spent
        self.sent = sent

    def book(self, account: int, quanta: int) -> None:
        """Add to one of the sums, an `ACCOUNT_…`."""
        if account == ACCOUNT_BORN:
            self.born += quanta
        elif account == ACCOUNT_RECEIVED:
            self.received += quanta
        elif account == ACCOUNT_SPENT:
            self.spent += quanta
        elif account == ACCOUNT_SENT:
            self.sent += quanta

    def imbalance(self, held: int) -> int:
        """born + received − held − spent − sent: 0, or something is wrong."""
        return self.born + self.received - held - self.spent - self.sent


# The glyphs of one node: slots made when they are first needed, and never more than 32.
#
# What is told of all of them together, digest, energy and averages, is kept until something
# changes: `touch` says that it did.

CAPACITY = const(32)


class GlyphTable:
    """Up to `capacity` slots, at most `CAPACITY`. `dphi`, `kappa` and `theta` are the averages
    over the glyphs that count, weighted by energy; without any, those of the node's settings
    (`theta` 0).

    `move` is the only place where a glyph's standing changes. What follows from that is booked
    here: in `ledger`, in the sums, as `pending`, which says that something is to be written at
    once, and as `speaking`, that something is to be sent again and again. `moves` counts what the
    node tells of, by `EVENT_…`; `events` is where it tells it, once there is a node.
    """

    def __init__(self, dphi: int, kappa: int, capacity: int = CAPACITY) -> None:
        self.capacity = capacity
        self.slots: list[Glyph] = []
        self.count = 0
        self.energy = 0
        self.digest = 0
        self.dphi = dphi
        self.kappa = kappa
        self.theta = 0
        self.ledger = Ledger()
        self.pending = False
        self.speaking = False
        self.events: EventRing | None = None
        self.moves = [0] * (EVENT_GLYPH_FENCED + 1)
        self._empty_dphi = dphi
        self._empty_kappa = kappa

    def move(self, glyph: Glyph, event: int) -> bool:
        """An event happens to a glyph: True, and it stands elsewhere; False, and nothing changes,
        if its standing has no such event.

        The averages of a node where many end are for the caller to take anew, after the last.
        """
        before = glyph.standing
        row = move_of(before, event)
        if row < 0:
            return False
        after = MOVES[row + 2]
        told = MOVES[row + 3]
        if told:
            self.moves[told] += 1
            if self.events is not None:
                self.events.push(told, glyph.birth_node, glyph.birth_count)
        if after == FREE:
            glyph.clear()
            return True
        account = account_of(before, after)
        glyph.standing = after
        if account:
            self._book(glyph, account, before)
        if glyph.stands(SAYS):
            glyph.attempts = 0
            self.speaking = True
        if glyph.stands(HASTENS):
            self.pending = True
            glyph.unsaved = True
        return True

    def _book(self, glyph: Glyph, account: int, before: int) -> None:
        """A glyph begins to count, or counts no more."""
        energy = glyph.energy
        mark = fingerprint(glyph.birth_node, glyph.birth_count, glyph.hops)
        self.ledger.book(account, energy)
        if glyph.stands(COUNTS):
            glyph.armed = False
            glyph.passes = 0
            glyph.steps = 0
            if before == ARRIVING:
                glyph.origin = glyph.peer
            self.count += 1
        else:
            self.count -= 1
            energy = -energy
            mark = -mark & 0x3FFFFFFF
        self.energy += energy
        self.digest = digest_add(self.digest, mark)
        if glyph.standing == ENDING:
            glyph.energy = 0
        else:
            self.average()

    def find(self, birth_node: int, birth_count: int) -> "Glyph | None":
        """The slot of this glyph, wherever it stands; None if there is none."""
        for glyph in self.slots:
            if glyph.is_called(birth_node, birth_count) and glyph.standing != FREE:
                return glyph
        return None

    def free_slot(self, capacity: int = 0) -> "Glyph | None":
        """An empty slot, cleared; None if all are taken. The first time, one is made.

        `capacity` in place of its own: for glyphs that are here already, and must not be lost.
        """
        for glyph in self.slots:
            if glyph.standing == FREE:
                glyph.clear()
                return glyph
        if len(self.slots) >= (capacity or self.capacity):
            return None
        glyph = Glyph()
        self.slots.append(glyph)
        return glyph

    def shed(self) -> None:
        """Forget the slots at the end that are free, and take no more glyphs than are here now.

        Only those: what is in a slot is known by others as the object that it is.
        """
        while self.slots and self.slots[-1].standing == FREE:
            self.slots.pop()
        self.capacity = max(len(self.slots), 1)

    def room(self) -> int:
        """Slots that are free."""
        taken = 0
        for glyph in self.slots:
            if glyph.standing != FREE:
                taken += 1
        return max(self.capacity - taken, 0)

    def touch(self) -> None:
        """Glyphs came, went or changed: sum them up anew."""
        count = 0
        energy = 0
        digest = 0
        for glyph in self.slots:
            if glyph.stands(COUNTS):
                count += 1
                energy += glyph.energy
                digest = digest_add(
                    digest, fingerprint(glyph.birth_node, glyph.birth_count, glyph.hops)
                )
        self.count = count
        self.energy = energy
        self.digest = digest
        self.average()

    def average(self) -> None:
        """ΔΦ, κ and θ anew, each glyph taken in with its share of the energy so far. `energy` must
        be what the glyphs have.

        Weights are energies in 15 bits of the total, at least 1: a share errs by 2^-14. The share
        is in Q14, the differences are of 15 bits, of θ the upper 15 (33 µs at 1 turn/s): worst
        product 2^14 · 2^15. Written out in one loop, since it runs with every glyph that does.
        """
        shift = 0
        while self.energy >> shift >= 1 << 15:
            shift += 1
        total = 0
        dphi = self._empty_dphi
        kappa = self._empty_kappa
        theta = 0
        for glyph in self.slots:
            if STANDINGS[glyph.standing * COLUMNS] & COUNTS:
                weight = glyph.energy >> shift or 1
                if total:
                    total += weight
                    part = (weight << 14) // total
                    # Half a unit more, or every difference below 0 would be rounded away from it.
                    dphi += (glyph.dphi - dphi) * part + 0x2000 >> 14
                    kappa += (glyph.kappa - kappa) * part + 0x2000 >> 14
                    arc = ((glyph.theta - theta & 0xFFFFFFF) ^ 0x8000000) - 0x8000000
                    theta = theta + ((arc >> 13) * part >> 1) & 0xFFFFFFF
                else:
                    total = weight
                    dphi = glyph.dphi
                    kappa = glyph.kappa
                    theta = glyph.theta
        self.dphi = dphi
        self.kappa = kappa
        self.theta = theta
