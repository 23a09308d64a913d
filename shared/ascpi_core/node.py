"""A node: what it sends, what it takes in, and both together.

The sending half of a node: when a beacon is due, and what it says of echoes and sequence.
"""

from .clock_filter import COARSE_US, CONFLICT, UNKNOWN_US, ClockEnsemble
from .fixed import Prng, arc, const, ticks_add, ticks_diff
from .peers import (
    DUPLICATE,
    EVENT_BAND_CHANGED,
    EVENT_COLLISION,
    EVENT_RESTARTED,
    EVENT_STATE_CHANGED,
    FRESH,
    EventRing,
    Membership,
)
from .phase import (
    ACQUIRING,
    ALONE,
    AUTHORITY,
    HOLDOVER,
    LOCK_DESERTED,
    LOCK_HEARD,
    LOCKED,
    LOOSE,
    STRAY_ARC,
    ClusterPhase,
    FieldMean,
    Lock,
    Oscillator,
    RateSteering,
    coherence_of,
    correction,
    gain_of,
    next_band,
)
from .ssep import (
    ACCEPTED,
    CLAIM_UNKNOWN,
    DROP_COLLISION,
    DROP_DUPLICATE,
    DROP_FORGED,
    DROP_KEYED,
    DROP_LATE,
    DROP_OLD_EPOCH,
    DROP_OWN,
    DROP_REASONS,
    DROP_STRANGER,
    DROP_TABLE_FULL,
    DROP_UNTAGGED,
    ECHO_SPAN_US,
    KIND_BEACON,
    NOBODY,
    PACKET_BYTES,
    ROLE_OBSERVER,
    TAKES_NO_GLYPHS,
    WORD_MAXIMUM,
    Beacon,
    MessageHead,
    examine_head,
    is_untagged,
)
from .topology import make_topology

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from .glyphs.messages import Message
    from .peers import EventRing, Membership, Peer
    from .phase import Oscillator
    from .ssep import Tagger

    class Sink(Protocol):
        """Who takes the packets of glyphs. The message is used again for the next one."""

        def take(self, message: Message, now: int) -> None: ...

    from .glyphs.motor import Motor
    from .settings import NodeSettings

BEACON_PERIOD_US = const(100_000)
BEACON_PERIOD_ACQUIRING_US = const(50_000)
BEACON_PERIOD_LONGEST_US = const(400_000)
"""Mean time between beacons: usually, while a lock is sought, and where all is well known."""

PRECISE_US = COARSE_US // 2
"""A 95 % bound on the own phase error below this makes a node double its period at every beacon,
as in Trickle (RFC 6206) consistency does; one above COARSE_US makes it begin anew."""

BEACON_SHARE_US = const(12_000)
"""A field of N nodes keeps at least N times this between one node's beacons: on average at most 83
packets a second whatever N is, so that by chance, too, it is less than 100 in any second."""

_SENT_REMEMBERED = const(16)


