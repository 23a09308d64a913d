"""The best of one-sided noise: the upper envelope of a line that is only ever seen too low.

A packet can be late but never early, so of the differences "sender's timestamp − receiver's
ticks" the largest are the truest. Time is cut in blocks; kept are the best point of this block
and of the one before, each as the level of a line with a known slope through the block's start.
Older points are forgotten, so that an estimate that was too good (a clock step, a slope not yet
known) does not stay for ever.
"""

from .ticks import ticks_diff

BLOCK_US = 1 << 22
"""4.2 s: with 10 packets a second some 40 chances of a fast one."""

_NOTHING = -(1 << 29)


class Envelope:
    """Upper envelope of values (µs, |value| < 2^28) over ticks; slope in 2^-30, |slope| < 2^18.

    Within a block the slope must stay the same; `begin_block` is the moment to change it.
    """

    def __init__(self) -> None:
        self.known = False
        self.best_ticks = 0
        """When the best value of this block came, and the value."""
        self.best_value = 0
        self._start = 0
        self._level = _NOTHING
        self._older_level = _NOTHING
        self._top = _NOTHING

    def clear(self) -> None:
        """Forget everything."""
        self.known = False

    def begin_block(self, now: int, slope: int) -> None:
        """From ticks `now` on: the block so far, along `slope`, becomes the one before."""
        if not self.known:
            return
        run = carried(slope, ticks_diff(now, self._start))
        self._start = now
        self._older_level = self._level + run if self._level > _NOTHING else _NOTHING
        self._level = _NOTHING
        self._top = self._older_level
        self.known = self._top > _NOTHING

    def observe(self, now: int, value: int, slope: int) -> int:
        """Take in one value; returns what `at(now)` then is."""
        if not self.known:
            self.known = True
            self._start = now
            self._level = self._older_level = self._top = _NOTHING
        # `carried` and `ticks_diff`, written out: this is done for every packet.
        elapsed = (((now - self._start) & 0x3FFFFFFF) ^ 0x20000000) - 0x20000000
        run = ((slope >> 6) * (elapsed >> 10)) >> 14
        level = value - run
        if level > self._level:
            self._level = level
            self.best_ticks = now
            self.best_value = value
            if level > self._top:
                self._top = level
        return self._top + run

    def at(self, now: int, slope: int) -> int:
        """The line's value at ticks `now`, within 2 min of the block's start; where `known`."""
        return self._top + carried(slope, ticks_diff(now, self._start))


def carried(slope: int, elapsed_us: int) -> int:
    """slope · elapsed in µs: slope in 2^-30 below 2^18, |elapsed| < 2^27 µs (2 min).

    Worst product 2^12 · 2^17; the slope is cut to 6·10^-8, half a µs in a block of time.
    """
    return ((slope >> 6) * (elapsed_us >> 10)) >> 14
