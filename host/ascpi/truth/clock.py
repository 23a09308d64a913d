"""From a node's ticks to true time. A virtual board's `Crystal` is such a clock, too."""

from typing import Protocol

TICKS_PERIOD = 1 << 30


class Clock(Protocol):
    def true_us(self, ticks: int, near_us: int) -> int:
        """When this clock showed `ticks`, within half a period (8.9 min) of `near_us`."""
        ...


class MonotonicClock:
    """The clock of a desktop node: true time itself, modulo 2^30 µs."""

    def true_us(self, ticks: int, near_us: int) -> int:
        half = TICKS_PERIOD // 2
        return near_us + (ticks - near_us + half) % TICKS_PERIOD - half
