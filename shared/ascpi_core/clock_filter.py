"""The clock filter: a peer's clock from timestamps, its fit, and the ensemble of all of them.

How a peer's clock stands to ours: offset, skew and delay, from timestamps alone.

Two one-sided differences are watched:

    heard:   peer's timestamp − our ticks when heard        = offset − delay here
    echoed:  peer's ticks when it heard us − our timestamp  = offset + delay there

The second comes in the echo of a beacon, so both together give the four timestamps of a round
trip without a packet for it. A packet can be late but never early, so of each difference only the
best of a block of time is kept, for as many blocks as the memory has; the blocks grow until the
memory spans 50 s. `ClockFit` lays two parallel lines through them. The offset lies halfway
between: the fixed part of the delay cancels where both ways are alike.

Until there is a first fit the extremes themselves serve, and until an echo was heard the delay is
taken to be what it is to other peers.

Offsets are kept relative to a base, so that they stay small however the ticks wrap.
"""

from .fixed import const, square_root, ticks_add, ticks_diff
from .phase import AUTHORITY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .peers import Membership, Peer
    from .phase import Lock

CONFLICT = const(-1)
CONFLICT_US = const(1 << 20)
"""No delay is a second: a timestamp so far off is of another clock."""

SKEW_MAXIMUM = const((1 << 18) - 1)
"""2^-30: 244 ppm, more than two crystals at opposite ends of any data sheet differ."""

BLOCKS = const(12)
FIRST_BLOCK_US = const(1 << 18)
LAST_BLOCK_US = const(1 << 22)
"""A block of 0.26 s at first has two or three packets; 12 of 4.2 s span 50 s."""

NOTHING = const(-(1 << 29))

_YOUNG_FITS = const(3)

_STEP_US = const(2000)
_STEP_FITS = const(12)
"""A packet is earlier than the edge by more than this, and by more than eight times the scatter,
once the edge is well known: then the clock has made a step, and what was known of it is void."""

UNKNOWN_US = const(1 << 15)
"""`deviation_us` of an offset that was not measured both ways."""


