"""The best point of each block of time, for each direction: all that a board can keep.

Per packet a compare and now and then a store; per block and direction one time and one value. A
block may begin short: when the memory is full, each two become one and the length doubles, up to
the final one. From then on the oldest is dropped.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from ascpi.bench.estimators.exchange import Exchange, Floats, Integers, Points, Truths


@dataclass(frozen=True)
class Bests:
    """One direction, one column a block, newest last. `value_us` is NaN where nothing came.

    `sign` +1: values are too low and the best is the highest; −1: too high.
    """

    at_us: Floats
    value_us: Floats
    sign: int

    @property
    def present(self) -> Truths:
        return np.isfinite(self.value_us)

    @property
    def count(self) -> Integers:
        count: Integers = self.present.sum(1)
        return count

    def columns(self, chosen: slice) -> "Bests":
        return Bests(self.at_us[:, chosen], self.value_us[:, chosen], self.sign)

    def appended(self, block: "Bests") -> "Bests":
        return Bests(
            np.concatenate((self.at_us, block.at_us), 1),
            np.concatenate((self.value_us, block.value_us), 1),
            self.sign,
        )

    def without(self, dropped: Truths) -> "Bests":
        return Bests(self.at_us, np.where(dropped, np.nan, self.value_us), self.sign)

    def level(self, skew: Floats) -> Floats:
        """Mirrored, so that the highest is the best; −∞ where nothing came."""
        level = self.sign * (self.value_us - skew[:, None] * self.at_us)
        return np.where(self.present, level, -np.inf)

    def halved(self, skew: Floats) -> "Bests":
        """Of each two blocks the better point."""
        older, newer = self.columns(slice(0, None, 2)), self.columns(slice(1, None, 2))
        first = older.level(skew) > newer.level(skew)
        return Bests(
            np.where(first, older.at_us, newer.at_us),
            np.where(first, older.value_us, newer.value_us),
            self.sign,
        )


@dataclass(frozen=True)
class Fit:
    """The line now: its value (µs), its slope (µs/µs), and the error it claims (µs, 95 %).

    `bound_us` is infinite where the estimator claims nothing.
    """

    offset_us: Floats
    skew: Floats
    bound_us: Floats


# The blocks of both directions, the present time, the slope by which they were chosen → the line.
Fitter = Callable[[Bests, Bests, float, Floats], Fit]


@dataclass(frozen=True)
class Plan:
    """`count` blocks of `block_us` each, begun with blocks of `first_us`."""

    count: int = 16
    block_us: float = float(1 << 22)
    first_us: float = float(1 << 19)


def best(points: Points, sign: int, from_us: float, to_us: float, skew: Floats) -> Bests:
    """Of the points that became known in the block."""
    # Sorted by sending, not by arrival: no packet is under way for longer than this.
    first = max(0, int((from_us - 1e6) / points.period_us) - 4)
    window = slice(first, int(to_us / points.period_us) + 4)
    at_us, value_us = points.at_us[:, window], points.value_us[:, window]
    known_us = points.known_us[:, window]
    inside = (from_us <= known_us) & (known_us < to_us)
    level = np.where(inside, sign * (value_us - skew[:, None] * at_us), -np.inf)
    index = level.argmax(1)[:, None]
    found = np.take_along_axis(inside, index, 1)
    return Bests(
        np.take_along_axis(at_us, index, 1),
        np.where(found, np.take_along_axis(value_us, index, 1), np.nan),
        sign,
    )


def watched(
    exchange: Exchange, plan: Plan, fitter: Fitter, until_us: float
) -> Iterator[tuple[float, float, Fit]]:
    """After each block: the time, how long the next block is, and the line then."""
    empty = np.empty((exchange.pairs, 0))
    heard, echoed = Bests(empty, empty, 1), Bests(empty, empty, -1)
    skew = np.zeros(exchange.pairs)
    length_us, now_us = plan.first_us, 0.0
    while now_us + length_us <= until_us:
        end_us = now_us + length_us
        heard = heard.appended(best(exchange.heard, 1, now_us, end_us, skew))
        echoed = echoed.appended(best(exchange.echoed, -1, now_us, end_us, skew))
        heard, echoed = (side.columns(slice(-plan.count, None)) for side in (heard, echoed))
        fit = fitter(heard, echoed, end_us, skew)
        skew, now_us = fit.skew, end_us
        if heard.at_us.shape[1] == plan.count and length_us < plan.block_us:
            length_us *= 2
            heard, echoed = heard.halved(skew), echoed.halved(skew)
        yield now_us, length_us, fit
