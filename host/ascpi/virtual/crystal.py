"""A board's crystal: from true time to ticks, and exactly back.

True time is the machine's CLOCK_MONOTONIC in µs (true_time.py). From `start_us` on it counts

    count = base + e + floor(e·ppb / 10^9),   e = monotonic_us − start_us

and ticks are the count modulo 2^30. A power-on, a change of rate or a step of the clock opens a
new segment. The board evaluates the same formula (shims/board_clock.py), so that a pair of
(ticks, phase) in its report can be carried to true time without asking it when that was.

A fast crystal skips a count now and then, a slow one shows one for two microseconds: the inverse
is the first microsecond whose count is not before the one asked for.
"""

from dataclasses import dataclass

TICKS_PERIOD = 1 << 30
BILLION = 10**9
# How long a line may lie about before it is read; older segments are not searched.
SEARCHED_SEGMENTS = 4


@dataclass(frozen=True)
class Segment:
    """A stretch of constant rate. `base` is the whole count, not taken modulo 2^30."""

    start_us: int
    base: int
    ppb: int

    def count(self, monotonic_us: int) -> int:
        elapsed_us = monotonic_us - self.start_us
        return self.base + elapsed_us + elapsed_us * self.ppb // BILLION

    def first_us(self, count: int) -> int:
        """The first µs at which the count is `count` or more."""
        wanted = count - self.base
        elapsed_us = -(-wanted * BILLION // (BILLION + self.ppb))
        # The floor in the formula can put it one beside.
        while self.count(self.start_us + elapsed_us) < count:
            elapsed_us += 1
        while self.count(self.start_us + elapsed_us - 1) >= count:
            elapsed_us -= 1
        return self.start_us + elapsed_us


class Crystal:
    """All segments since the board was first switched on."""

    def __init__(self) -> None:
        self._segments: list[Segment] = []

    @property
    def segments(self) -> tuple[Segment, ...]:
        return tuple(self._segments)

    @property
    def ppb(self) -> int:
        return self._segments[-1].ppb

    def power_on(self, monotonic_us: int, ticks_start: int, ppb: int) -> Segment:
        # A change that was yet to come does not come any more.
        while self._segments and self._segments[-1].start_us >= monotonic_us:
            self._segments.pop()
        return self._open(Segment(monotonic_us, ticks_start, ppb))

    def change(self, monotonic_us: int, ppb: int, step_us: int = 0) -> Segment:
        """From `monotonic_us` on another rate, and `step_us` more on the clock."""
        count = self._segments[-1].count(monotonic_us)
        return self._open(Segment(monotonic_us, count + step_us, ppb))

    def ticks(self, monotonic_us: int) -> int:
        return self._segment_at(monotonic_us).count(monotonic_us) % TICKS_PERIOD

    def true_us(self, ticks: int, near_us: int) -> int:
        """When the board's ticks were `ticks`, within half a period (8.9 min) of `near_us`."""
        candidates = self._candidates(ticks, near_us)
        return min(candidates, key=lambda true_us: abs(true_us - near_us))

    def _open(self, segment: Segment) -> Segment:
        if self._segments and segment.start_us <= self._segments[-1].start_us:
            raise ValueError("a crystal's segments follow each other in time")
        self._segments.append(segment)
        return segment

    def _segment_at(self, monotonic_us: int) -> Segment:
        for segment in reversed(self._segments):
            if segment.start_us <= monotonic_us:
                return segment
        return self._segments[0]

    def _candidates(self, ticks: int, near_us: int) -> list[int]:
        segments = list(self._segments)
        ends = [segment.start_us for segment in segments[1:]] + [None]
        pairs = [
            (segment, end)
            for segment, end in zip(segments, ends, strict=True)
            if segment.start_us <= near_us
        ]
        found = []
        for segment, end in pairs[-SEARCHED_SEGMENTS:]:
            inside_us = near_us if end is None else min(near_us, end - 1)
            true_us = _nearest(segment, ticks, inside_us)
            if segment.start_us <= true_us and (end is None or true_us < end):
                found.append(true_us)
        # Ticks that this board never showed: the best that the present rate can say.
        return found or [_nearest(self._segment_at(near_us), ticks, near_us)]


def _nearest(segment: Segment, ticks: int, near_us: int) -> int:
    """The first µs of the count that is `ticks` modulo 2^30 and lies nearest to `near_us`."""
    count = segment.count(near_us)
    half = TICKS_PERIOD // 2
    offset = (ticks - count + half) % TICKS_PERIOD - half
    return segment.first_us(count + offset)
