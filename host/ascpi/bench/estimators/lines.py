"""Lines through block bests: the candidates that a board could afford, in floating point."""

import numpy as np

from ascpi.bench.estimators.blocks import Bests, Fit
from ascpi.bench.estimators.exchange import Floats

SKEW_MAXIMUM = 82e-6
"""Two crystals at opposite ends of ±40 ppm."""

SKEW_DEVIATION = 33e-6
"""√2 · 40 ppm / √3: of the difference of two that are anywhere within ±40 ppm."""

_GOLDEN = 0.381966
_SCATTER_LEAST_US = 1.0
# Of two or three points nothing can be said of their scatter.
_POINTS_FOR_SCATTER = 4
_SCATTER_UNKNOWN_US = 100.0


def unclaimed(offset_us: Floats, skew: Floats) -> Fit:
    return Fit(offset_us, skew, np.full(len(skew), np.inf))


def edges(heard: Bests, echoed: Bests, now_us: float, skew: Floats) -> tuple[Floats, Floats]:
    """What each direction's best point is at now: the one that is known where only one is."""
    low = heard.level(skew).max(1) + skew * now_us
    high = -echoed.level(skew).max(1) + skew * now_us
    return np.where(np.isfinite(low), low, high), np.where(np.isfinite(high), high, low)


class Centred:
    """Weighted means and products of one direction."""

    def __init__(self, bests: Bests, weight: Floats) -> None:
        total = np.maximum(weight.sum(1), 1e-12)
        value_us = np.where(bests.present, bests.value_us, 0.0)
        self.at_us = (weight * bests.at_us).sum(1) / total
        self.value_us = (weight * value_us).sum(1) / total
        elapsed = bests.at_us - self.at_us[:, None]
        self.product = (weight * elapsed * (value_us - self.value_us[:, None])).sum(1)
        self.square = (weight * elapsed**2).sum(1)

    def at(self, now_us: float, skew: Floats) -> Floats:
        value_us: Floats = self.value_us + skew * (now_us - self.at_us)
        return value_us


class LeastSquares:
    """Two parallel lines. With weights a point counts e^(−r/m): r is how far it is from the edge,
    m the mean of these. The prior holds the slope near 0 until the points know better."""

    def __init__(self, rounds: int, weighted: bool) -> None:
        self.rounds = rounds
        self.weighted = weighted

    def __call__(self, heard: Bests, echoed: Bests, now_us: float, chosen: Floats) -> Fit:
        skew = chosen
        count = heard.count + echoed.count
        sides: list[Centred] = []
        for _ in range(self.rounds):
            below = [_below(side, skew) for side in (heard, echoed)]
            total_us = below[0].sum(1) + below[1].sum(1)
            scatter_us = np.maximum(total_us / np.maximum(count - 2, 1), _SCATTER_LEAST_US)
            unknown = (count < _POINTS_FOR_SCATTER) & (scatter_us < _SCATTER_UNKNOWN_US)
            scatter_us = np.where(unknown, _SCATTER_UNKNOWN_US, scatter_us)
            sides = []
            for side, distance in zip((heard, echoed), below, strict=True):
                falling = distance / scatter_us[:, None] if self.weighted else 0.0 * distance
                sides.append(Centred(side, np.where(side.present, np.exp(-falling), 0.0)))
            ridge = (scatter_us / SKEW_DEVIATION) ** 2
            product = sides[0].product + sides[1].product
            skew = product / (sides[0].square + sides[1].square + ridge)
            skew = np.clip(skew, -SKEW_MAXIMUM, SKEW_MAXIMUM)
        low, high = edges(heard, echoed, now_us, skew)
        middle = (sides[0].at(now_us, skew) + sides[1].at(now_us, skew)) / 2
        both = (heard.count > 0) & (echoed.count > 0)
        return unclaimed(np.where(both, middle, (low + high) / 2), skew)


def _below(bests: Bests, skew: Floats) -> Floats:
    level = bests.level(skew)
    return np.where(bests.present, level.max(1, keepdims=True) - level, 0.0)


def corridor(heard: Bests, echoed: Bests, now_us: float, chosen: Floats) -> Fit:
    """The slope at which two parallel lines between the directions are farthest apart: the most
    likely one where the noise is exponential."""
    least = np.full(len(chosen), -SKEW_MAXIMUM)
    most = -least
    for _ in range(32):
        lower = least + (most - least) * _GOLDEN
        upper = most - (most - least) * _GOLDEN
        gaps = []
        for skew in (lower, upper):
            low, high = edges(heard, echoed, now_us, skew)
            gaps.append(high - low)
        rising = gaps[0] < gaps[1]
        least, most = np.where(rising, lower, least), np.where(rising, most, upper)
    skew = (least + most) / 2
    span_us = np.ptp(np.where(heard.present, heard.at_us, now_us), axis=1)
    # In the first seconds its slope knows less than what crystals are sold as.
    skew = skew * span_us**2 / (span_us**2 + 4e6**2)
    low, high = edges(heard, echoed, now_us, skew)
    return unclaimed((low + high) / 2, skew)


def two_envelopes(heard: Bests, echoed: Bests, now_us: float, chosen: Floats) -> Fit:
    """The first that the project had: the edges of the last two blocks, and the slope from the
    oldest best point to the newest."""
    rows = np.arange(len(chosen))
    first = heard.present.argmax(1)
    last = heard.present.shape[1] - 1 - heard.present[:, ::-1].argmax(1)
    elapsed = heard.at_us[rows, last] - heard.at_us[rows, first]
    risen = heard.value_us[rows, last] - heard.value_us[rows, first]
    known = (heard.count > 2) & (elapsed > 0)
    skew = np.where(known, risen / np.where(known, elapsed, 1.0), 0.0)
    skew = np.clip(np.nan_to_num(skew), -3 * SKEW_MAXIMUM, 3 * SKEW_MAXIMUM)
    recent = slice(-2, None)
    low, high = edges(heard.columns(recent), echoed.columns(recent), now_us, skew)
    return unclaimed((low + high) / 2, skew)
