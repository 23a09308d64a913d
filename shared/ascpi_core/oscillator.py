"""The Global Phase Supervisor: a phase that advances with a board's ticks, exactly.

The phase is a function of the ticks alone. How often `advance` is called changes nothing, because
every fraction that one call leaves over is carried into the next; nor does the wrap of the ticks,
as long as two calls lie less than half a period (8.9 min) apart.

The rate is a word of 54 fractional bits (turns per µs), so one step is 5.6·10^-11 of 1 turn/s.
It is kept in three pieces, since the product of a time and a rate does not fit in 31 bits:
whole phase units per µs (up to 2^12) and two pieces of 13 bits.
"""

from .ticks import ticks_diff

RATE_MINIMUM_MHZ = 10
RATE_MAXIMUM_MHZ = 10_000
"""Nominal rates in thousandths of a turn per second: 0.01 … 10 turns/s."""

TRIM_MAXIMUM = 1 << 24
"""Largest |trim| in steps of 2^-54 turn/µs: at 1 turn/s ±931 ppm."""

_CHUNK_US = 1 << 16


class Oscillator:
    """Phase 0 … 2^28 − 1 as a function of ticks; `rate_mhz` in thousandths of a turn/s."""

    def __init__(self, rate_mhz: int, ticks: int, theta: int = 0) -> None:
        self.ticks = ticks
        self.theta = theta
        self.trim = 0
        self._rest_high = 0
        self._rest_low = 0
        word = ((rate_mhz << 55) + 10**9) // (2 * 10**9)
        self._nominal_whole = word >> 26
        self._nominal_fraction = word & 0x3FFFFFF
        self._set_rate()
        self._period_us = 10**9 // rate_mhz
        # The nominal word in 11 significant bits, for `drift_of_skew`.
        self._word_shift = 0
        while (word >> self._word_shift) > 2047:
            self._word_shift += 1
        self._word = word >> self._word_shift

    def _set_rate(self) -> None:
        fraction = self._nominal_fraction + self.trim
        self._whole = self._nominal_whole + (fraction >> 26)
        self._high = (fraction >> 13) & 0x1FFF
        self._low = fraction & 0x1FFF

    def set_trim(self, trim: int, now: int) -> None:
        """Run `trim` · 2^-54 turn/µs faster than nominal from ticks `now` on; clamped."""
        self.advance(now)
        self.trim = max(-TRIM_MAXIMUM, min(TRIM_MAXIMUM, trim))
        self._set_rate()

    def advance(self, now: int) -> None:
        """Move to ticks `now`: forward by up to 2^29 µs, or back by less than 65 ms.

        A clock that jumps further back has told nothing of how much time passed: the phase then
        stays and goes on from there.
        """
        elapsed = ticks_diff(now, self.ticks)
        self.ticks = now
        if -_CHUNK_US < elapsed < _CHUNK_US:
            # Worst products 2^16 · 2^13 and 2^16 · 2^12.
            low = elapsed * self._low + self._rest_low
            high = elapsed * self._high + (low >> 13) + self._rest_high
            self._rest_low = low & 0x1FFF
            self._rest_high = high & 0x1FFF
            self.theta = (self.theta + elapsed * self._whole + (high >> 13)) & 0xFFFFFFF
        elif elapsed > 0:
            self._leap(elapsed)

    def _leap(self, elapsed: int) -> None:
        """A long time at once: one microsecond's advance, doubled for each bit of the time."""
        whole, high, low = self._whole, self._high, self._low
        while elapsed:
            if elapsed & 1:
                self._rest_low += low
                self._rest_high += high + (self._rest_low >> 13)
                self.theta = (self.theta + whole + (self._rest_high >> 13)) & 0xFFFFFFF
                self._rest_low &= 0x1FFF
                self._rest_high &= 0x1FFF
            low <<= 1
            high = (high << 1) + (low >> 13)
            whole = ((whole << 1) + (high >> 13)) & 0xFFFFFFF
            low &= 0x1FFF
            high &= 0x1FFF
            elapsed >>= 1

    def at(self, now: int) -> int:
        """Phase at ticks `now`, within 16.7 s of the last `advance`, to 10 units."""
        elapsed = (((now - self.ticks) & 0x3FFFFFFF) ^ 0x20000000) - 0x20000000
        if -_CHUNK_US < elapsed < _CHUNK_US:
            # The usual case, without a call.
            gained = elapsed * self._whole + ((elapsed * self._high) >> 13)
            return (self.theta + gained) & 0xFFFFFFF
        if elapsed < 0:
            return (self.theta - self.span(-elapsed)) & 0xFFFFFFF
        return (self.theta + self.span(elapsed)) & 0xFFFFFFF

    def span(self, elapsed: int) -> int:
        """Phase gained in 0 ≤ elapsed < 2^24 µs, modulo a turn, to 10 units of 2^-28 turn.

        Times of 65 ms and more are taken in two parts of at most 12 bits; worst product
        2^16 · 2^13.
        """
        high = self._high
        if elapsed < _CHUNK_US:
            return (elapsed * self._whole + ((elapsed * high) >> 13)) & 0xFFFFFFF
        coarse = elapsed >> 12
        fine = elapsed & 0xFFF
        whole = ((coarse * self._whole) & 0xFFFF) << 12
        fraction = ((elapsed >> 8) * high >> 5) + (((elapsed & 0xFF) * high) >> 13)
        fraction += ((elapsed >> 11) * self._low) >> 15
        return (whole + fine * self._whole + fraction) & 0xFFFFFFF

    def drift_of_skew(self, skew: int) -> int:
        """Rate in steps of 2^-54 turn/µs of a clock that runs `skew` · 2^-30 faster than ours.

        |skew| < 2^18 (244 ppm); right to 0.1 %. Worst product 2^18 · 2^11.
        """
        return (skew * self._word) >> (30 - self._word_shift)

    def time_until(self, theta: int, target: int) -> int:
        """µs of ticks in which `theta`, advancing at the nominal rate, reaches `target`.

        From 0 to one turn, to 2 µs; the trim is left out (50 ppm of a second are 50 µs), so ask
        again when it is near.
        """
        return self.duration((target - theta) & 0xFFFFFFF)

    def duration(self, arc: int) -> int:
        """µs in which the phase advances by `arc` (2^-28 turn, up to a turn either way) at the
        nominal rate, to 2 µs. Worst product 2^14 · 2^14.
        """
        coarse = arc >> 14
        high = self._period_us >> 13
        halves = coarse * high
        halves += (coarse * (self._period_us & 0x1FFF)) >> 13
        halves += ((arc & 0x3FFF) * high) >> 14
        return (halves + 1) >> 1
