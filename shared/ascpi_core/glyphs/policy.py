"""Which glyph moves where, and whether the network is calm enough for it.

Whether the network is calm enough to move a glyph: `network_stable`, in numbers.

Stable is a node that

- is locked, and claims to be within CLAIM_MAXIMUM_US of the cluster's phase,
- has seen nobody come or go for CALM_US,
- and hears its peers with less than LOSS_MAXIMUM lost, on average.
"""

from ..fixed import HALF_TURN, const, ticks_add, ticks_diff
from ..phase import LOCKED
from .glyph import CAPACITY, HOPS_MAXIMUM
from .lifecycle import HELD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..peers import Membership, Peer
    from .glyph import Glyph, GlyphTable
    from .kind import Registry

CALM_US = const(5_000_000)
LOSS_MAXIMUM = const(11469)  # 0.35 in Q15
CLAIM_MAXIMUM_US = const(2_000)

STABLE = const(0)
UNSTABLE_ALONE = const(1)
UNSTABLE_UNLOCKED = const(2)
UNSTABLE_UNSURE = const(3)
UNSTABLE_RESTLESS = const(4)
UNSTABLE_LOSSY = const(5)

STABILITY_NAMES = ("stable", "alone", "unlocked", "unsure", "restless", "lossy")

_LONG_US = const(1 << 28)


class Stability:
    """`why` is STABLE, or the first of the reasons above that stands against it."""

    def __init__(self, membership: "Membership", now: int) -> None:
        self.why = UNSTABLE_ALONE
        self.loss = 0
        self._membership = membership
        self._changes = membership.changes
        self._changed_ticks = now

    def look(self, now: int, state: int, claim_us: int) -> bool:
        """Judge anew, at least every 4 minutes; `state` of the lock, `claim_us` as in beacons."""
        membership = self._membership
        if membership.changes != self._changes:
            self._changes = membership.changes
            self._changed_ticks = now
        calm_us = ticks_diff(now, self._changed_ticks)
        if calm_us > _LONG_US:
            # Else the ticks would wrap, and a long calm look like a short one.
            self._changed_ticks = ticks_add(now, -_LONG_US)
        self.why = self._judge(state, claim_us, calm_us)
        return self.why == STABLE

    def _judge(self, state: int, claim_us: int, calm_us: int) -> int:
        present = self._membership.present
        if not present:
            return UNSTABLE_ALONE
        if state != LOCKED:
            return UNSTABLE_UNLOCKED
        if claim_us > CLAIM_MAXIMUM_US:
            return UNSTABLE_UNSURE
        if 0 <= calm_us < CALM_US:
            return UNSTABLE_RESTLESS
        loss = 0
        for peer in present:
            loss += peer.loss
        self.loss = loss // len(present)
        return UNSTABLE_LOSSY if self.loss > LOSS_MAXIMUM else STABLE


# Which glyph moves where: from the node with more energy to the one with less.
#
# A move is made only if the giver has at least as much left as the taker then has, and a margin
# more. So every move makes the sum of the squares of the nodes' energies smaller, and as that
# cannot go on for ever, glyphs come to rest: none is sent back and forth. While they do, and while
# they spend at different rates, one does not go straight back to where it came from either. The
# taker checks the same with the energy that it really has (`accepts`), since a beacon's news is up
# to 0.4 s old.
#
# A glyph whose kind roams moves on to the next node by id, once it has run; energy is no matter.

ENERGY_THRESHOLD = const(8)
"""A glyph with so few quanta or less stays: it would die on the way."""

MARGIN_MINIMUM = const(16)
"""Quanta by which the giver must exceed the taker after the move, or a sixteenth of its own."""

ANY_ENERGY = const(0xFFFFFF)
"""In an offer, as the energy of the sender: take it whatever yours is (it roams, or is sent)."""

REST_US = const(8_000_000)
"""A peer that refused or did not answer is not asked again for so long."""

NOT_BACK_TURNS = const(256)
"""So long a glyph does not go back to the node that it came from, however energies change."""

CROWD = const(8)
CROWD_SHARE_US = const(700_000)
"""In a field of more than CROWD nodes, whose beacons fill most of the air that it may use, one
node begins a hand-off no oftener than once in so long for each of them: three in two seconds,
all together."""

_ACQUAINTED = const(8)
"""Packets heard of a peer before anything is entrusted to it."""
_RESTING = const(8)