class Transmission:
    """Schedule, sequence numbers and echoes of one node's packets."""

    def __init__(self, epoch: int, seed: int, now: int, membership: "Membership") -> None:
        self.epoch = epoch
        self.sequence = 0
        self._chance = Prng(seed)
        self._membership = membership
        self._due = ticks_add(now, self._chance.below(100) * 1000)
        self._period = BEACON_PERIOD_US
        # Not the same for all, or all would echo the same node at the same time.
        self._echo_turn = self._chance.below(1 << 14)
        self._sent_timestamps = [-1] * _SENT_REMEMBERED

    def longest_us(self) -> int:
        """Longest mean time between the beacons of a node of this field."""
        return max(BEACON_SHARE_US * (len(self._membership.present) + 1), BEACON_PERIOD_LONGEST_US)

    def due_in(self, now: int) -> int:
        """µs until the next beacon; 0 or less: now."""
        return ticks_diff(self._due, now)

    def schedule(self, now: int, acquiring: bool, bound_us: int) -> None:
        """Set the next beacon: one period on, and a random part of ±¼ of it, so that nodes that
        share a phase do not share the moment of sending.

        `bound_us`: what the own phase may be off, beyond the error that is known.
        """
        if acquiring:
            self._period = BEACON_PERIOD_ACQUIRING_US
        elif bound_us > COARSE_US or self._period < BEACON_PERIOD_US:
            self._period = BEACON_PERIOD_US
        elif bound_us < PRECISE_US:
            self._period = min(2 * self._period, BEACON_PERIOD_LONGEST_US)
        period = max(BEACON_SHARE_US * (len(self._membership.present) + 1), self._period)
        jitter = (period >> 8) * self._chance.below(128)
        self._due = ticks_add(now, period - (period >> 2) + jitter)

    def hasten(self, now: int) -> None:
        """Something changed: the next beacon soon. Not in a large field, where all may change
        at once and every beacon that one sends too many is sent by all."""
        self._period = BEACON_PERIOD_US
        if self._is_crowded():
            return
        soon = self._chance.below(BEACON_PERIOD_US >> 3)
        if ticks_diff(self._due, now) > soon:
            self._due = ticks_add(now, soon)

    def make_room(self) -> None:
        """One more node is here: in a large field the next beacon is later by its share, so that
        a field that is switched on at once does not send twice before it knows its size."""
        if self._is_crowded():
            self._due = ticks_add(self._due, BEACON_SHARE_US)

    def _is_crowded(self) -> bool:
        return (len(self._membership.present) + 1) * BEACON_SHARE_US > BEACON_PERIOD_US

    def stamp(self, beacon: "Beacon", now: int) -> None:
        """Give a beacon its epoch, sequence number, timestamp and echo."""
        self._sent_timestamps[self.sequence & (_SENT_REMEMBERED - 1)] = now
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
        self._sent_timestamps[self.sequence & (_SENT_REMEMBERED - 1)] = now
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
        if not 0 < behind <= _SENT_REMEMBERED:
            return False
        return self._sent_timestamps[sequence & (_SENT_REMEMBERED - 1)] == timestamp

    def sent_number(self, epoch: int, sequence: int) -> bool:
        """Whether this node sent a packet with this number not long ago, whatever was in it."""
        return epoch == self.epoch and 0 < self.sequence - sequence <= _SENT_REMEMBERED

    def is_past(self, epoch: int, sequence: int) -> bool:
        """Whether such a packet of this node would be from before what it remembers."""
        if epoch != self.epoch:
            return epoch < self.epoch
        return self.sequence - sequence > _SENT_REMEMBERED


# The receiving half of a node: what a datagram changes, and why it changes nothing.

_ROUND_TRIP_MAXIMUM_US = const(1 << 21)
_DRIFT_MAXIMUM = const(1 << 14)
"""2^-46 turn/µs: 233 ppm of 1 turn/s."""
_DRIFT_EVERY = const(3)
"""A mask: a peer's drift is measured over every fourth packet."""
_REPEATS = const(3)
"""So many packets of an impossible past are no accident: two nodes share an id."""
_COLLISION_PAUSE_US = const(1 << 23)
"""8.4 s between two reports of one collision."""
_SUSPICION_US = const(1 << 24)
"""Suspicions that lie further apart, 16.8 s, do not add up."""
_JUMP_US = const(1 << 17)
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
        self.counters = [0] * len(DROP_REASONS)
        self.usual_half_gap = 0
        """The fixed delay, µs, as measured to peers; stands in for one that is not known yet."""
        self._node_id = node_id
        self._cluster = cluster
        self._tagger = tagger
        self._oscillator = oscillator
        self._membership = membership
        self._transmission = transmission
        self._events = ring
        self._beacon = Beacon()
        self._sink: Sink | None = None
        self._message: Message | MessageHead = MessageHead()
        self._own_past = 0
        self._collision_ticks = 0
        self._collision_known = False

    def deliver(self, sink: "Sink | None", message: "Message") -> None:
        """From now on read the packets of glyphs into `message` and hand it to `sink`, if any.
        Until then only their heads are looked at, and counted: who holds no glyphs need not know
        the rest."""
        self._sink = sink
        self._message = message

    def take(self, packet: bytes | bytearray, length: int, now: int) -> int:
        """One datagram of `length` bytes, heard at ticks `now`: its `DROP_…` code, counted."""
        status = self._take(packet, length, now)
        self.counters[status] += 1
        return status

    def from_others(self) -> int:
        """Datagrams so far, taken or not, a node's own left out."""
        return sum(self.counters) - self.counters[DROP_OWN]

    def refused(self) -> int:
        """Datagrams not taken so far, a node's own left out."""
        return self.from_others() - self.counters[ACCEPTED]

    def _take(self, packet: bytes | bytearray, length: int, now: int) -> int:
        status = examine_head(packet, length, self._cluster)
        if status:
            return status
        tagger = self._tagger
        if tagger is None:
            if not is_untagged(packet):
                return DROP_KEYED
        elif not tagger.verify(packet):
            return DROP_UNTAGGED if is_untagged(packet) else DROP_FORGED
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
                return DROP_TABLE_FULL
        elif beacon.epoch != peer.epoch and not self._other_epoch(peer, now):
            return DROP_OLD_EPOCH
        order = peer.sequence_status(beacon.sequence)
        if order != FRESH and (order == DUPLICATE or beacon.sequence < peer.newest_beacon):
            if peer.present and peer.contradicts(beacon.sequence, beacon.timestamp):
                self._suspect(peer, now)
                return DROP_COLLISION
            if peer.present and not peer.clock.fits_in(now, beacon.timestamp):
                # A replay, or another node with this id that was switched on later.
                self._suspect(peer, now)
            return DROP_DUPLICATE if order == DUPLICATE else DROP_LATE
        if beacon.role >> 4 == ROLE_OBSERVER:
            peer.observe(beacon.role, beacon.sequence, now)
            return ACCEPTED
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
            self._events.push(EVENT_RESTARTED, beacon.node_id)
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
            return DROP_STRANGER
        if message.epoch < peer.epoch:
            return DROP_OLD_EPOCH
        if peer.sequence_status(message.sequence) == DUPLICATE:
            return DROP_DUPLICATE
        if self._sink is not None:
            self._sink.take(message, now)  # type: ignore[arg-type]  # what `deliver` gave
        return ACCEPTED

    def _own(self, is_ours: bool, epoch: int, sequence: int, now: int) -> int:
        """A packet with our own id: our own, heard again, or another node's."""
        if is_ours:
            return DROP_OWN
        if self._transmission.is_past(epoch, sequence):
            # Some of our own may still be on the air, as after a restart.
            self._own_past += 1
            if self._own_past < _REPEATS:
                return DROP_OWN
        self._collide(self._node_id, now)
        return DROP_COLLISION

    def _collide(self, node_id: int, now: int) -> None:
        since = ticks_diff(now, self._collision_ticks)
        if self._collision_known and 0 <= since < _COLLISION_PAUSE_US:
            return
        self._collision_known = True
        self._collision_ticks = now
        self._events.push(EVENT_COLLISION, node_id)

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
        return ACCEPTED

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
        return DROP_COLLISION

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


