"""A crystal in virtual time: how far it has counted, as a function of true time, and back.

Its error is a constant and, where there is a temperature, a slow wave on top:

    error(t) = constant + amplitude · sin(2π·(t/period + phase))

What it has counted is the integral of 1 + error(t), taken in closed form, not summed: so no error
adds up over hours, and asking more often changes nothing. The constant part is exact in integers.
The wave's part never exceeds amplitude · period / π (1 ms at 5 ppm over 10 min) and is rounded to
10^-9 µs, which a float resolves easily.
"""

import math
from dataclasses import dataclass

BILLION = 10**9

PPB_LIMIT = 100_000_000
"""A tenth: far beyond any crystal, and a clock that surely runs forwards."""


@dataclass(frozen=True)
class Temperature:
    """A wave of `amplitude_ppb` that repeats after `period_us` and starts at `phase`, in turns."""

    amplitude_ppb: int
    period_us: int
    phase: float = 0.0

    def __post_init__(self) -> None:
        if self.period_us < 1:
            raise ValueError(f"a period of {self.period_us} µs; it must be 1 or more")

    def ppb(self, true_us: int) -> float:
        """The error that it adds at this true time."""
        return self.amplitude_ppb * math.sin(math.tau * self._turn(true_us))

    def gain(self, true_us: int) -> int:
        """Its integral, in 10^-9 µs: only differences between two true times have a meaning."""
        scale = self.amplitude_ppb * self.period_us / math.tau
        return round(-scale * math.cos(math.tau * self._turn(true_us)))

    def _turn(self, true_us: int) -> float:
        # Modulo the period in integers first: the float then has the same few digits after hours.
        return true_us % self.period_us / self.period_us + self.phase


@dataclass(frozen=True)
class Crystal:
    """A crystal that is `ppb` fast, and what a temperature adds to that."""

    ppb: int
    temperature: Temperature | None = None

    def __post_init__(self) -> None:
        most = abs(self.ppb) + (abs(self.temperature.amplitude_ppb) if self.temperature else 0)
        if most > PPB_LIMIT:
            raise ValueError(f"a crystal {most} ppb off; {PPB_LIMIT} at most")

    def error_ppb(self, true_us: int) -> float:
        """How fast it runs at this true time."""
        return self.ppb + (self.temperature.ppb(true_us) if self.temperature is not None else 0.0)

    def gain(self, true_us: int) -> int:
        """How far it is ahead of true time, in 10^-9 µs: only differences have a meaning."""
        if self.temperature is None:
            return self.ppb * true_us
        return self.ppb * true_us + self.temperature.gain(true_us)

    def count(self, from_us: int, to_us: int) -> int:
        """Whole µs that it counts between two true times, `from_us` ≤ `to_us`."""
        return to_us - from_us + (self.gain(to_us) - self.gain(from_us)) // BILLION

    def first_us(self, from_us: int, count: int) -> int:
        """The first true µs by which it has counted `count` or more since `from_us`.

        A fast crystal skips a count now and then, a slow one shows one for two µs.
        """
        true_us = from_us + count
        # Each round takes off all but the error's share of what is missing: a tenth at worst.
        while (missing := count - self.count(from_us, true_us)) != 0:
            true_us += missing
            if abs(missing) == 1:
                break
        while self.count(from_us, true_us) < count:
            true_us += 1
        while self.count(from_us, true_us - 1) >= count:
            true_us -= 1
        return true_us
