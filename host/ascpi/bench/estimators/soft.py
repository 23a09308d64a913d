"""The soft corridor: for each of many slopes how badly it explains the points, and their mean.

Where a line of slope s lies along one direction's edge, every point below it is late by its
distance. A hard edge goes through the best point; a soft one, for a receiver that polls and is
scheduled late, lies where

    Σ e^(−(edge − point)/β) = number of points,

β being how much a clock reading is late by itself. All points' lateness T(s) together says how
likely the slope is: T^−(points − 2) for exponential noise of unknown mean, times the prior. The
offset is the mean of all slopes' offsets, each as likely as its slope.
"""

import numpy as np

from ascpi.bench.estimators.blocks import Bests, Fit
from ascpi.bench.estimators.exchange import Floats
from ascpi.bench.estimators.lines import SKEW_DEVIATION, unclaimed

FLOOR_US = 16.0
"""What a point is late by at least: no clock is better, and nothing is divided by 0."""

COARSE = 33
FINE = 25
REACH_COARSE = 96e-6
REACH_DEVIATIONS = 4.0


class Soft:
    """`softness_us` is β; 0 is a hard edge, through the best point."""

    def __init__(self, softness_us: float) -> None:
        self.softness_us = softness_us

    def __call__(self, heard: Bests, echoed: Bests, now_us: float, chosen: Floats) -> Fit:
        slopes = np.linspace(-REACH_COARSE, REACH_COARSE, COARSE) + np.zeros((len(chosen), 1))
        skew, deviation, _ = self._mean(heard, echoed, now_us, slopes)
        step = 2 * REACH_COARSE / (COARSE - 1)
        reach = REACH_DEVIATIONS * np.maximum(deviation, step / REACH_DEVIATIONS)
        slopes = skew[:, None] + reach[:, None] * np.linspace(-1, 1, FINE)
        skew, deviation, _ = self._mean(heard, echoed, now_us, slopes)
        reach = REACH_DEVIATIONS * np.maximum(deviation, 2 * reach / (FINE - 1) / REACH_DEVIATIONS)
        slopes = skew[:, None] + reach[:, None] * np.linspace(-1, 1, FINE)
        skew, _, offset_us = self._mean(heard, echoed, now_us, slopes)
        return unclaimed(offset_us, skew)

    def _mean(
        self, heard: Bests, echoed: Bests, now_us: float, slopes: Floats
    ) -> tuple[Floats, Floats, Floats]:
        """Mean and standard deviation of the slope, and the mean offset at now."""
        points = np.maximum(heard.count + echoed.count - 2, 1)
        lateness = np.empty_like(slopes)
        middles = np.empty_like(slopes)
        for column, skew in enumerate(slopes.T):
            low, late_low = self._edge(heard, skew)
            high, late_high = self._edge(echoed, skew)
            low, high = low + skew * now_us, skew * now_us - high
            low, high = (
                np.where(np.isfinite(low), low, high),
                np.where(np.isfinite(high), high, low),
            )
            # A hard edge is nearer to the truth the more points there are.
            mean_us = (late_low + late_high) / points if not self.softness_us else 0.0
            share = 1 / np.maximum(heard.count, 1) - 1 / np.maximum(echoed.count, 1)
            middles[:, column] = (low + high + mean_us * share) / 2
            lateness[:, column] = late_low + late_high
        lateness += FLOOR_US * np.maximum(heard.count + echoed.count, 1)[:, None]
        cost = points[:, None] * np.log(lateness) + slopes**2 / (2 * SKEW_DEVIATION**2)
        weight = np.exp(cost.min(1, keepdims=True) - cost)
        weight /= weight.sum(1, keepdims=True)
        skew = (weight * slopes).sum(1)
        variance = (weight * (slopes - skew[:, None]) ** 2).sum(1)
        return skew, np.sqrt(variance), (weight * middles).sum(1)

    def _edge(self, bests: Bests, skew: Floats) -> tuple[Floats, Floats]:
        """The edge at time 0, mirrored as the levels are, and how late all points are."""
        level = bests.level(skew)
        top = level.max(1)
        known = np.isfinite(top)
        below = np.where(bests.present, np.where(known, top, 0.0)[:, None] - level, 0.0)
        count = np.maximum(bests.count, 1)
        sunk = np.zeros(len(top))
        if self.softness_us:
            near = bests.present * np.exp(-below / self.softness_us)
            sunk = self.softness_us * np.log(count / np.maximum(near.sum(1), 1e-9))
        late = np.where(known, np.maximum(below.sum(1) - count * sunk, 0.0), 0.0)
        return np.where(known, top - np.where(known, sunk, 0.0), -np.inf), late
