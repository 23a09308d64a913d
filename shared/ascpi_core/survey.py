"""All peers' clocks, one after the other: fits them in slices, and knows what the fits are worth.

A node's phase is steered to the mean of what it measures of n − 1 others. Where each of these
offsets has the variance v, and the errors are independent, the node's distance from the true mean
has the variance v·(n − 1)/n². Beside that stands what its own crystal may have done since: a fit
is a straight line through 50 s.
"""

from .clock_fit import ClockFit
from .lock import AUTHORITY
from .peer_clock import UNKNOWN_US
from .unit import square_root

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .lock import Lock
    from .membership import Membership
    from .peer import Peer

COARSE_US = 64
"""Below this bound the clocks are well known."""

_DEVIATION_MAXIMUM_US = 1 << 12
"""More is as good as unknown."""
_FLOOR_US = 4
"""What clocks and timestamps of 1 µs leave when all else is known."""
_WANDER_US = 20
"""95 % bound on what a crystal leaves that changes by 0.05 ppm/s, as 5 ppm in 10 min may."""

ODD_SKEW = 120 * 1074
"""120 ppm in 2^-30: more than two good crystals differ by. Such a clock has no say in the rate,
unless most are like that: then it is our own that is odd."""


class Survey:
    """`work` once in a while; then, as of the last round over all peers present:"""

    def __init__(self, membership: "Membership", lock: "Lock") -> None:
        self.deviation_us = UNKNOWN_US
        """What a peer's offset may be off, one standard deviation: about the median over peers,
        so that one bad clock among them does not make all suspect nobody."""
        self.bound_us = UNKNOWN_US
        """95 % bound on what the mean of all may be off; both UNKNOWN_US until all are known."""
        self.skew = 0
        """Rate of those who count above that of our own clock, 2^-30."""
        self.counted = 0
        """How many others that is the mean of."""
        self._membership = membership
        self._lock = lock
        self._fit = ClockFit()
        self._peer: "Peer | None" = None
        self._turn = 0
        self._begin()

    def work(self, now: int, usual_half_gap: int) -> bool:
        """Do a slice of work at ticks `now`; True if a round is complete and there is news.

        `usual_half_gap` as in `ClockFit.begin`.
        """
        present = self._membership.present
        peer = self._peer
        if peer is not None:
            if self._fit.work():
                self._peer = None
                if peer.present:
                    self._note(peer)
        elif self._turn < len(present):
            peer = self._peer = present[self._turn]
            self._turn += 1
            self._fit.begin(peer.clock, now, usual_half_gap)
        else:
            self._publish()
            self._begin()
            return True
        return False

    def _begin(self) -> None:
        """A new round."""
        self._turn = 0
        self._squares = 0
        self._known = 0
        self._like = 0
        self._like_skews = 0
        self._odd = 0
        self._odd_skews = 0

    def _note(self, peer: "Peer") -> None:
        clock = peer.clock
        deviation_us = clock.deviation_us
        if deviation_us < _DEVIATION_MAXIMUM_US:
            self._known += 1
            if self.deviation_us < UNKNOWN_US:
                eighth = (self.deviation_us >> 3) + 1
                self.deviation_us += eighth if deviation_us > self.deviation_us else -eighth
            # In units of (4 µs)², so that 511 of them stay below 2^30.
            self._squares += (deviation_us * deviation_us + 8) >> 4
        if peer.state < AUTHORITY or not clock.fits:
            return
        skew = clock.skew
        if -ODD_SKEW < skew < ODD_SKEW:
            self._like += 1
            self._like_skews += skew >> 3
        else:
            self._odd += 1
            self._odd_skews += skew >> 3

    def _publish(self) -> None:
        """A round is complete."""
        known = self._known
        if known and known * 8 >= self._turn * 7:
            mean = self._squares // known
            count = known + 1
            if self.deviation_us >= UNKNOWN_US:
                self.deviation_us = 1 + 4 * square_root(mean)
            # 2.25 standard deviations: 2.25² · 16 = 81.
            square = mean * 81 // count * known // count
            self.bound_us = _FLOOR_US + square_root(square + _WANDER_US * _WANDER_US)
        else:
            self.deviation_us = self.bound_us = UNKNOWN_US
        counted, skews = self._like, self._like_skews
        ourselves = 1 if self._lock.state >= AUTHORITY else 0
        if self._odd > counted + ourselves:
            counted, skews = self._odd, self._odd_skews
            ourselves = 0
        self.counted = counted
        if counted:
            self.skew = (skews // (counted + ourselves)) << 3