class ClockFilter:
    """Offset (peer's ticks − ours), skew and delay of one peer. Allocates only when made."""

    def __init__(self) -> None:
        self.known = False
        """Whether a packet was heard."""
        self.skew = 0
        """How much faster than ours the peer's clock runs, in 2^-30."""
        self.half_gap = -1
        """Half of the fastest round trip in µs, the fixed delay; −1 while no echo was heard."""
        self.deviation_us = UNKNOWN_US
        """Standard deviation of the offset, as far as the fit can tell."""
        self.fits = 0
        """How many fits there were since it was cleared."""
        # The line halfway: `middle` at ticks `start`, with the slope `skew`.
        self.start = 0
        self.middle = 0
        # The block in progress: the best of either kind, as it is and above that line.
        self.block_start = 0
        self.block_us = FIRST_BLOCK_US
        self.heard_ticks = 0
        self.heard_value = NOTHING
        self.echoed_ticks = 0
        self.echoed_value = NOTHING
        # The blocks before it, oldest first.
        self.count = 0
        self.heard = [(0)] * (2 * BLOCKS)
        self.echoed = [(0)] * (2 * BLOCKS)
        # Where the edges were at the last fit, from the line, and the mean distance from them.
        self.heard_edge = 0
        self.echoed_edge = 0
        self.scatter = 0
        self.scale = 0
        self._base = 0
        self._begun = 0
        self._has_stepped = False
        self._heard_above = NOTHING
        self._echoed_below = -NOTHING
        # Until there is a fit: the extremes of all blocks.
        self._highest = NOTHING
        self._lowest = -NOTHING
        # Past these a packet came too early to be true.
        self._ceiling = -NOTHING
        self._floor = NOTHING
        self.is_being_fitted = False
        """While a fit is under way the line must not move."""

    def clear(self) -> None:
        """Forget everything: another peer, or the same one after a restart."""
        self.known = False
        self._has_stepped = False
        self.skew = 0
        self._restart()

    def _restart(self) -> None:
        self.half_gap = -1
        self.deviation_us = UNKNOWN_US
        self.fits = 0
        self.heard_edge = 0
        self.echoed_edge = 0
        self.scatter = 0
        self.scale = 0
        self._highest = NOTHING
        self._lowest = -NOTHING
        self._ceiling = -NOTHING
        self._floor = NOTHING
        self.is_being_fitted = False
        self.count = 0
        self.block_us = FIRST_BLOCK_US
        self.heard_value = NOTHING
        self.echoed_value = NOTHING
        self._heard_above = NOTHING
        self._echoed_below = -NOTHING

    def hear(self, now: int, timestamp: int, usual_half_gap: int = 0) -> int:
        """Take in a packet sent at the peer's `timestamp` and heard at our `now`.

        Returns how long ago, in µs, the packet was sent: its delay. Or CONFLICT, and nothing is
        taken in, if the timestamp is a second or more off: the clock has jumped, or two nodes
        share the id. `usual_half_gap` stands for the fixed delay while no echo was heard.
        """
        offset = (timestamp - now) & 0x3FFFFFFF
        if not self.known:
            self._begin(now, offset, usual_half_gap)
        # `ticks_diff` and `carried`, written out: a call costs as much as the rest of a line.
        value = (((offset - self._base) & 0x3FFFFFFF) ^ 0x20000000) - 0x20000000
        elapsed = (((now - self.start) & 0x3FFFFFFF) ^ 0x20000000) - 0x20000000
        value_above = value - (((self.skew >> 6) * (elapsed >> 10)) >> 14)
        delay = self.middle - value_above
        if not -CONFLICT_US < delay < CONFLICT_US:
            return CONFLICT
        if value_above > self._heard_above:
            if value_above > self._ceiling:
                # Nothing comes so early: one of the clocks was put forward or back.
                self.clear()
                self._has_stepped = True
                return self.hear(now, timestamp, usual_half_gap)
            self._heard_above = value_above
            self.heard_ticks = now
            self.heard_value = value
            if not self.fits:
                self._rough(usual_half_gap)
                delay = self.middle - value_above
        return delay if delay > 0 else 0

    def fits_in(self, now: int, timestamp: int) -> bool:
        """Whether this clock can have given a packet heard at our `now`; changes nothing."""
        if not self.known:
            return True
        value = ticks_diff((timestamp - now) & 0x3FFFFFFF, self._base)
        return -CONFLICT_US < self.at(now) - value < CONFLICT_US

    def echo(self, ours: int, theirs: int) -> None:
        """Take in that our packet of ticks `ours` was heard at the peer's ticks `theirs`."""
        if not self.known:
            return
        if self._has_stepped and self.fits < _YOUNG_FITS and ticks_diff(ours, self._begun) < 0:
            # Of before the step for which this clock was begun anew.
            return
        value = ticks_diff((theirs - ours) & 0x3FFFFFFF, self._base)
        below = value - carried(self.skew, ticks_diff(ours, self.start))
        if not -CONFLICT_US < below - self.middle < CONFLICT_US:
            return
        if below < self._floor:
            self.clear()
            self._has_stepped = True
        elif below < self._echoed_below:
            self._echoed_below = below
            self.echoed_ticks = ours
            self.echoed_value = value
            if not self.fits:
                self._rough(0)

    def offset(self, now: int) -> int:
        """Peer's ticks − ours, modulo 2^30; only after a packet was heard."""
        return ticks_add(self._base, self.at(now))

    def at(self, now: int) -> int:
        """The line halfway at ticks `now`, relative to the base."""
        return self.middle + carried(self.skew, ticks_diff(now, self.start))

    def end_block(self, now: int) -> None:
        """If the block in progress is long enough keep its best, and begin another."""
        if 0 <= ticks_diff(now, self.block_start) < self.block_us:
            return
        count = self.count
        if count == BLOCKS:
            if self.block_us < LAST_BLOCK_US:
                self.block_us <<= 1
                self._merge(self.heard, 1)
                self._merge(self.echoed, -1)
                count = BLOCKS // 2
            else:
                for index in range(2 * (BLOCKS - 1)):
                    self.heard[index] = self.heard[index + 2]
                    self.echoed[index] = self.echoed[index + 2]
                count = BLOCKS - 1
        self.heard[2 * count] = self.heard_ticks
        self.heard[2 * count + 1] = self.heard_value
        self.echoed[2 * count] = self.echoed_ticks
        self.echoed[2 * count + 1] = self.echoed_value
        self.count = count + 1
        self.block_start = now
        self.heard_value = self.echoed_value = NOTHING
        self._heard_above = NOTHING
        self._echoed_below = -NOTHING

    def take_line(self, start: int, middle: int, skew: int) -> None:
        """Use another line from now on, with edges and scatter as they are set."""
        margin = max(_STEP_US, (self.scatter << self.scale) << 3)
        if self.fits >= _STEP_FITS:
            self._ceiling = middle + self.heard_edge + margin
            self._floor = middle + self.echoed_edge - margin
        else:
            self._bound(middle, margin)
        self.start = start
        self.middle = middle
        self.skew = skew
        if self.heard_value != NOTHING:
            run = carried(skew, ticks_diff(self.heard_ticks, start))
            self._heard_above = self.heard_value - run
        if self.echoed_value != NOTHING:
            run = carried(skew, ticks_diff(self.echoed_ticks, start))
            self._echoed_below = self.echoed_value - run

    def _begin(self, now: int, offset: int, usual_half_gap: int) -> None:
        self._restart()
        self.known = True
        self._base = offset
        self._begun = now
        self.start = self.block_start = now
        self.middle = usual_half_gap

    def _rough(self, usual_half_gap: int) -> None:
        """Before the first fit: halfway between the extremes."""
        if self.heard_value > self._highest:
            self._highest = self.heard_value
        if self.echoed_value != NOTHING and self.echoed_value < self._lowest:
            self._lowest = self.echoed_value
        if self.is_being_fitted:
            return
        if self._lowest == -NOTHING or self._highest == NOTHING:
            self.middle = self._highest + usual_half_gap
            return
        gap = self._lowest - self._highest
        self.half_gap = gap >> 1 if gap > 0 else 0
        self.middle = self._highest + (gap >> 1)
        self.heard_edge = -(gap >> 1)
        self.echoed_edge = gap >> 1
        self._bound(self.middle, _STEP_US)

    def _bound(self, middle: int, margin: int) -> None:
        """Where the edges are not well known: no packet is heard before it was sent, so what one
        way tells of the offset cannot lie beyond what the other way does."""
        self._ceiling = middle + self.echoed_edge + margin
        self._floor = middle + self.heard_edge - margin

    def _merge(self, points: "list[int]", sign: int) -> None:
        """Make one block of every two: of their points the better."""
        for index in range(0, 2 * BLOCKS, 4):
            better = index
            one = points[index + 1]
            other = points[index + 3]
            if one == NOTHING:
                better = index + 2
            elif other != NOTHING:
                run = carried(self.skew, ticks_diff(points[index + 2], points[index]))
                if (other - run - one) * sign > 0:
                    better = index + 2
            points[index >> 1] = points[better]
            points[(index >> 1) + 1] = points[better + 1]


