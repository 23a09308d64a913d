"""A field: nodes that share a Θ, as one of them sees it.

It has the peers and their clocks, Θ_cluster, the lock and the coherence, under one topology. A
node takes part in one field or in two, with one oscillator; it steers that by the first of them.

`hear` takes in a beacon, `work` fits a slice of the clocks, `look` is one step of supervision.
"""

from .clock_filter import CONFLICT, UNKNOWN_US, ClockEnsemble
from .fixed import arc, const, ticks_diff
from .peers import Membership
from .phase import (
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
    coherence_of,
    next_band,
)
from .ssep import ACCEPTED, CLAIM_UNKNOWN, DROP_COLLISION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .peers import EventRing, Peer
    from .phase import Oscillator
    from .settings import NodeSettings
    from .ssep import Beacon
    from .topology import Topology

_ROUND_TRIP_MAXIMUM_US = const(1 << 21)
_DRIFT_MAXIMUM = const(1 << 14)
"""2^-46 turn/µs: 233 ppm of 1 turn/s."""
_DRIFT_EVERY = const(3)
"""A mask: a peer's drift is measured over every fourth packet."""
_CONFLICTS_BELIEVED = const(3)
"""So many packets of an impossible clock are no accident."""
_JUMP_US = const(1 << 17)
"""A clock that jumped stays where it is: for 131 ms at least, before it is believed. What comes
faster was waiting in a queue, here while this board stood still, or at the access point."""

