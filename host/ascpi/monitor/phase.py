"""A board's phase on this computer's clock, carried on between reports by the nominal rate.

A report says ticks and phase of one instant; when that was here is known from its arrival, which
is late by a delay that varies. What came fastest of late says how the two clocks lie, so that a
late line does not make the phase jump. For a picture only: the smallest delay stays in it.
"""

from collections import deque

from ascpi_core.fixed import TICKS_MASK, ticks_diff

# A crystal 50 ppm off has drifted half a millisecond by then.
WINDOW_US = 10_000_000
# A board that reports more slowly than this is silent after three of its intervals.
SILENT_AFTER_US = 3_000_000
INTERVALS = 3
# No delay: the board's clock was set anew.
STEP_US = 2_000_000


class PhaseTrack:
    """`add` what a board says, `at` any later moment."""

    def __init__(self, rate_mhz: int) -> None:
        self._turns_per_us = rate_mhz * 1e-9
        self._offsets: deque[tuple[int, int]] = deque()
        self._theta = 0.0
        self._interval_us = 0

    def clear(self) -> None:
        """Begin anew: the board has restarted."""
        self._offsets.clear()
        self._interval_us = 0

    def add(self, ticks: int, theta: float, at_us: int) -> None:
        """Phase `theta` (turns) at `ticks`, which became known here at `at_us`."""
        offset = (at_us - ticks) & TICKS_MASK
        if self._offsets:
            last_us, last = self._offsets[-1]
            if abs(ticks_diff(offset, last)) > STEP_US:
                self.clear()
            else:
                self._interval_us = at_us - last_us
        self._offsets.append((at_us, offset))
        while at_us - self._offsets[0][0] > WINDOW_US:
            self._offsets.popleft()
        self._theta = theta

    @property
    def last_us(self) -> int | None:
        """When the last report came."""
        return self._offsets[-1][0] if self._offsets else None

    def is_silent(self, now_us: int) -> bool:
        """True before the first report, and long after the last."""
        if not self._offsets:
            return True
        patience_us = max(SILENT_AFTER_US, INTERVALS * self._interval_us)
        return now_us - self._offsets[-1][0] > patience_us

    def at(self, now_us: int) -> float | None:
        """The phase in [0, 1) turn; None while the board is silent."""
        if self.is_silent(now_us):
            return None
        at_us, offset = self._offsets[-1]
        late_us = max(ticks_diff(offset, other) for _, other in self._offsets)
        return (self._theta + self._turns_per_us * (now_us - at_us + late_us)) % 1.0