# The node: one state machine without I/O, the same in every world.
#
# Whoever runs it
#
# - hands in every datagram with the ticks at which it was heard: `receive`,
# - calls `tick` no later than `next_deadline` says (a late tick changes nothing but the delay),
# - asks `poll` for a packet to send, and sends it at once,
# - takes the events out with `events.pop`.
#
# Everything that happens in steady state allocates nothing.

_CATCH_UP_STEPS = const(4)
"""Supervision steps made up for after a stall; more would only repeat old news."""

_SWEEP_EVERY = const(3)
"""A mask: one peer is looked at for silence every fourth step."""
_STEER_STEP = const(2)
"""In which of the four steps the rate is steered (`STEER_EVERY`)."""
_SILENCE_PERIODS = const(8)
_SILENCE_EXTRA_US = const(1_000_000)
_SILENCE_MAXIMUM_US = const(15_000_000)
"""A peer is silent after 8 of the longest periods and a second, 15 s at most: no phase is carried
beyond 16.7 s."""

_REACH_MAXIMUM = const((1 << 28) // 64)
_REACH_FLOOR = const(1 << 12)
"""How far from the cluster a phase still counts in full, 2^-28 turn: four standard deviations of
a measured offset and 15 µs at 1 turn/s, and at most this while these are not known."""


class Node:
    """One ASCπ node. `epoch` counts its boots, `seed` is for the jitter of its beacons, `now`
    the present ticks; `tagger` is None in an open field, `motor` where no glyphs are held."""

    def __init__(
        self,
        settings: "NodeSettings",
        epoch: int,
        seed: int,
        now: int,
        tagger: "Tagger | None" = None,
        motor: "Motor | None" = None,
    ) -> None:
        self.node_id = settings.node_id
        self.settings = settings
        self.events = EventRing()
        self.oscillator = Oscillator(settings.rate_mhz, now, settings.theta)
        self.local = Oscillator(settings.rate_mhz, now, settings.theta)
        self.membership = Membership(settings.max_peers, self.events)
        self.transmission = Transmission(epoch, seed, now, self.membership)
        self.reception = Reception(
            settings.node_id,
            settings.cluster,
            tagger,
            self.oscillator,
            self.membership,
            self.transmission,
            self.events,
        )
        self.topology = make_topology(settings.topology)
        self.lock = Lock()
        self.coherence = 0
        self.band = LOOSE
        self.error = 0
        self.stalls = 0
        self.is_open = tagger is None
        self._tagger = tagger
        self._length = -1
        self._reach = _REACH_MAXIMUM
        self._phase_per_us = max(1, settings.rate_mhz * 17592 >> 16)
        self._steps = 0
        self._step_due = now
        self._fit_due = ticks_add(now, settings.step_us >> 1)
        self._survey = ClockEnsemble(self.membership, self.lock)
        self._rate = RateSteering(settings.alpha, settings.step_us, settings.rate_mhz)
        self._cluster_phase = ClusterPhase(settings.node_id, settings.max_peers)
        self._field = FieldMean()
        self._beacon = Beacon()
        self._beacon.node_id = settings.node_id
        self._beacon.cluster = settings.cluster
        self._beacon.address = settings.field_address
        self._beacon.glyph_count = TAKES_NO_GLYPHS
        self.motor = motor
        if motor is not None:
            motor.attach(self, now)
            self.reception.deliver(motor, motor.heard)

    def receive(self, packet: bytes | bytearray, length: int, now: int) -> int:
        """Take in one datagram; its `DROP_…` code. Any content is safe."""
        return self.reception.take(packet, length, now)

    def tick(self, now: int) -> None:
        """Do the supervision steps due by `now`, each as of its own moment; where none is, a slice
        of work on the peers' clocks if that is due."""
        late = ticks_diff(now, self._step_due)
        period = self.settings.step_us
        if -2 * period <= late < 0:
            if ticks_diff(now, self._fit_due) >= 0:
                self._fit_due = ticks_add(self._step_due, period >> 1)
                self._work_on_clocks(now)
            return
        for _ in range(_CATCH_UP_STEPS):
            if late < 0:
                break
            self._supervise(self._step_due)
            self._step_due = ticks_add(self._step_due, period)
            late -= period
        if late >= 0 or late < -2 * period:
            # A stall of the board, or a step of its clock: begin the rhythm anew.
            self.stalls += 1
            self._step_due = ticks_add(now, period)
            self._fit_due = now
            self.oscillator.advance(now)
            self.local.advance(now)
            self.transmission.schedule(now, False, UNKNOWN_US)

    def next_deadline(self, now: int) -> int:
        """µs from `now` until `tick` or `poll` has something to do; 0 if that is now."""
        until = min(
            ticks_diff(self._step_due, now),
            ticks_diff(self._fit_due, now),
            self.transmission.due_in(now),
        )
        if self.motor is not None:
            until = min(until, self.motor.due_in(now))
        return max(until, 0)

    def poll(self, packet: bytearray, now: int) -> int:
        """Write a packet into the 64-byte buffer if one is due: its length, or 0."""
        if self.transmission.due_in(now) > 0:
            return 0 if self.motor is None else self._poll_motor(self.motor, packet, now)
        beacon = self._beacon
        self.transmission.stamp(beacon, now)
        beacon.theta = self.theta(now)
        beacon.dphi = self.dphi()
        beacon.kappa = self.kappa()
        if self.motor is not None:
            holding = self.motor.holding
            beacon.glyph_digest = holding.digest
            beacon.glyph_count = holding.count
            beacon.energy = holding.energy
        beacon.coherence = self.coherence
        beacon.claim_us = self.claim_us()
        beacon.mode = self.band | self.lock.state << 2
        beacon.role = self.topology.topology | self.topology.role << 4
        beacon.encode(packet)
        if self._tagger is not None:
            self._tagger.sign(packet)
        self.transmission.schedule(now, self.lock.state == ACQUIRING, self._survey.bound_us)
        return PACKET_BYTES

    def _poll_motor(self, motor: "Motor", packet: bytearray, now: int) -> int:
        """The same for what the motor has to say."""
        message = motor.compose(now)
        if message is None:
            return 0
        message.node_id = self.node_id
        message.cluster = self.settings.cluster
        self.transmission.count(message, now)
        message.encode(packet)
        if self._tagger is not None:
            self._tagger.sign(packet)
        return PACKET_BYTES

    def dphi(self) -> int:
        """This node's ΔΦ (Q15): averaged over its glyphs, or as set if it has none."""
        return self.settings.dphi if self.motor is None else self.motor.holding.dphi

    def kappa(self) -> int:
        """This node's κ (Q15), likewise."""
        return self.settings.kappa if self.motor is None else self.motor.holding.kappa

    def theta(self, now: int) -> int:
        """Θ_local at ticks `now`, within 16.7 s of the last tick, in 2^-28 turn."""
        return self.local.at(now)

    def shown(self, now: int) -> int:
        """The phase that lights and pulses follow: Θ_local and this node's own offset."""
        return (self.local.at(now) + self.settings.phase_offset) & 0xFFFFFFF

    def time_until_shown(self, target: int, now: int) -> int:
        """µs of ticks from `now` until `shown` reaches `target`, unless Θ_local is steered."""
        return self.local.time_until(self.shown(now), target)

    def time_until(self, target: int, now: int) -> int:
        """µs of ticks from `now` until Θ_local reaches `target`, unless it is steered."""
        return self.local.time_until(self.theta(now), target)

    def error_us(self) -> int:
        """The last phase error Θ_cluster − Θ_local in µs at the nominal rate."""
        return self.oscillator.duration(self.error)

    def claim_us(self) -> int:
        """How far, in µs, this node's phase is from the cluster's at most, 19 times out of 20.

        The error it knows of, and what that may be wrong by. CLAIM_UNKNOWN while it cannot tell.
        """
        if not self.membership.present or self._survey.bound_us >= UNKNOWN_US:
            return CLAIM_UNKNOWN
        error_us = abs(self.error_us())
        # The error is a step old, and is being steered away.
        error_us += error_us >> 4
        return min(CLAIM_UNKNOWN - 1, error_us + self._survey.bound_us)

    def field(self) -> FieldMean:
        """ΔΦ and κ of the field: fusion over all nodes present, this one included."""
        field = self._field
        field.clear()
        field.add(self.dphi(), self.kappa())
        for peer in self.membership.present:
            field.add(peer.dphi, peer.kappa)
        return field

    def _work_on_clocks(self, now: int) -> None:
        """Do a slice of fitting the peers' clocks."""
        survey = self._survey
        if not survey.work(now, self.reception.usual_half_gap):
            return
        self._rate.aim(
            self.oscillator.drift_of_skew(survey.skew),
            survey.counted > 0,
            survey.bound_us < COARSE_US,
        )
        if self.lock.state >= AUTHORITY:
            reach = _REACH_FLOOR + survey.deviation_us * self._phase_per_us * 4
            # From wide to narrow no faster than what phases differ by at the lock goes away.
            self._reach = min(_REACH_MAXIMUM, max(reach, self._reach - (self._reach >> 3)))
        else:
            self._reach = _REACH_MAXIMUM

    def _supervise(self, due: int) -> None:
        """One step of CPS at ticks `due`: look round, judge, steer."""
        self.oscillator.advance(due)
        self.local.advance(due)
        self._steps = (self._steps + 1) & _SWEEP_EVERY
        if not self._steps:
            timeout = self.transmission.longest_us() * _SILENCE_PERIODS + _SILENCE_EXTRA_US
            self.membership.sweep(due, min(timeout, _SILENCE_MAXIMUM_US))
        before = self.lock.state
        if self.membership.present:
            self._steer(due)
        else:
            self.lock.on(LOCK_DESERTED)
            self.error = 0
            self._length = -1
            self._see(0)
        if self.lock.state != before:
            self.events.push(EVENT_STATE_CHANGED, self.lock.state)
            self.transmission.hasten(due)
        if self.motor is not None:
            self.motor.supervise(due)

    def _steer(self, due: int) -> None:
        """The law, among others: look round, judge, move."""
        state = self.lock
        if state.state == ALONE or state.state == HOLDOVER:
            state.on(LOCK_HEARD)
        view = self._cluster_phase
        local = self.local
        settings = self.settings
        shift = (local.theta - self.oscillator.theta) & 0xFFFFFFF
        reach = self._reach if settings.steers_rate else 0
        view.look(self.membership.present, shift, state.state, self.topology, due, reach)
        error = self.error = view.error
        if state.state != LOCKED or not -STRAY_ARC < error < STRAY_ARC:
            state.judge(error, view.agreement, self.reception.usual_half_gap > 0)
        alpha = settings.alpha
        if state.state < AUTHORITY:
            alpha = gain_of(error, alpha, settings.alpha_acquire)
        moved = correction(error, alpha)
        local.theta = (local.theta + moved) & 0xFFFFFFF
        if settings.steers_rate and view.highest and self._steps == _STEER_STEP:
            local.set_trim(self._rate.steer(view.error), due)
        if view.length != self._length:
            self._length = view.length
            self._see(coherence_of(view.length))

    def _see(self, value: int) -> None:
        """Take over a new coherence, and the band that goes with it."""
        self.coherence = value
        band = next_band(self.band, value)
        if band != self.band:
            self.band = band
            self.events.push(EVENT_BAND_CHANGED, band)
