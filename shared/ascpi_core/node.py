"""The node: one state machine without I/O, the same in every world.

Whoever runs it

- hands in every datagram with the ticks at which it was heard: `receive`,
- calls `tick` no later than `next_deadline` says (a late tick changes nothing but the delay),
- asks `poll` for a packet to send, and sends it at once,
- takes the events out with `events.pop`.

Everything that happens in steady state allocates nothing.
"""

from . import coherence, events, lock, topology
from .beacon import Beacon
from .cluster_phase import ClusterPhase
from .fusion import FieldMean
from .lock import Lock
from .membership import Membership
from .oscillator import Oscillator
from .peer_clock import UNKNOWN_US
from .reception import Reception
from .supervisor import RateSteering, correction, gear
from .survey import COARSE_US, Survey
from .ticks import ticks_add, ticks_diff
from .transmission import Transmission
from .wire import CLAIM_UNKNOWN, PACKET_BYTES, TAKES_NO_GLYPHS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .glyphs.motor import Motor
    from .node_settings import NodeSettings
    from .tag import Tagger

_CATCH_UP_STEPS = 4
"""Supervision steps made up for after a stall; more would only repeat old news."""

_SWEEP_EVERY = 3
"""A mask: one peer is looked at for silence every fourth step."""
_STEER_STEP = 2
"""In which of the four steps the rate is steered (`supervisor.STEER_EVERY`)."""
_SILENCE_PERIODS = 8
_SILENCE_EXTRA_US = 1_000_000
_SILENCE_MAXIMUM_US = 15_000_000
"""A peer is silent after 8 of the longest periods and a second, 15 s at most: no phase is carried
beyond 16.7 s."""

_REACH_MAXIMUM = (1 << 28) // 64
_REACH_FLOOR = 1 << 12
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
        self.events = events.EventRing()
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
        self.topology = topology.make(settings.topology)
        self.lock = Lock()
        self.coherence = 0
        self.band = coherence.LOOSE
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
        self._survey = Survey(self.membership, self.lock)
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
            self.reception.sink = motor

    def receive(self, packet: bytes | bytearray, length: int, now: int) -> int:
        """Take in one datagram; its `refusal` code. Any content is safe."""
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
        self.transmission.schedule(now, self.lock.state == lock.ACQUIRING, self._survey.bound_us)
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
        if self.lock.state >= lock.AUTHORITY:
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
            self.lock.on(lock.DESERTED)
            self.error = 0
            self._length = -1
            self._see(0)
        if self.lock.state != before:
            self.events.push(events.STATE_CHANGED, self.lock.state)
            self.transmission.hasten(due)
        if self.motor is not None:
            self.motor.supervise(due)

    def _steer(self, due: int) -> None:
        """The law, among others: look round, judge, move."""
        state = self.lock
        if state.state == lock.ALONE or state.state == lock.HOLDOVER:
            state.on(lock.HEARD)
        view = self._cluster_phase
        local = self.local
        settings = self.settings
        shift = (local.theta - self.oscillator.theta) & 0xFFFFFFF
        reach = self._reach if settings.steers_rate else 0
        view.look(self.membership.present, shift, state.state, self.topology, due, reach)
        error = self.error = view.error
        if state.state != lock.LOCKED or not -lock.STRAY_ARC < error < lock.STRAY_ARC:
            state.judge(error, view.agreement, self.reception.usual_half_gap > 0)
        alpha = settings.alpha
        if state.state < lock.AUTHORITY:
            alpha = gear(error, alpha, settings.alpha_acquire)
        moved = correction(error, alpha)
        local.theta = (local.theta + moved) & 0xFFFFFFF
        if settings.steers_rate and view.highest and self._steps == _STEER_STEP:
            local.set_trim(self._rate.steer(view.error), due)
        if view.length != self._length:
            self._length = view.length
            self._see(coherence.coherence(view.length))

    def _see(self, value: int) -> None:
        """Take over a new coherence, and the band that goes with it."""
        self.coherence = value
        band = coherence.next_band(self.band, value)
        if band != self.band:
            self.band = band
            self.events.push(events.BAND_CHANGED, band)
