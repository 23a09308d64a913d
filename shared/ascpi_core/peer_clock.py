"""How a peer's clock stands to ours: offset, skew and delay, from timestamps alone.

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

from .ticks import ticks_add, ticks_diff

CONFLICT = -1
CONFLICT_US = 1 << 20
"""No delay is a second: a timestamp so far off is of another clock."""

SKEW_MAXIMUM = (1 << 18) - 1
"""2^-30: 244 ppm, more than two crystals at opposite ends of any data sheet differ."""

BLOCKS = 12
FIRST_BLOCK_US = 1 << 18
LAST_BLOCK_US = 1 << 22
"""A block of 0.26 s at first has two or three packets; 12 of 4.2 s span 50 s."""

NOTHING = -(1 << 29)

_YOUNG_FITS = 3

_STEP_US = 2000
_STEP_FITS = 12
"""A packet is earlier than the edge by more than this, and by more than eight times the scatter,
once the edge is well known: then the clock has made a step, and what was known of it is void."""

UNKNOWN_US = 1 << 15
"""`deviation_us` of an offset that was not measured both ways."""


class PeerClock:
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
