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
from .reception import Reception
from .supervisor import correction, gear
from .ticks import ticks_add, ticks_diff
from .transmission import Transmission
from .wire import PACKET_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .node_settings import NodeSettings
    from .tag import Tagger

_CATCH_UP_STEPS = 4
"""Supervision steps made up for after a stall; more would only repeat old news."""

_SWEEP_EVERY = 3
"""A mask: one peer is looked at for silence every fourth step."""
_SILENCE_PERIODS = 8
_SILENCE_EXTRA_US = 1_000_000
_SILENCE_MAXIMUM_US = 15_000_000
"""A peer is silent after 8 beacon periods and a second; no phase is carried beyond 16.7 s."""


class Node:
    """One ASCπ node. `epoch` counts its boots, `seed` is for the jitter of its beacons, `now`
    the present ticks; `tagger` is None in an open field."""

    def __init__(
        self,
        settings: "NodeSettings",
        epoch: int,
        seed: int,
        now: int,
        tagger: "Tagger | None" = None,
    ) -> None:
        self.node_id = settings.node_id
        self.settings = settings
        self.events = events.EventRing()
        self.oscillator = Oscillator(settings.rate_mhz, now, settings.theta)
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
        self._shift = 0
        self._length = -1
        self._steps = 0
        self._step_due = now
        self._cluster_phase = ClusterPhase(settings.node_id, settings.max_peers)
        self._field = FieldMean()
        self._beacon = Beacon()
        self._beacon.node_id = settings.node_id
        self._beacon.cluster = settings.cluster

    def receive(self, packet: bytes | bytearray, length: int, now: int) -> int:
        """Take in one datagram; its `refusal` code. Any content is safe."""
        return self.reception.take(packet, length, now)

    def tick(self, now: int) -> None:
        """Do the supervision steps due by `now`, each as of its own moment."""
        late = ticks_diff(now, self._step_due)
        period = self.settings.step_us
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
            self.oscillator.advance(now)
            self.transmission.schedule(now, False)

    def next_deadline(self, now: int) -> int:
        """µs from `now` until `tick` or `poll` has something to do; 0 if that is now."""
        until = min(ticks_diff(self._step_due, now), self.transmission.due_in(now))
        return max(until, 0)

    def poll(self, packet: bytearray, now: int) -> int:
        """Write a packet into the 64-byte buffer if one is due: its length, or 0."""
        if self.transmission.due_in(now) > 0:
            return 0
        beacon = self._beacon
        self.transmission.stamp(beacon, now)
        beacon.theta = self.theta(now)
        beacon.dphi = self.settings.dphi
        beacon.kappa = self.settings.kappa
        beacon.coherence = self.coherence
        beacon.mode = self.band | self.lock.state << 2
        beacon.role = self.topology.topology | self.topology.role << 4
        beacon.encode(packet)
        if self._tagger is not None:
            self._tagger.sign(packet)
        self.transmission.schedule(now, self.lock.state == lock.LOCKED)
        return PACKET_BYTES

    def theta(self, now: int) -> int:
        """Θ_local at ticks `now`, within 16.7 s of the last tick, in 2^-28 turn."""
        return (self.oscillator.at(now) + self._shift) & 0xFFFFFFF

    def time_until(self, target: int, now: int) -> int:
        """µs of ticks from `now` until Θ_local reaches `target`, unless it is steered."""
        return self.oscillator.time_until(self.theta(now), target)

    def error_us(self) -> int:
        """The last phase error Θ_cluster − Θ_local in µs at the nominal rate."""
        return self.error * (10**9 // self.settings.rate_mhz) >> 28

    def field(self) -> FieldMean:
        """ΔΦ and κ of the field: fusion over all nodes present, this one included."""
        field = self._field
        field.clear()
        field.add(self.settings.dphi, self.settings.kappa)
        for peer in self.membership.present:
            field.add(peer.dphi, peer.kappa)
        return field

    def _supervise(self, due: int) -> None:
        """One step of CPS at ticks `due`: look round, judge, steer."""
        self.oscillator.advance(due)
        self._steps = (self._steps + 1) & _SWEEP_EVERY
        if not self._steps:
            timeout = self.transmission.period_us(True) * _SILENCE_PERIODS + _SILENCE_EXTRA_US
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

    def _steer(self, due: int) -> None:
        """The law, among others: look round, judge, move."""
        state = self.lock
        if state.state == lock.ALONE or state.state == lock.HOLDOVER:
            state.on(lock.HEARD)
        view = self._cluster_phase
        view.look(self.membership.present, self._shift, state.state, self.topology, due)
        self.error = view.error
        state.judge(view.error, view.agreement)
        settings = self.settings
        alpha = settings.alpha
        if state.state < lock.AUTHORITY:
            alpha = gear(view.error, alpha, settings.alpha_acquire)
        self._shift = (self._shift + correction(view.error, alpha)) & 0xFFFFFFF
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
