"""A board's clock, as far as it can be known through a serial line: an offset with hard bounds.

Nothing arrives before it was sent. A line with ticks that came in at `arrival` bounds the offset
(this computer's time less the board's count) from above; ticks that were taken after a question
was sent at `sent` bound it from below. A crystal's rate is some constant within ±`RATE_PPM`, so
the bounds of a window are lines in the plane of offset and rate, and what satisfies all of them
is a polygon: the offset at any moment lies between its edges. Nothing is assumed of the delays.

Without questions (a board without the harness) there is no bound from below; then the fastest
line is taken to have been under way for no longer than `ONE_WAY_US`, which is an assumption.
"""

import threading
from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ascpi_core.fixed import TICKS_MASK

Numbers = npt.NDArray[np.float64]

PERIOD = TICKS_MASK + 1
# Beyond any crystal (±40 ppm), and two of them are compared.
RATE_PPM = 100.0
RATES = np.linspace(-RATE_PPM, RATE_PPM, 801) * 1e-6
WINDOW_US = 60_000_000
# Of each stretch of time only the tightest bound is kept: any of them holds.
BLOCK_US = 500_000
# A USB bridge's latency timer (FTDI: 16 ms unless set otherwise), and a slow board that formats.
ONE_WAY_US = 20_000


@dataclass(frozen=True)
class Offset:
    """This computer's time less the board's count, in µs, give or take `within_us`."""

    us: float
    within_us: float


class SerialClock:
    """Fed from the line's thread, asked from others. `clear` where the board's clock jumps."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        """Forget all: the board has booted, or its clock was stepped."""
        with self._lock:
            self._last_count: int | None = None
            self._above = _Bounds(-1)
            self._below = _Bounds(1)
            self._estimated: tuple[float, float, float] | None = None

    def heard(self, ticks: int, arrival_us: int, sent_us: int | None = None) -> None:
        """Ticks that came in at `arrival_us`, in answer to what was sent at `sent_us`, if so."""
        with self._lock:
            count = self._count(ticks)
            self._last_count = count
            self._above.add(count, arrival_us - count)
            if sent_us is not None:
                self._below.add(count, sent_us - count)
            self._estimated = None

    def true_us(self, ticks: int) -> tuple[int, float] | None:
        """(when the ticks were, give or take); None before anything was heard."""
        with self._lock:
            if self._last_count is None:
                return None
            count = self._count(ticks)
            if self._estimated is None:
                self._estimated = self._estimate()
            at, offset, within_us = self._estimated
            # The ticks asked for are recent: what the rate adds meanwhile is added to the bound.
            drift_us = abs(count - at) * RATE_PPM * 1e-6
            return round(count + offset), within_us + drift_us

    def offset(self) -> Offset | None:
        """At the last ticks heard."""
        with self._lock:
            if self._last_count is None:
                return None
            if self._estimated is None:
                self._estimated = self._estimate()
            _, offset, within_us = self._estimated
            return Offset(offset, within_us)

    def _count(self, ticks: int) -> int:
        """Ticks as a count that does not wrap."""
        if self._last_count is None:
            return ticks
        half = PERIOD // 2
        return self._last_count + (ticks - self._last_count + half) % PERIOD - half

    def _estimate(self) -> tuple[float, float, float]:
        """(count, offset there, give or take): the middle of the polygon's extent."""
        assert self._last_count is not None
        at = self._last_count
        high, low = self._above.at(at), self._below.at(at)
        assert high is not None, "what was heard last is a bound from above"
        if low is None:
            return at, float(np.max(high)) - ONE_WAY_US / 2, ONE_WAY_US / 2
        possible = high >= low
        if not possible.any():
            # Bounds that contradict each other: no clock of a constant rate. The width says so.
            best = int(np.argmin(low - high))
            return (
                at,
                float(high[best] + low[best]) / 2,
                ONE_WAY_US + float(low[best] - high[best]),
            )
        top, bottom = float(np.max(high[possible])), float(np.min(low[possible]))
        # Between two rates of the grid the polygon may reach a little further.
        step_us = float(RATES[1] - RATES[0]) * self._above.span_us
        return at, (top + bottom) / 2, (top - bottom) / 2 + step_us


class _Bounds:
    """Bounds on one side; `sign` 1 keeps the highest of each block (bounds from below)."""

    def __init__(self, sign: int) -> None:
        self._sign = sign
        self._points: deque[tuple[int, int]] = deque(maxlen=WINDOW_US // BLOCK_US)

    def add(self, count: int, bound: int) -> None:
        points = self._points
        if points and points[-1][0] // BLOCK_US == count // BLOCK_US:
            if (bound - points[-1][1]) * self._sign > 0:
                points[-1] = (count, bound)
        else:
            points.append((count, bound))

    @property
    def span_us(self) -> int:
        return self._points[-1][0] - self._points[0][0]

    def at(self, count: int) -> Numbers | None:
        """The bound at `count`, for each of `RATES`; None without any of the window."""
        points = np.array(
            [pair for pair in self._points if count - pair[0] <= WINDOW_US], np.float64
        )
        if not len(points):
            return None
        carried = points[:, 1] + RATES[:, None] * (count - points[:, 0])
        tightest = carried.max(axis=1) if self._sign > 0 else carried.min(axis=1)
        return np.asarray(tightest)
