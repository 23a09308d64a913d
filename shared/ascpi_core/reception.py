"""The receiving half of a node: what a datagram changes, and why it changes nothing."""

from . import events, refusal
from .beacon import Beacon
from .circle import arc
from .glyphs.packets import Message
from .head import examine
from .lock import AUTHORITY
from .peer import DUPLICATE, FRESH
from .peer_clock import CONFLICT
from .tag import is_untagged
from .ticks import ticks_diff
from .wire import KIND_BEACON, ROLE_OBSERVER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from .events import EventRing
    from .membership import Membership
    from .oscillator import Oscillator
    from .peer import Peer
    from .tag import Tagger
    from .transmission import Transmission

    class Sink(Protocol):
        """Who takes the packets of glyphs. The message is used again for the next one."""

        def take(self, message: Message, now: int) -> None: ...


_ROUND_TRIP_MAXIMUM_US = 1 << 21
_DRIFT_MAXIMUM = 1 << 14
"""2^-46 turn/µs: 233 ppm of 1 turn/s."""
_DRIFT_EVERY = 3
"""A mask: a peer's drift is measured over every fourth packet."""
_REPEATS = 3
"""So many packets of an impossible past are no accident: two nodes share an id."""
_COLLISION_PAUSE_US = 1 << 23
"""8.4 s between two reports of one collision."""
_SUSPICION_US = 1 << 24
"""Suspicions that lie further apart, 16.8 s, do not add up."""
_JUMP_US = 1 << 17
"""A clock that jumped stays where it is: for 131 ms at least, before it is believed. What comes
faster was waiting in a queue, here while this board stood still, or at the access point."""


