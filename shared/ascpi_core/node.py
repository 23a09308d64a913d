"""A node: one oscillator, one transmitter, and one or two fields; without I/O.

Three parts, in this order: `Transmission`, what a node sends and when; `Reception`, what a
datagram changes and why it changes nothing; `Node`, both with the fields that they are of.
"""

from .clock_filter import COARSE_US, UNKNOWN_US
from .field import Field
from .fixed import Prng, const, ticks_add, ticks_diff
from .peers import (
    DUPLICATE,
    EVENT_BAND_CHANGED,
    EVENT_COLLISION,
    EVENT_RESTARTED,
    EVENT_STATE_CHANGED,
    FRESH,
    EventRing,
)
from .phase import (
    ACQUIRING,
    AUTHORITY,
    FieldMean,
    Oscillator,
    RateSteering,
    correction,
    gain_of,
)
from .ssep import (
    ACCEPTED,
    DROP_COLLISION,
    DROP_DUPLICATE,
    DROP_FORGED,
    DROP_KEYED,
    DROP_LATE,
    DROP_OLD_EPOCH,
    DROP_OTHER_FIELD,
    DROP_OWN,
    DROP_REASONS,
    DROP_STRANGER,
    DROP_TABLE_FULL,
    DROP_UNTAGGED,
    ECHO_SPAN_US,
    EXTENSION_ECHO,
    EXTENSION_NONE,
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
    from .peers import Peer
    from .ssep import Tagger
    from .topology import Topology

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

    def __init__(self, epoch: int, seed: int, now: int, fields: "list[Field]") -> None:
        self.epoch = epoch
        self.sequence = 0
        self._chance = Prng(seed)
        self._fields = fields
        self._due = ticks_add(now, self._chance.below(100) * 1000)
        self._period = BEACON_PERIOD_US
        # Not the same for all, or all would echo the same node at the same time.
        self._echo_turn = self._chance.below(1 << 14)
        self._sent_timestamps = [-1] * _SENT_REMEMBERED

    def longest_us(self) -> int:
        """Longest mean time between the beacons of a node of this field."""
        return max(self._share_us(), BEACON_PERIOD_LONGEST_US)

    def _share_us(self) -> int:
        """The least mean time between two beacons of a node, by how many share the air."""
        return BEACON_SHARE_US * (self._others() + 1)

    def _others(self) -> int:
        """Nodes present, over all fields."""
        count = 0
        for field in self._fields:
            count += len(field.membership.present)
        return count

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
        period = max(self._share_us(), self._period)
        jitter = (period >> 8) * self._chance.below(128)
        self._due = ticks_add(now, period - (period >> 2) + jitter)

    def hasten(self, now: int) -> None:
        """Something changed: the next beacon soon. Not in a large field, where all may change
        at once and every beacon that one sends too many is sent by all."""
        self._period = BEACON_PERIOD_US
        if self._share_us() > BEACON_PERIOD_US:
            return
        soon = self._chance.below(BEACON_PERIOD_US >> 3)
        if ticks_diff(self._due, now) > soon:
            self._due = ticks_add(now, soon)

    def make_room(self) -> None:
        """One more node is here: in a large field the next beacon is later by its share, so that
        a field that is switched on at once does not send twice before it knows its size."""
        if self._share_us() > BEACON_PERIOD_US:
            self._due = ticks_add(self._due, BEACON_SHARE_US)

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
        """The next peer in rotation, over all fields, of which a recent packet has not been
        echoed."""
        count = self._others()
        for _ in range(count):
            self._echo_turn = (self._echo_turn + 1) & 0x3FFF
            index = self._echo_turn % count
            for field in self._fields:
                present = field.membership.present
                if index < len(present):
                    peer = present[index]
                    if peer.echo_pending and field.topology.echoes(peer):
                        if 0 <= ticks_diff(now, peer.echo_heard_ticks) < ECHO_SPAN_US:
                            return peer
                        peer.echo_pending = False
                    break
                index -= len(present)
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

_REPEATS = const(3)
"""So many packets of an impossible past are no accident: two nodes share an id."""
_COLLISION_PAUSE_US = const(1 << 23)
"""8.4 s between two reports of one collision."""
_SUSPICION_US = const(1 << 24)
"""Suspicions that lie further apart, 16.8 s, do not add up."""


class Reception:
    """Checks datagrams, keeps one counter for each reason of refusal, and updates peers."""

    def __init__(
        self,
        node_id: int,
        cluster: int,
        tagger: "Tagger | None",
        fields: "list[Field]",
        transmission: "Transmission",
        ring: "EventRing",
    ) -> None:
        self.counters = [0] * len(DROP_REASONS)
        self._node_id = node_id
        self._cluster = cluster
        self._tagger = tagger
        self._fields = fields
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
        field: Field | None = None
        if packet[3] == KIND_BEACON:
            # What is of other fields costs no tag and no look into a table.
            for candidate in self._fields:
                if candidate.topology.hears(packet):
                    field = candidate
                    break
            if field is None:
                return DROP_OTHER_FIELD
        tagger = self._tagger
        if tagger is None:
            if not is_untagged(packet):
                return DROP_KEYED
        elif not tagger.verify(packet):
            return DROP_UNTAGGED if is_untagged(packet) else DROP_FORGED
        if field is None:
            return self._take_message(packet, now)
        return self._take_beacon(field, packet, now)

    def _take_beacon(self, field: "Field", packet: bytes | bytearray, now: int) -> int:
        beacon = self._beacon
        status = beacon.decode(packet)
        if status:
            return status
        if beacon.node_id == self._node_id:
            ours = self._transmission.sent(beacon.epoch, beacon.sequence, beacon.timestamp)
            return self._own(ours, beacon.epoch, beacon.sequence, now)
        peer = field.membership.find(beacon.node_id)
        if peer is None:
            peer = field.membership.add(beacon.node_id, beacon.epoch, now)
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
        was_present, conflicts = peer.present, peer.conflicts
        status = field.hear(peer, beacon, now)
        if status == ACCEPTED:
            if conflicts:
                # A possible clock again after an impossible one: two clocks under one id.
                self._suspect(peer, now)
            if not was_present:
                self._transmission.make_room()
        return status

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
        peer = None
        for field in self._fields:
            peer = peer or field.membership.find(message.node_id)
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

    def _suspect(self, peer: "Peer", now: int) -> None:
        """A packet of another clock: when it happens again and again, two nodes share the id."""
        if not 0 <= ticks_diff(now, peer.suspected_ticks) < _SUSPICION_US:
            peer.alternations = 0
        peer.suspected_ticks = now
        peer.alternations += 1
        if peer.alternations >= _REPEATS:
            peer.alternations = 0
            self._collide(peer.node_id, now)


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

FIELDS_MAXIMUM = const(2)


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
        self.field = Field(
            settings, make_topology(settings.topology, settings.role), self.oscillator, self.events
        )
        """The one that steers the phase and is shown: the first of `fields`."""
        self.fields = [self.field]
        self.transmission = Transmission(epoch, seed, now, self.fields)
        self.reception = Reception(
            settings.node_id, settings.cluster, tagger, self.fields, self.transmission, self.events
        )
        self.stalls = 0
        self.is_open = tagger is None
        self._tagger = tagger
        self._steps = 0
        self._step_due = now
        self._fit_due = ticks_add(now, settings.step_us >> 1)
        self._rate = RateSteering(settings.alpha, settings.step_us, settings.rate_mhz)
        self._beacon = Beacon()
        self._beacon.node_id = settings.node_id
        self._beacon.cluster = settings.cluster
        self._beacon.address = settings.field_address
        self._beacon.glyph_count = TAKES_NO_GLYPHS
        self.motor = motor
        if motor is not None:
            motor.attach(self, now)
            self.reception.deliver(motor, motor.heard)

    def join(self, topology: "Topology") -> "Field":
        """Take part in another field, too: heard and judged, but not followed. ValueError if the
        node has two already."""
        if len(self.fields) == FIELDS_MAXIMUM:
            raise ValueError("no third field")
        field = Field(self.settings, topology, self.oscillator, self.events)
        self.fields.append(field)
        return field

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
        field = self.field
        beacon.coherence = field.coherence
        beacon.claim_us = field.claim_us()
        extension = EXTENSION_NONE if beacon.echo_id == NOBODY else EXTENSION_ECHO
        beacon.mode = field.band | field.lock.state << 2 | extension << 4
        beacon.role = field.topology.number | field.topology.role << 4
        beacon.encode(packet)
        if self._tagger is not None:
            self._tagger.sign(packet)
        self.transmission.schedule(now, field.lock.state == ACQUIRING, field.clocks.bound_us)
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

    def error_us(self) -> int:
        """The last phase error Θ_cluster − Θ_local in µs at the nominal rate."""
        return self.oscillator.duration(self.field.error)

    def means(self) -> FieldMean:
        """ΔΦ and κ of the field: fusion over all nodes present, this one included."""
        return self.field.means(self.dphi(), self.kappa())

    def _work_on_clocks(self, now: int) -> None:
        """Do a slice of fitting the peers' clocks."""
        for field in self.fields:
            if field.work(now) and field is self.field:
                clocks = field.clocks
                self._rate.aim(
                    self.oscillator.drift_of_skew(clocks.skew),
                    clocks.counted > 0,
                    clocks.bound_us < COARSE_US,
                )

    def _supervise(self, due: int) -> None:
        """One step of CPS at ticks `due`: look round, judge, steer."""
        local, field = self.local, self.field
        self.oscillator.advance(due)
        local.advance(due)
        self._steps = (self._steps + 1) & _SWEEP_EVERY
        state, band = field.lock.state, field.band
        shift = (local.theta - self.oscillator.theta) & 0xFFFFFFF
        for each in self.fields:
            if not self._steps:
                each.membership.sweep(due, self._silence_us())
            each.look(due, shift)
        if field.membership.present:
            self._steer(field, due)
        if field.band != band:
            self.events.push(EVENT_BAND_CHANGED, field.band)
        if field.lock.state != state:
            self.events.push(EVENT_STATE_CHANGED, field.lock.state)
            self.transmission.hasten(due)
        if self.motor is not None:
            self.motor.supervise(due)

    def _silence_us(self) -> int:
        """After how long without a packet a peer is gone."""
        timeout_us = self.transmission.longest_us() * _SILENCE_PERIODS + _SILENCE_EXTRA_US
        return min(timeout_us, _SILENCE_MAXIMUM_US)

    def _steer(self, field: Field, due: int) -> None:
        """The law: move Θ_local towards the field's Θ_cluster, and its rate towards the common
        one."""
        settings, local = self.settings, self.local
        alpha = settings.alpha
        if field.lock.state < AUTHORITY:
            alpha = gain_of(field.error, alpha, settings.alpha_acquire)
        moved = correction(field.error, alpha)
        local.theta = (local.theta + moved) & 0xFFFFFFF
        if settings.steers_rate and field.phase.highest and self._steps == _STEER_STEP:
            local.set_trim(self._rate.steer(field.error), due)
