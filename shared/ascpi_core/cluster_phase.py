"""Θ_cluster and the order of the field, seen from one node.

All phases are taken relative to the node's own, where sine and cosine are at their best: in a
locked cluster the mean is then right to half a microsecond at 1 turn/s.

Whose phase counts: the nodes that the topology admits, self included. Where some of them are
locked only those count, or else, where some are in holdover, those: a newcomer moves, the cluster
stays. Where the phases cancel, the mean has no direction: then the admitted node with the lowest
id is followed.
"""

from .circle import arc
from .lock import RANKS
from .mean import UNDEFINED_BELOW, CircularMean
from .wire import WORD_MAXIMUM

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .peer import Peer
    from .topology import Mesh


class ClusterPhase:
    """`look` once a supervision step, then read `error` and `length`."""

    def __init__(self, node_id: int, maximum_peers: int) -> None:
        self.error = 0
        """Θ_cluster − Θ_local on the shortest arc, 2^-28 turn."""
        self.length = 0
        """Resultant length over everyone present, self included, Q15."""
        self.agreement = 0
        """Resultant length over those who count, Q15."""
        self._node_id = node_id
        self._mean = CircularMean()
        # Phases relative to our own, ours first.
        self._thetas = [0] * (maximum_peers + 1)

    def look(
        self, present: "list[Peer]", shift: int, state: int, topology: "Mesh", now: int
    ) -> None:
        """See where everyone is at ticks `now`; `shift` is Θ_local minus the oscillator, `state`
        that of our own lock."""
        thetas = self._thetas
        ranks = RANKS
        own = highest = ranks[state]
        among_equals = topology.admits_all
        count = 1
        for peer in present:
            # `ticks_diff` and the peer's line, written out: eight calls fewer a step.
            elapsed = (((now - peer.offset_ticks) & 0x3FFFFFFF) ^ 0x20000000) - 0x20000000
            thetas[count] = peer.offset + ((peer.drift * (elapsed >> 10)) >> 8) - shift
            count += 1
            rank = ranks[peer.state]
            if rank != own:
                among_equals = False
                if rank > highest:
                    highest = rank
        mean = self._mean
        mean.clear()
        mean.add(thetas, count)
        length = self.length = mean.length()
        if not among_equals:
            mean.clear()
            if own == highest:
                mean.add(thetas, 1)
            self._admit(present, highest, topology)
            length = mean.length()
        self.agreement = length
        if length >= UNDEFINED_BELOW:
            self.error = arc(mean.mean(), 0)
        else:
            self._follow_lowest(present, own == highest, highest, topology)

    def _admit(self, present: "list[Peer]", highest: int, topology: "Mesh") -> None:
        """Add those who count to the mean; thetas[0] lends its place, as our own phase is 0."""
        thetas = self._thetas
        for index in range(len(present)):
            peer = present[index]
            if RANKS[peer.state] == highest and topology.admits(peer):
                thetas[0] = thetas[index + 1]
                self._mean.add(thetas, 1)
        thetas[0] = 0

    def _follow_lowest(
        self, present: "list[Peer]", counts: bool, highest: int, topology: "Mesh"
    ) -> None:
        """The error to the lowest id of those who count; `counts`: we do."""
        self.error = 0
        lowest = self._node_id if counts else WORD_MAXIMUM
        for index in range(len(present)):
            peer = present[index]
            admitted = RANKS[peer.state] == highest and topology.admits(peer)
            if admitted and peer.node_id < lowest:
                lowest = peer.node_id
                self.error = arc(self._thetas[index + 1], 0)
