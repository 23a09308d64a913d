"""Estimators of single round trips: an echo of the last packet heard, and the beacon it came in.

Each gives an offset that is the truth and half of the difference of two delays. They take no part
in what blocks are for, and are here for comparison.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ascpi.bench.estimators.exchange import Exchange, Floats
from ascpi.bench.estimators.lines import SKEW_DEVIATION


@dataclass(frozen=True)
class RoundTrips:
    """One row a pair, oldest first; NaN where an echo was lost."""

    at_us: Floats
    known_us: Floats
    offset_us: Floats
    length_us: Floats

    def last(self, count: int, now_us: float) -> "RoundTrips":
        """The last `count` known at now."""
        known = np.isfinite(self.offset_us) & (self.known_us < now_us)
        order = np.argsort(np.where(known, self.known_us, -1.0), axis=1, kind="stable")
        order = order[:, -count:]

        def taken(values: Floats) -> Floats:
            gone = ~np.take_along_axis(known, order, 1)
            return np.where(gone, np.nan, np.take_along_axis(values, order, 1))

        return RoundTrips(*map(taken, (self.at_us, self.known_us, self.offset_us, self.length_us)))


def round_trips(exchange: Exchange) -> RoundTrips:
    answered = exchange.answered
    every = round(answered.period_us / exchange.heard.period_us)
    below = exchange.heard.value_us[:, ::every]
    known = np.isfinite(answered.known_us)
    at_us = (answered.at_us + np.where(known, answered.known_us, 0.0)) / 2
    offset_us = np.where(known, (answered.value_us + below) / 2, np.nan)
    return RoundTrips(at_us, answered.known_us, offset_us, answered.value_us - below)


# Round trips, now → offset and skew (µs, µs/µs).
Estimator = Callable[[RoundTrips, float], tuple[Floats, Floats]]


def _no_skew(trips: RoundTrips) -> Floats:
    return np.zeros(len(trips.at_us))


def mean_of_100(trips: RoundTrips, now_us: float) -> tuple[Floats, Floats]:
    return np.nanmean(trips.last(100, now_us).offset_us, axis=1), _no_skew(trips)


def median_of_100(trips: RoundTrips, now_us: float) -> tuple[Floats, Floats]:
    return np.nanmedian(trips.last(100, now_us).offset_us, axis=1), _no_skew(trips)


def smoothed(trips: RoundTrips, now_us: float) -> tuple[Floats, Floats]:
    """Exponentially, an eighth of each new one."""
    seen = trips.last(trips.at_us.shape[1], now_us)
    offset_us = np.full(len(trips.at_us), np.nan)
    for value_us in seen.offset_us.T:
        moved = np.where(np.isnan(offset_us), value_us, offset_us + (value_us - offset_us) / 8)
        offset_us = np.where(np.isnan(value_us), offset_us, moved)
    return offset_us, _no_skew(trips)


def fastest_of_8(trips: RoundTrips, now_us: float) -> tuple[Floats, Floats]:
    """As NTP's clock filter."""
    seen = trips.last(8, now_us)
    index = np.where(np.isnan(seen.length_us), np.inf, seen.length_us).argmin(1)[:, None]
    return np.take_along_axis(seen.offset_us, index, 1)[:, 0], _no_skew(trips)


def fastest_with_skew(trips: RoundTrips, now_us: float) -> tuple[Floats, Floats]:
    """A regression over the fastest 16 of the last 64, its slope held by the prior."""
    seen = trips.last(64, now_us)
    length_us = np.where(np.isnan(seen.length_us), np.inf, seen.length_us)
    rank = np.argsort(np.argsort(length_us, axis=1), axis=1)
    known = np.isfinite(length_us)
    kept = known & (rank < np.maximum(2, known.sum(1, keepdims=True) // 4))
    count = np.maximum(kept.sum(1), 1)
    at_us = np.where(kept, seen.at_us, 0.0)
    offset_us = np.where(kept, seen.offset_us, 0.0)
    middle, mean = at_us.sum(1) / count, offset_us.sum(1) / count
    elapsed = np.where(kept, at_us - middle[:, None], 0.0)
    residual = np.where(kept, offset_us - mean[:, None], 0.0)
    deviation = np.sqrt((residual**2).sum(1) / count) + 100.0
    square = (elapsed**2).sum(1) + (deviation / SKEW_DEVIATION) ** 2
    skew = (elapsed * residual).sum(1) / square
    return mean + skew * (now_us - middle), skew


class Kalman:
    """Offset and skew; a round trip counts with the deviation that its delays have, if it is
    within three of what is expected. It is told the mean of the jitter."""

    def __init__(self, jitter_us: float) -> None:
        self.variance = jitter_us**2 / 2 + 100.0**2

    def __call__(self, trips: RoundTrips, now_us: float) -> tuple[Floats, Floats]:
        seen = trips.last(trips.at_us.shape[1], now_us)
        pairs = len(seen.at_us)
        offset, skew, last = np.zeros(pairs), np.zeros(pairs), np.zeros(pairs)
        # Variance of the offset, covariance, variance of the skew.
        a, b, c = np.full(pairs, 1e12), np.zeros(pairs), np.full(pairs, SKEW_DEVIATION**2)
        for at_us, value in zip(seen.at_us.T, seen.offset_us.T, strict=True):
            given = np.isfinite(value)
            elapsed = np.where(given, at_us - last, 0.0)
            last = np.where(given, at_us, last)
            offset = offset + skew * elapsed
            a, b = a + 2 * b * elapsed + c * elapsed**2, b + c * elapsed
            # A walk of the frequency: 1 ppm in 5 min.
            c = c + 1e-12 * elapsed / 300e6
            innovation = np.where(given, value - offset, 0.0)
            total = a + self.variance
            used = given & (innovation**2 < 9 * total)
            gain, turn = np.where(used, a / total, 0.0), np.where(used, b / total, 0.0)
            offset, skew = offset + gain * innovation, skew + turn * innovation
            a, b, c = (1 - gain) * a, (1 - gain) * b, c - turn * b
            # What is refused makes it less sure, or one bad start would last for ever.
            a = a + np.where(given & ~used, self.variance, 0.0)
        return offset + skew * (now_us - last), skew