class Reception:
    """Checks datagrams, keeps one counter for each reason of refusal, and updates peers."""

    def __init__(
        self,
        node_id: int,
        cluster: int,
        tagger: "Tagger | None",
        oscillator: "Oscillator",
        membership: "Membership",
        transmission: "Transmission",
        ring: "EventRing",
    ) -> None:
        self.counters = [0] * len(refusal.NAMES)
        self.usual_half_gap = 0
        """The fixed delay, µs, as measured to peers; stands in for one that is not known yet."""
        self.sink: Sink | None = None
        """Without one the packets of glyphs are checked, counted and dropped."""
        self._node_id = node_id
        self._cluster = cluster
        self._tagger = tagger
        self._oscillator = oscillator
        self._membership = membership
        self._transmission = transmission
        self._events = ring
        self._beacon = Beacon()
        self._message = Message()
        self._own_past = 0
        self._collision_ticks = 0
        self._collision_known = False

    def take(self, packet: bytes | bytearray, length: int, now: int) -> int:
        """One datagram of `length` bytes, heard at ticks `now`: its `refusal` code, counted."""
        status = self._take(packet, length, now)
        self.counters[status] += 1
        return status

    def refused(self) -> int:
        """Datagrams not taken so far, a node's own left out."""
        return sum(self.counters) - self.counters[refusal.ACCEPTED] - self.counters[refusal.OWN]

    def _take(self, packet: bytes | bytearray, length: int, now: int) -> int:
        status = examine(packet, length, self._cluster)
        if status:
            return status
        tagger = self._tagger
        if tagger is None:
            if not is_untagged(packet):
                return refusal.KEYED
        elif not tagger.verify(packet):
            return refusal.UNTAGGED if is_untagged(packet) else refusal.FORGED
        if packet[3] != KIND_BEACON:
            return self._take_message(packet, now)
        beacon = self._beacon
        status = beacon.decode(packet)
        if status:
            return status
        if beacon.node_id == self._node_id:
            ours = self._transmission.sent(beacon.epoch, beacon.sequence, beacon.timestamp)
            return self._own(ours, beacon.epoch, beacon.sequence, now)
        peer = self._membership.find(beacon.node_id)
        if peer is None:
            peer = self._membership.add(beacon.node_id, beacon.epoch, now)
            if peer is None:
                return refusal.TABLE_FULL
        elif beacon.epoch != peer.epoch and not self._other_epoch(peer, now):
            return refusal.OLD_EPOCH
        order = peer.sequence_status(beacon.sequence)
        if order != FRESH and (order == DUPLICATE or beacon.sequence < peer.newest_beacon):
            if peer.present and peer.contradicts(beacon.sequence, beacon.timestamp):
                self._suspect(peer, now)
                return refusal.COLLISION
            if peer.present and not peer.clock.fits_in(now, beacon.timestamp):
                # A replay, or another node with this id that was switched on later.
                self._suspect(peer, now)
            return refusal.DUPLICATE if order == DUPLICATE else refusal.LATE
        if beacon.role >> 4 == ROLE_OBSERVER:
            peer.observe(beacon.role, beacon.sequence, now)
            return refusal.ACCEPTED
        return self._update(peer, now)

    def _other_epoch(self, peer: "Peer", now: int) -> bool:
        """A known id with another boot epoch: True if the node may begin anew.

        A higher one is a restart. A lower one is a replay, or a second node with this id; only
        in an open field, and only once the id has fallen silent, may it be a board whose flash
        was erased.
        """
        beacon = self._beacon
        if beacon.epoch < peer.epoch and (peer.present or self._tagger is not None):
            peer.old_epochs += 1
            if peer.present and peer.old_epochs >= _REPEATS:
                peer.old_epochs = 0
                self._collide(beacon.node_id, now)
            return False
        peer.begin(beacon.node_id, beacon.epoch)
        if beacon.role >> 4 != ROLE_OBSERVER:
            self._events.push(events.RESTARTED, beacon.node_id)
        return True

    def _take_message(self, packet: bytes | bytearray, now: int) -> int:
        """A packet about glyphs: of a node that is here, or observes, and in its present epoch.

        It says nothing of its sender's clock and phase, nor that it is here; its beacons do. One
        that was overtaken is as good as any, as long as it was not heard before.
        """
        message = self._message
        status = message.decode(packet)
        if status:
            return status
        if message.node_id == self._node_id:
            ours = self._transmission.sent_number(message.epoch, message.sequence)
            return self._own(ours, message.epoch, message.sequence, now)
        peer = self._membership.find(message.node_id)
        if peer is None or message.epoch > peer.epoch or not peer.may_say(message.message_kind):
            return refusal.STRANGER
        if message.epoch < peer.epoch:
            return refusal.OLD_EPOCH
        if peer.sequence_status(message.sequence) == DUPLICATE:
            return refusal.DUPLICATE
        if self.sink is not None:
            self.sink.take(message, now)
        return refusal.ACCEPTED

    def _own(self, is_ours: bool, epoch: int, sequence: int, now: int) -> int:
        """A packet with our own id: our own, heard again, or another node's."""
        if is_ours:
            return refusal.OWN
        if self._transmission.is_past(epoch, sequence):
            # Some of our own may still be on the air, as after a restart.
            self._own_past += 1
            if self._own_past < _REPEATS:
                return refusal.OWN
        self._collide(self._node_id, now)
        return refusal.COLLISION

    def _collide(self, node_id: int, now: int) -> None:
        since = ticks_diff(now, self._collision_ticks)
        if self._collision_known and 0 <= since < _COLLISION_PAUSE_US:
            return
        self._collision_known = True
        self._collision_ticks = now
        self._events.push(events.COLLISION, node_id)

    def _update(self, peer: "Peer", now: int) -> int:
        beacon = self._beacon
        peer.newest_beacon = beacon.sequence
        if not peer.present:
            peer.clock.clear()
            peer.packets = 0
            peer.drift = 0
        delay = peer.clock.hear(now, beacon.timestamp, self.usual_half_gap)
        if delay == CONFLICT:
            return self._conflict(peer, now)
        if peer.conflicts:
            # A possible clock again after an impossible one: two clocks under one id.
            peer.conflicts = 0
            self._suspect(peer, now)
        if beacon.echo_id == self._node_id:
            self._hear_echo(peer, now)
        if not peer.packets & _DRIFT_EVERY:
            peer.drift += (self._drift(peer) - peer.drift) >> 1
        peer.packets += 1
        # Where our oscillator stood when the packet was sent, both clocks running alike.
        peer.offset = (beacon.theta - self._oscillator.at((now - delay) & 0x3FFFFFFF)) & 0xFFFFFFF
        peer.offset_ticks = now
        peer.heard_ticks = now
        peer.newest_timestamp = beacon.timestamp
        peer.note_echo(now, beacon.timestamp, delay)
        peer.state = beacon.mode >> 2
        peer.dphi = beacon.dphi
        peer.kappa = beacon.kappa
        peer.coherence = beacon.coherence
        peer.role = beacon.role
        peer.address = beacon.address
        peer.energy = beacon.energy
        peer.glyph_count = beacon.glyph_count
        peer.glyph_digest = beacon.glyph_digest
        if not peer.present:
            self._membership.enter(peer)
            self._transmission.make_room()
        return refusal.ACCEPTED

    def _suspect(self, peer: "Peer", now: int) -> None:
        """A packet of another clock: when it happens again and again, two nodes share the id."""
        if not 0 <= ticks_diff(now, peer.suspected_ticks) < _SUSPICION_US:
            peer.alternations = 0
        peer.suspected_ticks = now
        peer.alternations += 1
        if peer.alternations >= _REPEATS:
            peer.alternations = 0
            self._collide(peer.node_id, now)

    def _conflict(self, peer: "Peer", now: int) -> int:
        """A timestamp a second or more off. Three in a row are believed: the clock jumped."""
        if not peer.conflicts:
            peer.conflict_ticks = now
        peer.conflicts += 1
        lasted = ticks_diff(now, peer.conflict_ticks)
        if peer.conflicts >= _REPEATS and not 0 <= lasted < _JUMP_US:
            peer.conflicts = 0
            peer.clock.clear()
        return refusal.COLLISION

    def _hear_echo(self, peer: "Peer", now: int) -> None:
        """Use the echo of one of our packets, unless it is absurd."""
        beacon = self._beacon
        age = (now - beacon.echo_timestamp) & 0xFFFFFF
        if 0 <= age - beacon.echo_age < _ROUND_TRIP_MAXIMUM_US:
            theirs = (beacon.timestamp - beacon.echo_age) & 0x3FFFFFFF
            clock = peer.clock
            clock.echo((now - age) & 0x3FFFFFFF, theirs)
            half_gap = clock.half_gap
            if half_gap >= 0:
                usual = self.usual_half_gap
                # What is too large is soon found out, by a faster packet.
                if not usual:
                    self.usual_half_gap = max(1, half_gap)
                elif half_gap < usual:
                    self.usual_half_gap = (usual + half_gap + 1) >> 1
                else:
                    self.usual_half_gap += (half_gap - usual) >> 5

    def _drift(self, peer: "Peer") -> int:
        """How fast the peer's phase gains on our oscillator, in 2^-46 turn/µs.

        Its crystal's part comes from the timestamps. The part that it steers itself shows
        between two of its beacons in its own ticks, free of any delay; while it is not locked
        that part is a jump towards others, which is not to be carried on.
        """
        beacon = self._beacon
        oscillator = self._oscillator
        drift = oscillator.drift_of_skew(peer.clock.skew) >> 8
        span = ticks_diff(beacon.timestamp, peer.measured_timestamp)
        if peer.packets and peer.state >= AUTHORITY and 0x4000 <= span < 0x1000000:
            gained = arc(beacon.theta, peer.measured_theta + oscillator.span(span))
            if -0x8000 < gained < 0x8000:
                drift += (gained << 14) // (span >> 4)
            elif -0x80000 < gained < 0x80000:
                drift += (gained << 10) // (span >> 8)
        peer.measured_theta = beacon.theta
        peer.measured_timestamp = beacon.timestamp
        return max(-_DRIFT_MAXIMUM, min(_DRIFT_MAXIMUM, drift))
