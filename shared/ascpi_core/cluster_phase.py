"""Θ_cluster and the order of the field, seen from one node.

All phases are taken relative to the node's own, where sine and cosine are at their best, and
where small arcs are their own sine: in a locked cluster the circular mean is the plain one.

Whose phase counts: the nodes that the topology admits, self included. Where some of them are
locked only those count, or else, where some are in holdover, those: a newcomer moves, the cluster
stays. Where the phases cancel, the mean has no direction: then the admitted node with the lowest
id is followed.

A node with a wild phase may be among them, a broken one or a liar. So authorities are taken at
their word only as far as most of them agree: a phase that lies further than `reach` from where
the cluster was a step ago counts as if it lay just there, and one beyond _FAR times that, or
beyond NEAR_ARC of the majority's, does not count at all.
"""

from .circle import arc
from .lock import RANKS
from .mean import UNDEFINED_BELOW, CircularMean
from .unit import ONE
from .wire import WORD_MAXIMUM

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .peer import Peer
    from .topology import Mesh

SMALL_ARC = (1 << 28) // 256
"""Up to here an arc is taken for its sine; the mean is off by 4·10^-7 turn at most."""

NEAR_ARC = (1 << 28) // 64
"""Authorities that lie further apart do not agree."""

_FAR = 6