def carried(slope: int, elapsed_us: int) -> int:
    """slope · elapsed in µs: slope in 2^-30 below 2^18, |elapsed| < 2^27 µs (2 min).

    Worst product 2^12 · 2^17; the slope is cut to 6·10^-8, half a µs in 8 s.
    """
    return ((slope >> 6) * (elapsed_us >> 10)) >> 14


# Two parallel lines through the best packets of both ways: offset and skew of a peer's clock.
#
# What was heard lies below its line and what was echoed above, by noise that has one sign and a
# sharp edge. So it is a least-squares fit with a common slope in which a point counts the less the
# further it is from the edge: e^(−r/m), with r its distance and m the mean of them. Line, edges
# and m are those of the fit before, so each fit is one pass over the points, and successive fits
# iterate. A prior keeps the slope near 0 until the points know better.
#
# A pass takes longer than a board should be busy at once; `work` does a slice of it.

_POINTS_A_SLICE = const(6)
_BLOCKS_MINIMUM = const(3)
_FITS_MINIMUM = const(2)
"""Fits before one whose scatter is to be trusted: each begins where the last one ended."""
_AGE_MAXIMUM_US = const(1 << 26)
_AGE_SHIFT = const(16)
"""Ages are counted in 65.5 ms, up to 2^10."""
_DISTANCE_MAXIMUM = const((1 << 11) - 1)

_WEIGHTS = (16, 14, 12, 11, 10, 8, 8, 7, 6, 5, 5, 4, 4, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 0)
"""16·e^(−q/8)."""
_WEIGHT_LAST = len(_WEIGHTS) - 1

_SCATTER_FIRST = const(1 << 9)
_SCATTER_LEAST = const(4)
_SCATTER_MOST = const(1023)
_SCATTER_HIGH = const(500)
_SCATTER_LOW = const(120)
_SCALE_LAST = const(6)
"""Distances are counted in 2^scale µs, so that m is not far from 2^8 of them."""

_TURN_MAXIMUM = const(1 << 15)
"""30 ppm a pass."""


