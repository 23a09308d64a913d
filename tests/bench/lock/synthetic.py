"""Recordings of boards that never ran: what they deviate by is known, so the figures are, too."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ascpi.bench.lock.recording import Numbers, Recording, Reports
from ascpi.cluster import BOARD, NodePlan

GRID_US = 20_000
REPORT_US = 100_000
BEGAN_US = 5_000_000
LOCKED_AFTER_US = 1_000_000


def nodes(count: int) -> tuple[NodePlan, ...]:
    return tuple(
        NodePlan(number, f"board {number}", BOARD, 10.0 * number, 0.0)
        for number in range(1, count + 1)
    )


def reports(
    seconds: float,
    claim_us: float = np.nan,
    sent_per_s: float = 10.0,
    locked_after_s: float = LOCKED_AFTER_US / 1e6,
    theta: Numbers | None = None,
) -> Reports:
    """One every 100 ms. Without `theta`: exactly at the nominal rate."""
    times = np.arange(BEGAN_US, BEGAN_US + round(seconds * 1e6) + REPORT_US, REPORT_US)
    elapsed_s = (times - BEGAN_US) / 1e6
    return Reports(
        true_us=times,
        theta=elapsed_s % 1.0 if theta is None else theta,
        epoch=np.ones(len(times), np.int64),
        locked=elapsed_s >= locked_after_s,
        claim_us=np.full(len(times), claim_us),
        sent=np.floor(elapsed_s * sent_per_s + 1e-9).astype(np.int64),
    )


def recording(
    offsets_us: Sequence[float], seconds: float = 40.0, claim_us: float = np.nan, **more: Any
) -> Recording:
    """Each node stands still beside the mean, that far ahead, for the whole run."""
    times = np.arange(BEGAN_US, BEGAN_US + round(seconds * 1e6), GRID_US)
    table = np.tile(np.array(offsets_us, np.float64), (len(times), 1))
    seconds_of = ((times - BEGAN_US) / 1e6)[:, np.newaxis]
    planned = nodes(len(offsets_us))
    values: dict[str, Any] = {
        "seed": 7,
        "nodes": planned,
        "running_us": BEGAN_US,
        "ended_us": BEGAN_US + round(seconds * 1e6),
        "complete": True,
        "instants_us": times,
        "phases": (seconds_of + table / 1e6) % 1.0,
        "deviations_us": table,
        "coherence": np.ones(len(times)),
        "reports": {node.node_id: reports(seconds, claim_us) for node in planned},
        "edges": (),
        "first_lock_us": BEGAN_US + LOCKED_AFTER_US,
        "locked_since_us": BEGAN_US + LOCKED_AFTER_US,
        "lock_losses": 0,
        **more,
    }
    return Recording(**values)