_REACH_MAXIMUM = const((1 << 28) // 64)
_REACH_FLOOR = const(1 << 12)
"""How far from the cluster a phase still counts in full, 2^-28 turn: four standard deviations of
a measured offset and 15 µs at 1 turn/s, and at most this while these are not known."""


class Field:
    """`oscillator` is the node's free one, `events` its ring."""

    def __init__(
        self,
        settings: "NodeSettings",
        topology: "Topology",
        oscillator: "Oscillator",
        events: "EventRing",
    ) -> None:
        self.topology = topology
        self.membership = Membership(settings.max_peers, events)
        self.lock = Lock()
        self.clocks = ClockEnsemble(self.membership, self.lock)
        self.phase = ClusterPhase(settings.node_id, settings.max_peers)
        self.error = 0
        """Θ_cluster − Θ_local at the last step, on the shortest arc, 2^-28 turn."""
        self.coherence = 0
        """C in Q15; 0 alone."""
        self.band = LOOSE
        self.usual_half_gap = 0
        """The fixed delay, µs, as measured to peers; stands in for one that is not known yet."""
        self._node_id = settings.node_id
        self._oscillator = oscillator
        self._is_bounded = settings.steers_rate
        self._length = -1
        self._reach = _REACH_MAXIMUM
        self._phase_per_us = max(1, settings.rate_mhz * 17592 >> 16)
        self._means = FieldMean()

    # What a beacon changes.

    def hear(self, peer: "Peer", beacon: "Beacon", now: int) -> int:
        """A fresh beacon of `peer`, heard at ticks `now`: ACCEPTED, or DROP_COLLISION and nothing
        is known but that its clock contradicts what was known of it."""
        peer.newest_beacon = beacon.sequence
        if not peer.present:
            peer.clock.clear()
            peer.packets = 0
            peer.drift = 0
        delay = peer.clock.hear(now, beacon.timestamp, self.usual_half_gap)
        if delay == CONFLICT:
            _contradict(peer, now)
            return DROP_COLLISION
        peer.conflicts = 0
        if beacon.echo_id == self._node_id:
            self._hear_echo(peer, beacon, now)
        if not peer.packets & _DRIFT_EVERY:
            peer.drift += (self._drift(peer, beacon) - peer.drift) >> 1
        peer.packets += 1
        # Where our oscillator stood when the packet was sent, both clocks running alike.
        peer.offset = (beacon.theta - self._oscillator.at((now - delay) & 0x3FFFFFFF)) & 0xFFFFFFF
        peer.offset_ticks = now
        peer.heard_ticks = now
        peer.newest_timestamp = beacon.timestamp
        peer.note_echo(now, beacon.timestamp, delay)
        peer.state = (beacon.mode >> 2) & 3
        peer.dphi = beacon.dphi
        peer.kappa = beacon.kappa
        peer.coherence = beacon.coherence
        peer.role = beacon.role
        peer.address = beacon.address
        peer.energy = beacon.energy
        peer.glyph_count = beacon.glyph_count
        peer.glyph_digest = beacon.glyph_digest
        if not peer.present:
            self.membership.enter(peer)
        return ACCEPTED

    def _hear_echo(self, peer: "Peer", beacon: "Beacon", now: int) -> None:
        """Use the echo of one of our packets, unless it is absurd."""
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

    def _drift(self, peer: "Peer", beacon: "Beacon") -> int:
        """How fast the peer's phase gains on our oscillator, in 2^-46 turn/µs.

        Its crystal's part comes from the timestamps. The part that it steers itself shows
        between two of its beacons in its own ticks, free of any delay; while it is not locked
        that part is a jump towards others, which is not to be carried on.
        """
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

    # What time changes.

    def work(self, now: int) -> bool:
        """Do a slice of fitting the peers' clocks; True if there is news of all of them."""
        clocks = self.clocks
        if not clocks.work(now, self.usual_half_gap):
            return False
        if self.lock.state >= AUTHORITY:
            reach = _REACH_FLOOR + clocks.deviation_us * self._phase_per_us * 4
            # From wide to narrow no faster than what phases differ by at the lock goes away.
            self._reach = min(_REACH_MAXIMUM, max(reach, self._reach - (self._reach >> 3)))
        else:
            self._reach = _REACH_MAXIMUM
        return True

    def look(self, due: int, shift: int) -> None:
        """One step of supervision at ticks `due`: see where everyone is, and judge. `shift` is
        Θ_local minus the free oscillator."""
        if self.membership.present:
            self._judge(due, shift)
        else:
            self.lock.on(LOCK_DESERTED)
            self.error = 0
            self._length = -1
            self._see(0)

    def _judge(self, due: int, shift: int) -> None:
        lock = self.lock
        if lock.state == ALONE or lock.state == HOLDOVER:
            lock.on(LOCK_HEARD)
        view = self.phase
        reach = self._reach if self._is_bounded else 0
        view.look(self.membership.present, shift, lock.state, self.topology, due, reach)
        error = self.error = view.error
        if lock.state != LOCKED or not -STRAY_ARC < error < STRAY_ARC:
            lock.judge(error, view.agreement, self.usual_half_gap > 0)
        if view.length != self._length:
            self._length = view.length
            self._see(coherence_of(view.length))

    def _see(self, value: int) -> None:
        """Take over a new coherence, and the band that goes with it."""
        self.coherence = value
        self.band = next_band(self.band, value)

    # What is known of it.

    def claim_us(self) -> int:
        """How far, in µs, this node's phase is from the cluster's at most, 19 times out of 20.

        The error it knows of, and what that may be wrong by. CLAIM_UNKNOWN while it cannot tell.
        """
        if not self.membership.present or self.clocks.bound_us >= UNKNOWN_US:
            return CLAIM_UNKNOWN
        error_us = abs(self._oscillator.duration(self.error))
        # The error is a step old, and is being steered away.
        error_us += error_us >> 4
        return min(CLAIM_UNKNOWN - 1, error_us + self.topology.bound_us(self.clocks.bound_us))

    def means(self, dphi: int, kappa: int) -> FieldMean:
        """ΔΦ and κ of the field: fusion over the nodes present and this one's own (Q15)."""
        means = self._means
        means.clear()
        means.add(dphi, kappa)
        for peer in self.membership.present:
            means.add(peer.dphi, peer.kappa)
        return means


def _contradict(peer: "Peer", now: int) -> None:
    """A timestamp a second or more off. Three in a row are believed: the clock jumped."""
    if not peer.conflicts:
        peer.conflict_ticks = now
    peer.conflicts += 1
    lasted = ticks_diff(now, peer.conflict_ticks)
    if peer.conflicts >= _CONFLICTS_BELIEVED and not 0 <= lasted < _JUMP_US:
        peer.conflicts = 0
        peer.clock.clear()
