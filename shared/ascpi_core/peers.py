"""Peers and membership, and the events that a node has noticed.

What a node has noticed, for whoever shows it: a bounded ring of events.

Each has a subject, and a glyph's has two: the node and the count of its birth.
"""

from .clock_filter import ClockFilter
from .fixed import const, ticks_diff
from .phase import ALONE
from .ssep import KIND_ORDER, NOBODY, ROLE_MEMBER, ROLE_OBSERVER

TYPE_CHECKING = False
if TYPE_CHECKING:
    pass

EVENT_JOINED = const(0)
EVENT_SILENT = const(1)
EVENT_RESTARTED = const(2)
EVENT_COLLISION = const(3)
EVENT_STATE_CHANGED = const(4)
EVENT_BAND_CHANGED = const(5)
EVENT_TABLE_FULL = const(6)
EVENT_GLYPH_BORN = const(7)
EVENT_GLYPH_ARRIVED = const(8)
EVENT_GLYPH_LEFT = const(9)
EVENT_GLYPH_RETURNED = const(10)
EVENT_GLYPH_ENDED = const(11)
EVENT_GLYPH_STOPPED = const(12)
EVENT_GLYPH_FENCED = const(13)

EVENT_NAMES = (
    "joined",
    "silent",
    "restarted",
    "collision",
    "state",
    "band",
    "table_full",
    "glyph_born",
    "glyph_arrived",
    "glyph_left",
    "glyph_returned",
    "glyph_ended",
    "glyph_stopped",
    "glyph_fenced",
)


class EventRing:
    """Up to 32 events; one that finds it full is dropped and counted. Allocates only when made."""

    SIZE = 32

    def __init__(self) -> None:
        self.dropped = 0
        self.event = 0
        self.subject = 0
        self.birth_count = 0
        self._events = [0] * self.SIZE
        self._subjects = [0] * self.SIZE
        self._birth_counts = [0] * self.SIZE
        self._first = 0
        self._count = 0

    def push(self, event: int, subject: int, birth_count: int = 0) -> None:
        """Note an event; `subject` is a node id, a state or a band; of a glyph, its birth node."""
        if self._count == self.SIZE:
            self.dropped += 1
            return
        slot = (self._first + self._count) % self.SIZE
        self._events[slot] = event
        self._subjects[slot] = subject
        self._birth_counts[slot] = birth_count
        self._count += 1

    def pop(self) -> bool:
        """Move the oldest event into `event`, `subject`, `birth_count`; False if there is none."""
        if self._count == 0:
            return False
        self.event = self._events[self._first]
        self.subject = self._subjects[self._first]
        self.birth_count = self._birth_counts[self._first]
        self._first = (self._first + 1) % self.SIZE
        self._count -= 1
        return True


# What a node knows of one other node.

_LOSS_ONE = const(1 << 15)
_LOSS_STEP = const(_LOSS_ONE >> 5)
"""The loss is a mean over 32 packets, each of which counts for less the longer ago it was due."""
_LOSS_FADES = const(23)
"""By so much less for every packet since: 1024·(31/32)^n to within 5 % of 1024, n up to 23."""
_LOSS_GAP = const(32)
"""No gap counts for more packets than these: who was away for long has not lost all of them."""

FRESH = const(0)
LATE = const(1)
DUPLICATE = const(2)


