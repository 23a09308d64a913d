"""Two parallel lines through the best packets of both ways: offset and skew of a peer's clock.

What was heard lies below its line and what was echoed above, by noise that has one sign and a
sharp edge. So it is a least-squares fit with a common slope in which a point counts the less the
further it is from the edge: e^(−r/m), with r its distance and m the mean of them. Line, edges and
m are those of the fit before, so each fit is one pass over the points, and successive fits
iterate. A prior keeps the slope near 0 until the points know better.

A pass takes longer than a board should be busy at once; `work` does a slice of it.
"""

from .peer_clock import NOTHING, SKEW_MAXIMUM
from .ticks import ticks_diff
from .unit import square_root

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .peer_clock import PeerClock

_POINTS_A_SLICE = 6
_BLOCKS_MINIMUM = 3
_FITS_MINIMUM = 2
"""Fits before one whose scatter is to be trusted: each begins where the last one ended."""
_AGE_MAXIMUM_US = 1 << 26
_AGE_SHIFT = 16
"""Ages are counted in 65.5 ms, up to 2^10."""
_DISTANCE_MAXIMUM = (1 << 11) - 1

_WEIGHTS = (16, 14, 12, 11, 10, 8, 8, 7, 6, 5, 5, 4, 4, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 0)
"""16·e^(−q/8)."""
_WEIGHT_LAST = len(_WEIGHTS) - 1

_SCATTER_FIRST = 1 << 9
_SCATTER_LEAST = 4
_SCATTER_MOST = 1023
_SCATTER_HIGH = 500
_SCATTER_LOW = 120
_SCALE_LAST = 6
"""Distances are counted in 2^scale µs, so that m is not far from 2^8 of them."""

_TURN_MAXIMUM = 1 << 15
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
        self.clock: "PeerClock | None" = None
        self._now = 0
        self._usual_half_gap = 0
        self._middle_age = 0
        self._index = 0
        self._heard = _Line()
        self._echoed = _Line()

    def begin(self, clock: "PeerClock", now: int, usual_half_gap: int) -> None:
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
        self, line: _Line, clock: "PeerClock", first: int, last: int, sign: int
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

    def _finish(self, clock: "PeerClock") -> None:
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

    def _turn_of(self, clock: "PeerClock", heard_age: int, echoed_age: int) -> int:
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

    def _judge(self, clock: "PeerClock") -> None:
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
