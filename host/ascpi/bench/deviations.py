"""How far nodes are from their circular mean, over all of them and over time."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Deviations:
    rms_us: float
    p95_us: float
    spread_median_us: float
    spread_p95_us: float
    spread_max_us: float
    node_rms_us: tuple[float, ...]


def deviations_of(table: Numbers) -> Deviations | None:
    """Of µs with a row for each instant and a column for each node, nan where it was missing.

    None: at no instant all were there.
    """
    whole = table[~np.isnan(table).any(axis=1)]
    if not len(whole):
        return None
    spread = whole.max(axis=1) - whole.min(axis=1)
    present = table[~np.isnan(table)]
    return Deviations(
        rms_us=root_mean_square(present),
        p95_us=float(np.percentile(np.abs(present), 95)),
        spread_median_us=float(np.median(spread)),
        spread_p95_us=float(np.percentile(spread, 95)),
        spread_max_us=float(spread.max()),
        node_rms_us=tuple(root_mean_square(column[~np.isnan(column)]) for column in table.T),
    )


def root_mean_square(values: Numbers) -> float:
    return float(np.sqrt(np.mean(values**2))) if len(values) else float("nan")
