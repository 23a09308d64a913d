"""The soft corridor as a board can compute it: integers, every intermediate below 2^30, checked.

The rows are pairs of nodes, computed side by side; a board does the same for one. Times are in
2^10 µs before now, values in µs from some line, slopes in 2^-24 (0.06 ppm), logarithms to base 2
in 2^-10. `Integer` remembers two numbers between fits, the slope and the step of the grid.
"""

from dataclasses import dataclass

import numpy as np

from ascpi.bench.estimators.blocks import Bests, Fit
from ascpi.bench.estimators.exchange import Floats, Integers, Truths

LIMIT = 1 << 30
"""MicroPython's small integers on 32-bit boards end here."""

SLOPE_ONE = 1 << 24
SLOPE_MAXIMUM = 1376
"""82 ppm: two crystals at opposite ends of ±40 ppm."""

REACH = 2
"""Slopes on either side of the middle one."""

STEP_MAXIMUM = 672
"""40 ppm: the first grid of five spans ±80 ppm."""

STEP_MINIMUM = 2

SOFTNESS_SHIFT = 6
"""A point counts half for every 2^6 µs that it is below the edge: β = 64 µs / ln 2 = 92 µs."""

FLOOR_US = 16
VALUE_MAXIMUM = 1 << 20
WEIGHT_SHIFT = 13
NEVER = 16
"""After so many halvings nothing is left of a weight."""

PRIOR = 79
"""slope² · 79 >> 15 is slope² / (2 · (33 ppm)²) / ln 2 in 2^-10."""


def checked(values: Integers) -> Integers:
    """The same; raises OverflowError for what a board could not hold without allocating."""
    if values.size and int(np.abs(values).max()) >= LIMIT:
        raise OverflowError(f"{int(np.abs(values).max())} is no small integer")
    return values


def logarithm(values: Integers) -> Integers:
    """log2 of 1 … 2^30, in 2^-10: linear between powers of two, with a parabola on it; ± 0.01."""
    exponent = np.floor(np.log2(values)).astype(np.int64)
    down, up = np.maximum(exponent - 10, 0), np.maximum(10 - exponent, 0)
    fraction = (values >> down << up) - 1024
    bow = checked(fraction * (1024 - fraction) * 355) >> 20
    total: Integers = (exponent << 10) + fraction + bow
    return total


def halved(distance: Integers, shift: int, unit_shift: int) -> Integers:
    """2^unit_shift · 2^−(distance / 2^shift), linear between the halvings; distance ≥ 0."""
    fraction = distance & ((1 << shift) - 1)
    weight = checked(((2 << shift) - fraction) << unit_shift) >> (shift + 1)
    return np.where(distance >> shift < NEVER, weight >> np.minimum(distance >> shift, NEVER), 0)


@dataclass(frozen=True)
class Side:
    """One direction, mirrored so that values are too low: `values` in µs, `times` ≤ 0."""

    times: Integers
    values: Integers
    present: Truths
    count: Integers

    def edge(self, slope: Integers) -> tuple[Integers, Integers]:
        """The soft upper edge at now along that slope, and how late all points are together."""
        run = checked(slope[:, None] * self.times) >> 14
        level = np.where(self.present, self.values - run, -LIMIT)
        top = level.max(1)
        below = np.where(self.present, top[:, None] - level, 0)
        weight = np.where(self.present, halved(below, SOFTNESS_SHIFT, WEIGHT_SHIFT), 0)
        count = np.maximum(self.count, 1)
        ratio = logarithm(count << WEIGHT_SHIFT) - logarithm(np.maximum(weight.sum(1), 1))
        sunk = checked(ratio << SOFTNESS_SHIFT) >> 10
        lateness = np.maximum(checked(below.sum(1)) - count * sunk, 0)
        known = self.count > 0
        return np.where(known, top - sunk, 0), np.where(known, lateness, 0)


def side_of(bests: Bests, now_us: float, origin_us: Floats) -> Side:
    """`origin_us`: what values are counted from; a board takes the line itself."""
    at_us = np.where(bests.present, bests.at_us, now_us)
    times = (at_us.astype(np.int64) - int(now_us)) >> 10
    values = np.where(bests.present, bests.value_us, origin_us[:, None]) - origin_us[:, None]
    whole = np.clip(bests.sign * values.astype(np.int64), -VALUE_MAXIMUM, VALUE_MAXIMUM)
    return Side(checked(times), whole, bests.present, bests.count)