class Peer:
    """One slot of the membership table; made once, then reused. node_id 0: never used.

    `offset` is the peer's phase minus that of our own oscillator at ticks `offset_ticks`, and
    `drift` how fast it changes, in 2^-46 turn/µs (1.4·10^-8 of 1 turn/s). In the frame of our
    oscillator everything moves slowly, so it can be carried to any moment within 16.7 s by
    offset + (drift · (elapsed >> 10) >> 8), with a worst product of 2^14 · 2^14.

    `loss` is the share, Q15, of its packets that were missing among about the last 32.
    """

    def __init__(self) -> None:
        self.node_id = NOBODY
        self.epoch = 0
        self.present = False
        self.heard_ticks = 0
        self.newest_timestamp = 0
        self.newest_beacon = -1
        self.packets = 0
        self.state = ALONE
        self.dphi = 0
        self.kappa = 0
        self.coherence = 0
        self.energy = 0
        self.role = 0
        self.address = 0
        self.glyph_count = 0
        self.glyph_digest = 0
        self.offset = 0
        self.offset_ticks = 0
        self.drift = 0
        self.measured_theta = 0
        self.measured_timestamp = 0
        self.clock = ClockFilter()
        self.old_epochs = 0
        self.conflicts = 0
        self.conflict_ticks = 0
        self.alternations = 0
        self.suspected_ticks = 0
        self.echo_pending = False
        self.echo_timestamp = 0
        self.echo_heard_ticks = 0
        self._echo_delay = 0
        self.loss = 0
        self._newest = -1
        self._window = 0

    def begin(self, node_id: int, epoch: int) -> None:
        """Start anew: a node that was not known, or one that has restarted."""
        self.node_id = node_id
        self.epoch = epoch
        self.packets = 0
        self.state = ALONE
        self.role = ROLE_MEMBER
        self.drift = 0
        self.old_epochs = 0
        self.conflicts = 0
        self.alternations = 0
        self.echo_pending = False
        self.loss = 0
        self.newest_beacon = -1
        self._newest = -1
        self._window = 0
        self.clock.clear()

    def observe(self, role: int, sequence: int, now: int) -> None:
        """A beacon of an observer: from now on it is known, and that is all."""
        self.role = role
        self.newest_beacon = sequence
        if not self.present:
            self.heard_ticks = now

    def may_say(self, kind: int) -> bool:
        """Whether a packet of this kind, not a beacon, is taken from it: all of one that is here,
        orders of one that observes."""
        return self.present or (kind == KIND_ORDER and self.role >> 4 == ROLE_OBSERVER)

    def sequence_status(self, sequence: int) -> int:
        """FRESH, LATE or DUPLICATE; what is not a duplicate is noted as heard.

        A window of 24 packets (a small integer on every runtime) tells a packet that was
        overtaken from one that is heard again; anything older counts as a duplicate.
        """
        if self._newest < 0:
            self._newest = sequence
            self._window = 1
            return FRESH
        ahead = sequence - self._newest
        if ahead == 1:
            self._window = ((self._window & 0x7FFFFF) << 1) | 1
            self._newest = sequence
            if self.loss:
                self.loss -= (self.loss + 31) >> 5
            return FRESH
        if ahead > 0:
            # MicroPython makes a long integer of any shift by 30 or more, of 0 as well.
            if ahead < 24:
                self._window = (self._window & ((1 << (24 - ahead)) - 1)) << ahead | 1
            else:
                self._window = 1
            self._note_gap(ahead - 1)
            self._newest = sequence
            return FRESH
        if ahead <= -24 or (self._window >> -ahead) & 1:
            return DUPLICATE
        self._window |= 1 << -ahead
        self._fill_gap(-ahead)
        return LATE

    def _note_gap(self, missing: int) -> None:
        """So many packets are missing before one that has come."""
        loss = self.loss
        for _ in range(min(missing, _LOSS_GAP)):
            loss += (_LOSS_ONE - loss) >> 5
        self.loss = loss - ((loss + 31) >> 5)

    def _fill_gap(self, age: int) -> None:
        """A packet has come after all, `age` packets late: take back what it was counted for."""
        self.loss = max(0, self.loss - (_LOSS_STEP - _LOSS_FADES * age))

    def contradicts(self, sequence: int, timestamp: int) -> bool:
        """Whether a beacon that is not fresh has a timestamp that one node could not give it:
        another one for the number of its newest beacon, or one against the order of numbers."""
        ahead = ticks_diff(timestamp, self.newest_timestamp)
        if sequence == self.newest_beacon:
            return ahead != 0
        return ahead > 0 if sequence < self.newest_beacon else ahead < 0

    def note_echo(self, now: int, timestamp: int, delay: int) -> None:
        """Keep the fastest packet since the last echo: it says most about the fixed delay."""
        if not self.echo_pending or delay < self._echo_delay:
            self.echo_pending = True
            self.echo_timestamp = timestamp
            self.echo_heard_ticks = now
            self._echo_delay = delay


# Who is here: a table of peers, with a slot made for each when it is heard for the first time.
#
# A slot takes 0.9 KB of a board's 150: a table for all that might ever come would take a fifth of
# its memory. So hearing a node for the first time allocates, and nothing else does.

_LATE_MAXIMUM_US = const(1 << 24)
"""Heard so much later than now: no late step, but a clock that was set back."""


class Membership:
    """Peers by id. `present` lists those heard lately; a silent one keeps its slot, and with it
    its epoch and sequence number, until a newcomer needs the room."""

    def __init__(self, maximum: int, ring: "EventRing") -> None:
        self.present: list[Peer] = []
        self.changes = 0
        """Times that somebody came or went, in 15 bits."""
        self._maximum = maximum
        self._slots: list[Peer] = []
        self._by_id: dict[int, Peer] = {}
        self._events = ring
        self._turn = 0
        self._full = False

    def find(self, node_id: int) -> "Peer | None":
        """The peer with this id, present or silent."""
        return self._by_id.get(node_id)

    def add(self, node_id: int, epoch: int, now: int) -> "Peer | None":
        """Give a node that is not in the table a slot; None if all belong to present nodes."""
        peer = self._free_slot(now)
        if peer is None:
            if not self._full:
                self._events.push(EVENT_TABLE_FULL, node_id)
            self._full = True
            return None
        self._full = False
        if peer.node_id:
            del self._by_id[peer.node_id]
        peer.begin(node_id, epoch)
        self._by_id[node_id] = peer
        return peer

    def _free_slot(self, now: int) -> "Peer | None":
        if len(self._slots) < self._maximum:
            peer = Peer()
            self._slots.append(peer)
            return peer
        longest: Peer | None = None
        for peer in self._slots:
            if not peer.present and (
                longest is None
                or ticks_diff(now, peer.heard_ticks) > ticks_diff(now, longest.heard_ticks)
            ):
                longest = peer
        return longest

    def enter(self, peer: Peer) -> None:
        """A peer that was absent has been heard."""
        peer.present = True
        self.present.append(peer)
        self.changes = (self.changes + 1) & 0x7FFF
        self._events.push(EVENT_JOINED, peer.node_id)

    def sweep(self, now: int, timeout_us: int) -> "Peer | None":
        """Look at one present peer, each in turn; if it has fallen silent drop and return it."""
        if not self.present:
            return None
        self._turn += 1
        if self._turn >= len(self.present):
            self._turn = 0
        peer = self.present[self._turn]
        # A step made late looks back at peers that were heard after its moment.
        if -_LATE_MAXIMUM_US < ticks_diff(now, peer.heard_ticks) <= timeout_us:
            return None
        peer.present = False
        self.present.remove(peer)
        self.changes = (self.changes + 1) & 0x7FFF
        self._events.push(EVENT_SILENT, peer.node_id)
        return peer
