"""The sending half of a node: when a beacon is due, and what it says of echoes and sequence."""

from .chance import Chance
from .survey import COARSE_US
from .ticks import ticks_add, ticks_diff
from .wire import ECHO_SPAN_US, NOBODY, WORD_MAXIMUM

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .beacon import Beacon
    from .glyphs.packets import Message
    from .membership import Membership
    from .peer import Peer

PERIOD_US = 100_000
PERIOD_ACQUIRING_US = 50_000
PERIOD_LONGEST_US = 400_000
"""Mean time between beacons: usually, while a lock is sought, and where all is well known."""

PRECISE_US = COARSE_US // 2
"""A 95 % bound on the own phase error below this makes a node double its period at every beacon,
as in Trickle (RFC 6206) consistency does; one above COARSE_US makes it begin anew."""

SHARE_US = 12_000
"""A field of N nodes keeps at least N times this between one node's beacons: on average at most 83
packets a second whatever N is, so that by chance, too, it is less than 100 in any second."""

_REMEMBERED = 16


class Transmission:
    """Schedule, sequence numbers and echoes of one node's packets."""

    def __init__(self, epoch: int, seed: int, now: int, membership: "Membership") -> None:
        self.epoch = epoch
        self.sequence = 0
        self._chance = Chance(seed)
        self._membership = membership
        self._due = ticks_add(now, self._chance.below(100) * 1000)
        self._period = PERIOD_US
        # Not the same for all, or all would echo the same node at the same time.
        self._echo_turn = self._chance.below(1 << 14)
        self._sent_timestamps = [-1] * _REMEMBERED

    def longest_us(self) -> int:
        """Longest mean time between the beacons of a node of this field."""
        return max(SHARE_US * (len(self._membership.present) + 1), PERIOD_LONGEST_US)

    def due_in(self, now: int) -> int:
        """µs until the next beacon; 0 or less: now."""
        return ticks_diff(self._due, now)

    def schedule(self, now: int, acquiring: bool, bound_us: int) -> None:
        """Set the next beacon: one period on, and a random part of ±¼ of it, so that nodes that
        share a phase do not share the moment of sending.

        `bound_us`: what the own phase may be off, beyond the error that is known.
        """
        if acquiring:
            self._period = PERIOD_ACQUIRING_US
        elif bound_us > COARSE_US or self._period < PERIOD_US:
            self._period = PERIOD_US
        elif bound_us < PRECISE_US:
            self._period = min(2 * self._period, PERIOD_LONGEST_US)
        period = max(SHARE_US * (len(self._membership.present) + 1), self._period)
        jitter = (period >> 8) * self._chance.below(128)
        self._due = ticks_add(now, period - (period >> 2) + jitter)

    def hasten(self, now: int) -> None:
        """Something changed: the next beacon soon. Not in a large field, where all may change
        at once and every beacon that one sends too many is sent by all."""
        self._period = PERIOD_US
        if self._is_crowded():
            return
        soon = self._chance.below(PERIOD_US >> 3)
        if ticks_diff(self._due, now) > soon:
            self._due = ticks_add(now, soon)

    def make_room(self) -> None:
        """One more node is here: in a large field the next beacon is later by its share, so that
        a field that is switched on at once does not send twice before it knows its size."""
        if self._is_crowded():
            self._due = ticks_add(self._due, SHARE_US)

    def _is_crowded(self) -> bool:
        return (len(self._membership.present) + 1) * SHARE_US > PERIOD_US

    def stamp(self, beacon: "Beacon", now: int) -> None:
        """Give a beacon its epoch, sequence number, timestamp and echo."""
        self._sent_timestamps[self.sequence & (_REMEMBERED - 1)] = now
        beacon.epoch = self.epoch
        beacon.sequence = self.sequence
        beacon.timestamp = now
        self.sequence = (self.sequence + 1) & WORD_MAXIMUM
        peer = self._next_echo(now)
        if peer is None:
            beacon.echo_id = NOBODY
            beacon.echo_timestamp = 0
            beacon.echo_age = 0
            return
        beacon.echo_id = peer.node_id
        beacon.echo_timestamp = peer.echo_timestamp & 0xFFFFFF
        beacon.echo_age = ticks_diff(now, peer.echo_heard_ticks)
        peer.echo_pending = False

    def count(self, message: "Message", now: int) -> None:
        """Give a packet that is no beacon its epoch and sequence number."""
        self._sent_timestamps[self.sequence & (_REMEMBERED - 1)] = now
        message.epoch = self.epoch
        message.sequence = self.sequence
        self.sequence = (self.sequence + 1) & WORD_MAXIMUM

    def _next_echo(self, now: int) -> "Peer | None":
        """The next peer in rotation of which a recent packet has not been echoed."""
        present = self._membership.present
        for _ in range(len(present)):
            self._echo_turn = (self._echo_turn + 1) & 0x3FFF
            peer = present[self._echo_turn % len(present)]
            if peer.echo_pending:
                if 0 <= ticks_diff(now, peer.echo_heard_ticks) < ECHO_SPAN_US:
                    return peer
                peer.echo_pending = False
        return None

    def sent(self, epoch: int, sequence: int, timestamp: int) -> bool:
        """Whether this node sent such a packet, and not long ago."""
        if epoch != self.epoch:
            return False
        behind = self.sequence - sequence
        if not 0 < behind <= _REMEMBERED:
            return False
        return self._sent_timestamps[sequence & (_REMEMBERED - 1)] == timestamp

    def sent_number(self, epoch: int, sequence: int) -> bool:
        """Whether this node sent a packet with this number not long ago, whatever was in it."""
        return epoch == self.epoch and 0 < self.sequence - sequence <= _REMEMBERED

    def is_past(self, epoch: int, sequence: int) -> bool:
        """Whether such a packet of this node would be from before what it remembers."""
        if epoch != self.epoch:
            return epoch < self.epoch
        return self.sequence - sequence > _REMEMBERED
