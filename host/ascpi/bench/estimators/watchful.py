"""The soft corridor that notices when a clock's frequency has jumped.

A line through old blocks and new ones fits neither well, and its own scatter does not show it: the
old are only "late". So the newest blocks are asked alone where the middle is, along the same
slope. What they say otherwise widens the bound; if it is more than the bound, the old blocks are
dropped and the grid of slopes looks wide again.
"""

import numpy as np

from ascpi.bench.estimators.blocks import Bests, Fit
from ascpi.bench.estimators.exchange import Floats
from ascpi.bench.estimators.integer import Integer, side_of

NEWEST = 4
OLDER = 3
"""With fewer blocks beside the newest there is nothing to compare."""

SPAN_US = 12e6
"""As long as the newest blocks are shorter together, what they say alone is worth nothing."""

STEP_ALERT = 168
"""10 ppm: the grid of five spans ±20 ppm."""


class Watchful(Integer):
    def __init__(self, pairs: int) -> None:
        super().__init__(pairs)
        self._since_us = np.full(pairs, -np.inf)

    def __call__(self, heard: Bests, echoed: Bests, now_us: float, chosen: Floats) -> Fit:
        heard, echoed = (
            side.without(side.at_us < self._since_us[:, None]) for side in (heard, echoed)
        )
        fit = super().__call__(heard, echoed, now_us, chosen)
        columns = heard.at_us.shape[1]
        if columns < NEWEST + OLDER:
            return fit
        recent = slice(columns - NEWEST, None)
        low = side_of(heard.columns(recent), now_us, fit.offset_us)
        high = side_of(echoed.columns(recent), now_us, fit.offset_us)
        known = (low.count > 1) & (high.count > 1)
        known &= np.minimum(heard.count, echoed.count) >= NEWEST + OLDER
        known &= now_us - heard.at_us[:, columns - NEWEST] > SPAN_US
        top, _ = low.edge(self.slope)
        bottom, _ = high.edge(-self.slope)
        otherwise_us = np.where(known, np.abs(top - bottom) >> 1, 0).astype(np.float64)
        alert = known & (otherwise_us > fit.bound_us)
        self._since_us = np.where(alert, heard.at_us[:, columns - NEWEST], self._since_us)
        self.step = np.where(alert, np.maximum(self.step, STEP_ALERT), self.step)
        # A quarter of the bound is what four blocks alone are off at any time.
        wider_us = np.maximum(otherwise_us - fit.bound_us / 4, 0.0)
        return Fit(fit.offset_us, fit.skew, fit.bound_us + wider_us)
