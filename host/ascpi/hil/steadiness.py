"""By how much boards were moved: from the straight line that their common phase ran along."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ascpi.hil.watch import Seen


@dataclass(frozen=True)
class Moved:
    """The largest distance, whose it was, and how well it is known; `missing`: who fell silent."""

    by_us: float
    board: str
    uncertain_us: float
    missing: str


def moved(seen: Sequence[Seen], names: Sequence[str], turn_us: float) -> Moved:
    """Over these instants. A line through the mean phases takes up the clocks' own rates."""
    missing = ", ".join(sorted({name for one in seen for name in one.missing}))
    whole = [one for one in seen if not one.missing]
    if not whole:
        return Moved(0.0, "", 0.0, missing or ", ".join(names))
    seconds = np.array([one.true_us - whole[0].true_us for one in whole], np.float64) / 1e6
    # Beside the nominal rate the mean goes a few µs a second: no turn is lost between instants.
    nominal = seconds * 1e6 / turn_us
    beside = np.array([one.mean for one in whole], np.float64) - nominal
    mean_us = np.unwrap(beside, period=1.0) * turn_us
    if len(whole) > 2:
        mean_us = mean_us - np.polyval(np.polyfit(seconds, mean_us, 1), seconds)
    else:
        mean_us = mean_us - mean_us.mean()
    distances = {
        name: float(np.max(np.abs(mean_us + np.array([one.errors_us[name] for one in whole]))))
        for name in names
    }
    farthest = max(distances, key=lambda name: distances[name])
    uncertain_us = max(one.uncertain_us for one in whole)
    return Moved(distances[farthest], farthest, uncertain_us, missing)