class Policy:
    """`choose` finds a move: `glyph` to `target`, `forced` if energies are no matter."""

    def __init__(
        self, node_id: int, holding: "GlyphTable", membership: "Membership", registry: "Registry"
    ) -> None:
        self.glyph: Glyph | None = None
        self.target = 0
        self.forced = False
        self._node_id = node_id
        self._holding = holding
        self._membership = membership
        self._registry = registry
        self._resting_ids = [0] * _RESTING
        self._resting_until = [0] * _RESTING
        self._resting_next = 0

    def rest(self, node_id: int, now: int) -> None:
        """Leave this peer alone for a while."""
        slot = self._resting_next
        self._resting_ids[slot] = node_id
        self._resting_until[slot] = ticks_add(now, REST_US)
        self._resting_next = (slot + 1) % _RESTING

    def eligible(self, peer: "Peer", now: int) -> bool:
        """Whether a glyph may be entrusted to this peer now."""
        if peer.state != LOCKED or peer.packets < _ACQUAINTED:
            return False
        if peer.glyph_count >= CAPACITY:  # so it is, too, with one that takes none
            return False
        for slot in range(_RESTING):
            if self._resting_ids[slot] == peer.node_id:
                left = ticks_diff(self._resting_until[slot], now)
                if 0 < left <= REST_US:
                    return False
                self._resting_ids[slot] = 0
        return True

    def choose(self, theta: int, now: int) -> bool:
        """Look for a move at phase `theta`: True, and it is in the attributes."""
        return self._choose_roamer(theta, now) or self._choose_by_energy(theta, now)

    def _may_go(self, glyph: "Glyph", theta: int) -> bool:
        """At rest, and not due before a hand-off is over: in the half turn after its θ."""
        return (
            glyph.standing == HELD
            and glyph.hops < HOPS_MAXIMUM
            and glyph.energy > ENERGY_THRESHOLD
            and (theta - glyph.theta) & 0xFFFFFFF < HALF_TURN
        )

    def _choose_roamer(self, theta: int, now: int) -> bool:
        for glyph in self._holding.slots:
            if not glyph.steps or not self._may_go(glyph, theta):
                continue
            kind = self._registry.by_number(glyph.kind)
            if kind is None or not kind.ROAMS:
                continue
            peer = self._next_by_id(now)
            if peer is not None:
                self.glyph, self.target, self.forced = glyph, peer.node_id, True
                return True
        return False

    def _next_by_id(self, now: int) -> "Peer | None":
        """The eligible peer with the next higher id, or else the lowest."""
        following: Peer | None = None
        first: Peer | None = None
        for peer in self._membership.present:
            if not self.eligible(peer, now):
                continue
            if first is None or peer.node_id < first.node_id:
                first = peer
            if peer.node_id > self._node_id and (
                following is None or peer.node_id < following.node_id
            ):
                following = peer
        return following if following is not None else first

    def _choose_by_energy(self, theta: int, now: int) -> bool:
        own = self._holding.energy
        poorest: Peer | None = None
        for peer in self._membership.present:
            if (poorest is None or peer.energy < poorest.energy) and self.eligible(peer, now):
                poorest = peer
        if poorest is None:
            return False
        best: Glyph | None = None
        for glyph in self._holding.slots:
            if not self._may_go(glyph, theta):
                continue
            if glyph.origin == poorest.node_id and glyph.passes < NOT_BACK_TURNS:
                continue
            if own - poorest.energy < 2 * glyph.energy + max(MARGIN_MINIMUM, own >> 4):
                continue
            kind = self._registry.by_number(glyph.kind)
            if kind is None or kind.ROAMS:
                continue
            if best is None or glyph.energy > best.energy:
                best = glyph
        if best is None:
            return False
        self.glyph, self.target, self.forced = best, poorest.node_id, False
        return True


def pause_us(nodes: int, turns: int, turn_us: int) -> int:
    """From one hand-off of a node to its next, at least: so many turns, or its share of air."""
    crowded = nodes * CROWD_SHARE_US if nodes > CROWD else 0
    return min(max(turns * turn_us, crowded), 1 << 28)


def accepts(own: int, glyph_energy: int, sender_energy: int) -> bool:
    """Whether a taker with `own` quanta has no more than the giver after the move."""
    return sender_energy == ANY_ENERGY or own + glyph_energy <= sender_energy - glyph_energy
