"""What can be known at all: the mean over all that is possible, given every packet both ways.

It is told what no node knows: the exact distribution of the noise, and when each of its packets
was heard, not only the echoed ones. The prior of the skew is the crystals'. No estimator has a
smaller mean square error.
"""

import math

import numpy as np
from numpy.typing import NDArray

from ascpi.air.noise import PER_MILLION
from ascpi.bench.estimators.blocks import Fit
from ascpi.bench.estimators.exchange import (
    LATENESS_MEDIAN_US,
    LATENESS_SPREAD,
    Exchange,
    Floats,
    Points,
    Setting,
)

RANGE_US = 1 << 17
"""Delays beyond it are all alike."""

SLOPES = 31
LEVELS = 48
SLOPE_DEVIATIONS = 4.5
_LEAST_DENSITY = 1e-15


def possible(setting: Setting) -> bool:
    """A sleeping receiver's delays are not independent of each other."""
    return setting.air.beacon_interval_us == 0


def density(setting: Setting) -> NDArray[np.float32]:
    """Logarithm of the probability of each delay above the least one, in whole µs."""
    air = setting.air
    delays = np.arange(RANGE_US)
    parts = [np.exp(-delays / max(air.jitter_mean_us, 1e-9))]
    if air.spike_per_million:
        share = air.spike_per_million / PER_MILLION
        spike = np.where(delays < air.spike_max_us, share / air.spike_max_us, 0.0)
        spike[0] += 1 - share
        parts.append(spike)
    if setting.late:
        deviates = np.log(np.maximum(delays, 1e-9) / LATENESS_MEDIAN_US) / LATENESS_SPREAD
        below = np.array([0.5 * (1 + math.erf(deviate / math.sqrt(2))) for deviate in deviates])
        parts += [np.diff(below, append=1.0)] * 2
    if setting.poll_us:
        parts.append((delays < setting.poll_us) * 1.0)
    spectrum = np.ones(RANGE_US + 1, complex)
    for part in parts:
        spectrum *= np.fft.rfft(part / part.sum(), 2 * RANGE_US)
    joined = np.fft.irfft(spectrum)[:RANGE_US]
    return np.log(np.maximum(joined, _LEAST_DENSITY)).astype(np.float32)


class Yardstick:
    def __init__(self, setting: Setting) -> None:
        self._log_density = density(setting)
        self._prior_ppm = setting.crystal_ppm

    def __call__(self, exchange: Exchange, now_us: float, near: Fit, pairs: int) -> Fit:
        """For the first `pairs` pairs; `near`: a fit whose claims tell where to look."""
        offsets, skews = np.zeros(pairs), np.zeros(pairs)
        for row in range(pairs):
            low = _known(exchange.heard, row, now_us)
            high = _known(exchange.all_heard, row, now_us)
            offsets[row], skews[row] = self._pair(low, high, now_us, float(near.skew[row]))
        return Fit(offsets, skews, np.full(pairs, np.inf))

    def _pair(
        self, low: tuple[Floats, Floats], high: tuple[Floats, Floats], now_us: float, skew: float
    ) -> tuple[float, float]:
        """Two rounds: the second looks closely where the first found something."""
        reach = 2e-6 * self._prior_ppm
        offset = 0.0
        for _ in range(4):
            slopes = skew + reach * np.linspace(-1, 1, SLOPES)
            low_log, low_level = self._side(low[0], low[1], now_us, slopes)
            high_log, high_level = self._side(high[0], -high[1], now_us, -slopes)
            # The difference of two crystals that are anywhere in ± prior: a triangle.
            prior = np.maximum(1 - np.abs(slopes) * 1e6 / (2 * self._prior_ppm), 1e-9)
            cost = low_log + high_log + np.log(prior)
            weight = np.exp(cost - cost.max())
            weight /= weight.sum()
            offset = float((weight * (low_level - high_level)).sum() / 2)
            skew = float((weight * slopes).sum())
            deviation = float(np.sqrt((weight * (slopes - skew) ** 2).sum()))
            reach = SLOPE_DEVIATIONS * max(deviation, 2 * reach / SLOPES / 3)
        return offset, skew

    def _side(
        self, at_us: Floats, value_us: Floats, now_us: float, slopes: Floats
    ) -> tuple[Floats, Floats]:
        """For each slope the logarithm of how likely the points are, and the mean edge."""
        level = value_us + slopes[:, None] * (now_us - at_us)
        top = level.max(1)
        below = top[:, None] - level
        # How far the edge can be above the best point: dense where it is likely to be.
        reach_us = 4000.0 / math.sqrt(len(at_us))
        above = reach_us * (np.arange(LEVELS) / LEVELS) ** 2 * 4
        width = np.gradient(above)
        cost = np.empty((len(slopes), LEVELS))
        for column, rise in enumerate(above):
            index = np.minimum((below + rise).astype(np.int32), RANGE_US - 1)
            cost[:, column] = self._log_density[index].sum(1, dtype=np.float64)
        peak = cost.max(1, keepdims=True)
        weight = np.exp(cost - peak) * width
        total = weight.sum(1)
        return peak[:, 0] + np.log(total), top + (weight * above).sum(1) / total


def _known(points: Points, row: int, now_us: float) -> tuple[Floats, Floats]:
    known = points.known_us[row] < now_us
    return points.at_us[row][known], points.value_us[row][known]