class _Line:
    """Weighted sums over the points of one way; ages relative to a middle one."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self.points = 0
        self.distance = 0
        self.edge = NOTHING
        self.w = 0
        self.wx = 0
        self.wr = 0
        self.wxx = 0
        self.wxr = 0


class ClockFit:
    """Fits one clock at a time: `begin`, then `work` until it returns True."""

    def __init__(self) -> None:
        self.clock: "ClockFilter | None" = None
        self._now = 0
        self._usual_half_gap = 0
        self._middle_age = 0
        self._index = 0
        self._heard = _Line()
        self._echoed = _Line()

    def begin(self, clock: "ClockFilter", now: int, usual_half_gap: int) -> None:
        """Start with `clock`, whose line is to be known for ticks `now`.

        `usual_half_gap` (µs) stands for the delay of a peer that has never echoed us.
        """
        self._usual_half_gap = usual_half_gap
        clock.end_block(now)
        clock.is_being_fitted = True
        self.clock = clock
        self._now = now
        self._index = 0
        self._heard.clear()
        self._echoed.clear()
        oldest = ticks_diff(now, clock.heard[0]) if clock.count else 0
        self._middle_age = min(oldest, _AGE_MAXIMUM_US) >> (_AGE_SHIFT + 1)

    def work(self) -> bool:
        """Do a slice; True when the clock has its new line."""
        clock = self.clock
        if clock is None:
            return True
        index = self._index
        last = min(index + _POINTS_A_SLICE, clock.count)
        self._index = last
        if index < last:
            self._add(self._heard, clock, 2 * index, 2 * last, 1)
            self._add(self._echoed, clock, 2 * index, 2 * last, -1)
            return False
        self.clock = None
        clock.is_being_fitted = False
        # Fewer blocks than were added: the clock was cleared meanwhile.
        if self._heard.points >= _BLOCKS_MINIMUM and clock.count >= index:
            self._finish(clock)
        return True

    def _add(  # noqa: PLR0915  one loop: a call costs as much as six iterations of an empty one
        self, line: _Line, clock: "ClockFilter", first: int, last: int, sign: int
    ) -> None:
        """Add points to the sums of one way; `sign` −1 for the echoed: their noise is upwards."""
        now = self._now
        start = clock.start
        if sign > 0:
            points = clock.heard
            level = clock.middle + clock.heard_edge
        else:
            points = clock.echoed
            level = clock.middle + clock.echoed_edge
        slope = clock.skew >> 6
        middle_age = self._middle_age
        scatter = clock.scatter
        scale = clock.scale
        best = line.edge
        if not scatter:
            scatter = _SCATTER_FIRST
        for index in range(first, last, 2):
            value = points[index + 1]
            if value == NOTHING:
                continue
            ticks = points[index]
            age = (((now - ticks) & 0x3FFFFFFF) ^ 0x20000000) - 0x20000000
            if age >= _AGE_MAXIMUM_US:
                continue
            elapsed = (((ticks - start) & 0x3FFFFFFF) ^ 0x20000000) - 0x20000000
            distance = (level + ((slope * (elapsed >> 10)) >> 14) - value) * sign
            if -distance > best:
                best = -distance
            distance >>= scale
            if distance > _DISTANCE_MAXIMUM:
                distance = _DISTANCE_MAXIMUM
            elif distance < -_DISTANCE_MAXIMUM:
                distance = -_DISTANCE_MAXIMUM
            line.points += 1
            line.distance += distance
            weight = (distance << 3) // scatter
            if weight < 0:
                weight = 16
            elif weight < _WEIGHT_LAST:
                weight = _WEIGHTS[weight]
            else:
                continue
            age = (age >> _AGE_SHIFT) - middle_age
            line.w += weight
            weighted = weight * age
            line.wx += weighted
            line.wxx += weighted * age
            weighted = weight * distance
            line.wr += weighted
            line.wxr += weighted * age
        line.edge = best

    def _finish(self, clock: "ClockFilter") -> None:
        """Solve, and give the clock its new line, and the edges that go with it."""
        heard = self._heard
        echoed = self._echoed
        if not heard.w or (echoed.points and not echoed.w):
            # The edges were far off: the next pass begins at the right ones.
            clock.heard_edge += heard.edge
            if echoed.points:
                clock.echoed_edge -= echoed.edge
            clock.scatter = 0
            return
        scale = clock.scale
        heard_age = _ratio(heard.wx, heard.w)
        echoed_age = _ratio(echoed.wx, echoed.w)
        turn = self._turn_of(clock, heard_age, echoed_age)
        # How far below and above the edges of before the lines lie now.
        now_age = self._middle_age
        below = (_ratio(heard.wr, heard.w) << scale) - (turn * (heard_age + now_age) >> 14)
        above = (_ratio(echoed.wr, echoed.w) << scale) + (turn * (echoed_age + now_age) >> 14)
        low = clock.heard_edge - below
        high = clock.echoed_edge + above
        if echoed.points:
            gap = high - low
            clock.half_gap = gap >> 1 if gap > 0 else 0
            moved = (low + high) >> 1
        else:
            moved = low + (clock.half_gap if clock.half_gap >= 0 else self._usual_half_gap)
        middle = clock.at(self._now) + moved
        self._judge(clock)
        clock.heard_edge += heard.edge - moved
        clock.echoed_edge -= moved
        if echoed.points:
            clock.echoed_edge -= echoed.edge
        clock.fits += 1
        skew = min(SKEW_MAXIMUM, max(-SKEW_MAXIMUM, clock.skew + turn))
        clock.take_line(self._now, middle, skew)

    def _turn_of(self, clock: "ClockFilter", heard_age: int, echoed_age: int) -> int:
        """By how much the slope changes, 2^-30."""
        heard = self._heard
        echoed = self._echoed
        scale = clock.scale
        # Halves, as all four products together might not be small.
        spread = (heard.wxx - heard_age * heard.wx) >> 1
        spread += (echoed.wxx - echoed_age * echoed.wx) >> 1
        risen = (heard.wxr - heard_age * heard.wr) >> 1
        risen -= (echoed.wxr - echoed_age * echoed.wr) >> 1
        # The prior: (m/33 ppm)², of which 33 ppm are 2.2 µs in 65.5 ms, by the weight of a point.
        scatter = clock.scatter or _SCATTER_FIRST
        prior = min(1 << (24 - 2 * scale), scatter * scatter * 27 >> 7) << (2 * scale)
        risen -= ((prior >> 6) * (clock.skew >> 8)) >> scale
        spread += prior
        while not -0x10000 <= risen < 0x10000:
            risen >>= 1
            spread >>= 1
        if spread <= 0:
            return 0
        turn = ((risen << 14) // spread) << scale
        return min(_TURN_MAXIMUM, max(-_TURN_MAXIMUM, turn))

    def _judge(self, clock: "ClockFilter") -> None:
        """The mean distance from the new edges, m, and what it says of the offset."""
        heard = self._heard
        echoed = self._echoed
        scale = clock.scale
        points = heard.points + echoed.points
        distance = heard.distance + (heard.edge * heard.points >> scale)
        if echoed.points:
            distance += echoed.distance + (echoed.edge * echoed.points >> scale)
        scatter = min(_SCATTER_MOST, max(_SCATTER_LEAST, distance // points))
        if clock.fits >= _FITS_MINIMUM and clock.half_gap >= 0:
            square = scatter * scatter // min(heard.points, echoed.points or 1)
            clock.deviation_us = 1 + (square_root(square * 5 // 4) << scale)
        if scatter > _SCATTER_HIGH and scale < _SCALE_LAST:
            clock.scale = scale + 1
            scatter >>= 1
        elif scatter < _SCATTER_LOW and scale:
            clock.scale = scale - 1
            scatter <<= 1
        clock.scatter = scatter


def _ratio(numerator: int, denominator: int) -> int:
    """To the nearest; 0 of nothing."""
    if not denominator:
        return 0
    return (2 * numerator + denominator) // (2 * denominator)


# All peers' clocks, one after the other: fits them in slices, and knows what the fits are worth.
#
# A node's phase is steered to the mean of what it measures of n − 1 others. Where each of these
# offsets has the variance v, and the errors are independent, the node's distance from the true
# mean has the variance v·(n − 1)/n². Beside that stands what its own crystal may have done since:
# a fit is a straight line through 50 s.

COARSE_US = const(64)
"""Below this bound the clocks are well known."""

_DEVIATION_MAXIMUM_US = const(1 << 12)
"""More is as good as unknown."""
_FLOOR_US = const(4)
"""What clocks and timestamps of 1 µs leave when all else is known."""
_WANDER_US = const(20)
"""95 % bound on what a crystal leaves that changes by 0.05 ppm/s, as 5 ppm in 10 min may."""

ODD_SKEW = const(120 * 1074)
"""120 ppm in 2^-30: more than two good crystals differ by. Such a clock has no say in the rate,
unless most are like that: then it is our own that is odd."""


class ClockEnsemble:
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
