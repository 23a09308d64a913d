"""The probe's clock on this computer: ticks without their wrap, and roughly when that was here.

Ticks are µs modulo 2^30 (17.9 min). A line's ticks are taken for those that lie nearest to what
the time since the last line makes likely, so any silence may lie between. After a restart of the
probe they begin anew; the count goes on from where it should be by now, to some ms.
"""

from collections import deque

PERIOD_US = 1 << 30
# Clocks drift apart by some ms in a minute at most; of that long the fastest line is looked for.
WINDOW_US = 60_000_000


class ProbeClock:
    """Fed with the lines in their order. Counts and times are whole µs."""

    def __init__(self) -> None:
        self._offset: int | None = None
        self._last_us = 0
        self._last_arrival_us = 0
        self._lags: deque[tuple[int, int]] = deque()

    def restart(self) -> None:
        """From the next line on the ticks are others."""
        self._offset = None
        self._lags.clear()

    def unwrap(self, ticks: int, arrival_us: int) -> int:
        """The count for the ticks of a line that came in at `arrival_us`; begins at those of the
        first line."""
        if self._last_arrival_us == 0:
            self._offset = 0
            self._last_us = ticks
        else:
            expected_us = self._last_us + arrival_us - self._last_arrival_us
            if self._offset is None:
                self._offset = expected_us - ticks
            half = PERIOD_US // 2
            count = ticks + self._offset
            self._last_us = expected_us + (count - expected_us + half) % PERIOD_US - half
        self._last_arrival_us = arrival_us
        return self._last_us

    def fresh(self, count_us: int, arrival_us: int) -> None:
        """A line that was sent as soon as its ticks were read: it shows what lies between."""
        self._lags.append((arrival_us, arrival_us - count_us))
        while self._lags[0][0] < arrival_us - WINDOW_US:
            self._lags.popleft()

    def host_us(self, count_us: int) -> int | None:
        """The µs of CLOCK_MONOTONIC at which the count was this, late by the serial line's few ms,
        the same for all; None before the first fresh line."""
        if not self._lags:
            return None
        return count_us + min(lag for _, lag in self._lags)
