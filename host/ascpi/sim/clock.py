"""A board's clock in integers alone: the same to the bit whatever the platform's sine.

Its crystal is off by a constant and by a temperature, which moves the error from −amplitude to
+amplitude and back in straight lines. What it has gained by that is two parabolas, which every
period leaves at 0; so nothing adds up, and asking more often changes nothing.
"""

from ascpi.sim.dice import Dice
from ascpi.sim.faults import Mix
from ascpi_core.fixed import TICKS_MASK

BILLION = 10**9


class Clock:
    """Ticks from `ticks_start` at each boot; errors in ppb. `wraps` counts how often ticks were
    seen to have begun anew."""

    def __init__(
        self,
        ticks_start: int,
        ppb: int = 0,
        amplitude_ppb: int = 0,
        period_us: int = 2,
        shift_us: int = 0,
    ) -> None:
        self.epoch = 0
        self.wraps = 0
        self.is_off = ppb != 0 or amplitude_ppb != 0
        self._start = ticks_start
        self._ppb = ppb
        self._amplitude_ppb = amplitude_ppb
        self._half_us = max(1, period_us // 2)
        self._shift_us = shift_us
        self._boot_us = 0
        self._boot_gain = 0
        self._last = ticks_start

    def switch_on(self, true_us: int) -> None:
        """A new epoch, and ticks from their start."""
        self.epoch += 1
        self._boot_us = true_us
        self._boot_gain = self.gain(true_us)
        self._last = self._start

    def gain(self, true_us: int) -> int:
        """How far it is ahead, in 10^-9 µs: only differences have a meaning."""
        amplitude = self._amplitude_ppb
        if not amplitude:
            return self._ppb * true_us
        half = self._half_us
        within = (true_us + self._shift_us) % (2 * half)
        if within < half:
            return self._ppb * true_us + amplitude * within * within // half - amplitude * within
        within -= half
        return self._ppb * true_us + amplitude * within - amplitude * within * within // half

    def ticks(self, true_us: int) -> int:
        """What it shows at this true time, not before the last boot, nor before it was asked
        last."""
        gained = (self.gain(true_us) - self._boot_gain) // BILLION
        ticks = (self._start + true_us - self._boot_us + gained) & TICKS_MASK
        if ticks < self._last:
            self.wraps += 1
        self._last = ticks
        return ticks


def clock_of(mix: Mix, seed: int, node_id: int) -> Clock:
    """This board's."""
    dice = Dice(seed, "crystal", node_id)
    ppb = dice.between(-mix.crystal_ppb, mix.crystal_ppb)
    shift_us = dice.below(mix.temperature_us + 1)
    dice = Dice(seed, "ticks", node_id)
    start = dice.below(TICKS_MASK + 1)
    if mix.wrap_us:
        start = TICKS_MASK + 1 - dice.between(mix.wrap_us // 2, mix.wrap_us)
    return Clock(start, ppb, mix.temperature_ppb, mix.temperature_us, shift_us)