class Integer:
    """One for each run: it knows the last fit's slope and step."""

    def __init__(self, pairs: int, ahead_us: int = 1 << 22) -> None:
        """`ahead_us`: how long a fit is to serve; its bound is of the end of that time."""
        self.slope = np.zeros(pairs, np.int64)
        self.step = np.full(pairs, STEP_MAXIMUM, np.int64)
        self.ahead = ahead_us >> 10
        self._now_us = 0.0

    def __call__(self, heard: Bests, echoed: Bests, now_us: float, chosen: Floats) -> Fit:
        newest = np.where(heard.present, heard.value_us, -np.inf).max(1)
        origin_us = np.where(np.isfinite(newest), newest, 0.0)
        low, high = side_of(heard, now_us, origin_us), side_of(echoed, now_us, origin_us)
        both = (low.count > 0) & (high.count > 0)
        points = low.count + high.count
        costs, middles, late = [], [], []
        for index in range(-REACH, REACH + 1):
            slope = self.slope + index * self.step
            top, late_low = low.edge(slope)
            bottom, late_high = high.edge(-slope)
            lateness = late_low + late_high + FLOOR_US * np.maximum(points, 1)
            cost = np.maximum(points - 2, 1) * logarithm(lateness)
            costs.append(checked(cost) + (checked(slope * slope * PRIOR) >> 15))
            # One direction alone is better than nothing; the other was mirrored.
            middles.append(np.where(both, (top - bottom) >> 1, top - bottom))
            late.append(lateness)
        cost = np.stack(costs)
        weight = halved(cost - cost.min(0), 10, 10)
        # A fit serves until the block that begins now has ended.
        ahead = min(self.ahead, max(1, int(now_us - self._now_us) >> 10))
        self._now_us = now_us
        offset, bound = self._mean(weight, np.stack(middles), np.stack(late), points, ahead)
        fewest = np.minimum(low.count, high.count)
        bound_us = np.where(both, bound(fewest), np.inf)
        self._move(weight)
        offset_us = offset.astype(np.float64) + origin_us
        return Fit(offset_us, self.slope / SLOPE_ONE, bound_us.astype(np.float64))

    def _mean(
        self, weight: Integers, middle: Integers, late: Integers, points: Integers, ahead: int
    ) -> tuple[Integers, "Bound"]:
        total = weight.sum(0)
        spread = middle - middle[REACH]
        mean = checked((weight * spread).sum(0)) // total
        indices = np.arange(-REACH, REACH + 1)[:, None]
        later = spread + (checked(indices * self.step * ahead) >> 14)
        mean_later = checked((weight * later).sum(0)) // total
        deviation = checked((weight * np.abs(later - mean_later)).sum(0)) // total
        # Lateness can be seconds in all: its weights have four bits fewer.
        coarse = weight >> 4
        per_point = late // np.maximum(points, 1)
        scatter = checked((coarse * per_point).sum(0)) // coarse.sum(0)
        return middle[REACH] + mean, Bound(deviation, scatter)

    def _move(self, weight: Integers) -> None:
        """The next grid lies about this one's mean, and spans three standard deviations."""
        total = weight.sum(0)
        indices = np.arange(-REACH, REACH + 1)[:, None]
        first = (weight * indices).sum(0)
        variance = ((weight * indices**2).sum(0) << 6) // total - ((first << 3) // total) ** 2
        ideal = 64 * REACH * REACH // 9
        # To the nearest: a slope that is cut off each time falls behind.
        moved = self.slope + (checked(2 * self.step * first) + total) // (2 * total)
        narrower = np.where(variance < ideal * 5 // 8, self.step - (self.step >> 2), self.step)
        step = np.where(variance > ideal * 3 // 2, self.step + (self.step >> 1), narrower)
        # The best slope lies at the grid's end or beyond: look farther.
        step = np.where(np.abs(first) * 8 > total * REACH * 5, self.step * 2, step)
        self.slope = np.clip(moved, -SLOPE_MAXIMUM, SLOPE_MAXIMUM)
        self.step = np.clip(step, STEP_MINIMUM, STEP_MAXIMUM)


@dataclass(frozen=True)
class Bound:
    """95 %: five times the mean deviation over the grid, and some of the points' scatter, µs."""

    deviation: Integers
    scatter: Integers

    def __call__(self, fewest: Integers) -> Integers:
        """`fewest`: points in the direction that has fewer."""
        several = self.scatter + 5 * self.scatter // np.maximum(fewest, 1)
        return 5 * self.deviation + (several >> 3)