class ClusterPhase:
    """`look` once a supervision step, then read what it saw."""

    def __init__(self, node_id: int, maximum_peers: int) -> None:
        self.error = 0
        """Θ_cluster − Θ_local on the shortest arc, 2^-28 turn."""
        self.length = 0
        """Resultant length over everyone present, self included, Q15."""
        self.agreement = 0
        """Resultant length over those who count, Q15."""
        self.highest = 0
        """Rank (`lock.RANKS`) of those who count."""
        self.counts_self = True
        """Whether the own phase is among those that count."""
        self._node_id = node_id
        self._mean = CircularMean()
        # Phases relative to our own, ours first; then of those who count, peers only.
        self._arcs = [0] * (maximum_peers + 1)
        self._counted = [0] * (maximum_peers + 1)

    def look(  # noqa: PLR0915  one loop: a call costs as much as six iterations of an empty one
        self,
        present: "list[Peer]",
        shift: int,
        state: int,
        topology: "Mesh",
        now: int,
        reach: int = 0,
    ) -> None:
        """See where everyone is at ticks `now`.

        `shift` is Θ_local minus the free oscillator, `state` that of our own lock. `reach` (2^-28
        turn, below 2^23) is how far from the cluster a phase still counts in full; 0 leaves the
        mean as it is.
        """
        arcs = self._arcs
        ranks = RANKS
        own = highest = ranks[state]
        alike = topology.admits_all
        count = 0
        total = squares = 0
        # Of the others' arcs: our own phase is no stranger to us, however far we are off.
        low = SMALL_ARC
        high = -SMALL_ARC
        for peer in present:
            # `ticks_diff`, `arc` and the peer's line, written out: many calls fewer a step.
            elapsed = (((now - peer.offset_ticks) & 0x3FFFFFFF) ^ 0x20000000) - 0x20000000
            theta = peer.offset + ((peer.drift * (elapsed >> 10)) >> 8) - shift
            theta = ((theta & 0xFFFFFFF) ^ 0x8000000) - 0x8000000
            count += 1
            arcs[count] = theta
            if theta > high:
                high = theta
            if theta < low:
                low = theta
            total += theta >> 6
            # Of use where all are small; the mask keeps the sum of others in its bounds.
            theta >>= 13
            squares += theta * theta & 0xFFFF
            if peer.state != state:
                rank = ranks[peer.state]
                if rank != own:
                    alike = False
                    if rank > highest:
                        highest = rank
        self.highest = highest
        self.counts_self = own == highest
        if alike and high < SMALL_ARC and low > -SMALL_ARC:
            length = ONE - ((squares // (count + 1)) * 79 >> 17)
            self.length = self.agreement = length
            center = self.error
            if not reach or (high - center <= reach and center - low <= reach):
                # Each was cut by half a unit of 2^6 on average.
                self.error = ((total << 6) + (count << 5)) // (count + 1)
                return
        else:
            mean = self._mean
            mean.clear()
            mean.add(arcs, count + 1)
            self.length = mean.length()
        count = self._admit(present, highest, topology)
        if reach and own == highest and own:
            self._among_equals(count, reach)
        elif reach and highest:
            self._from_outside(count)
        else:
            self._circular(count)
        if self.agreement < UNDEFINED_BELOW:
            self._follow_lowest(present, highest, topology)

    def _admit(self, present: "list[Peer]", highest: int, topology: "Mesh") -> int:
        """Gather the arcs of the peers that count, from place 1 on; how many."""
        arcs = self._arcs
        counted = self._counted
        count = 0
        for index in range(len(present)):
            peer = present[index]
            if RANKS[peer.state] == highest and topology.admits(peer):
                count += 1
                counted[count] = arcs[index + 1]
        return count

    def _circular(self, count: int) -> None:
        """The circular mean of all who count."""
        mean = self._mean
        mean.clear()
        counted = self._counted
        counted[0] = 0
        own = 1 if self.counts_self else 0
        if not own and count:
            # Our own place is taken by the last.
            counted[0] = counted[count]
        mean.add(counted, count + own)
        self.agreement = mean.length()
        self.error = arc(mean.mean(), 0) if self.agreement >= UNDEFINED_BELOW else 0

    def _among_equals(self, count: int, reach: int) -> None:
        """One authority among others: the mean about where the cluster was, if most are there."""
        counted = self._counted
        center = self.error
        near = 1
        beyond = reach * _FAR
        # Our own phase, at 0, is one of them.
        total = min(reach, max(-reach, -center))
        for index in range(1, count + 1):
            away = counted[index] - center
            if -beyond <= away <= beyond:
                near += 1
                total += min(reach, max(-reach, away))
        if near * 2 <= count + 1:
            self._from_outside(count)
            return
        self.error = center + total // near
        self.agreement = ONE

    def _from_outside(self, count: int) -> None:
        """The mean of the majority that agrees; of all who count where there is none."""
        counted = self._counted
        candidate = votes = 0
        if self.counts_self:
            votes = 1
        for index in range(1, count + 1):
            # A vote by majority in one pass (Boyer and Moore 1981), with phases for names.
            away = arc(counted[index], candidate)
            if -NEAR_ARC < away < NEAR_ARC:
                votes += 1
            elif votes:
                votes -= 1
            else:
                candidate = counted[index]
                votes = 1
        kept = 0
        for index in range(1, count + 1):
            away = arc(counted[index], candidate)
            if -NEAR_ARC < away < NEAR_ARC:
                kept += 1
        ourselves = self.counts_self and -NEAR_ARC < candidate < NEAR_ARC
        everyone = count + 1 if self.counts_self else count
        if (kept + 1 if ourselves else kept) * 2 > everyone:
            self.counts_self = ourselves
            kept = 0
            for index in range(1, count + 1):
                away = arc(counted[index], candidate)
                if -NEAR_ARC < away < NEAR_ARC:
                    kept += 1
                    counted[kept] = counted[index]
            count = kept
        self._circular(count)

    def _follow_lowest(self, present: "list[Peer]", highest: int, topology: "Mesh") -> None:
        """The error to the lowest id of those who count."""
        self.error = 0
        lowest = self._node_id if self.counts_self else WORD_MAXIMUM
        for index in range(len(present)):
            peer = present[index]
            admitted = RANKS[peer.state] == highest and topology.admits(peer)
            if admitted and peer.node_id < lowest:
                lowest = peer.node_id
                self.error = self._arcs[index + 1]
