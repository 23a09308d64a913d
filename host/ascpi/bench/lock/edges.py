"""Where the pulses' edges were: against the field, and against each board's own phase.

The second is what the machine's scheduler does to a board that waits for its edge; the first
holds that and the phase error.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ascpi.bench.lock.recording import EdgeSeen

# Edges of one turn lie closer together than those of two turns.
TURN_GAP_US = 500_000


@dataclass(frozen=True)
class EdgeFigures:
    """In µs. `rms`, `median`, `p95`: against 0 of the circular mean of all; `self_…`: of the
    board's own phase. Medians and p95 are of absolute values, `late_median` is signed."""

    count: int
    rms_us: float
    median_us: float
    p95_us: float
    late_median_us: float
    spread_median_us: float | None
    self_rms_us: float
    self_median_us: float
    self_p95_us: float


def edge_figures(edges: Sequence[EdgeSeen]) -> EdgeFigures | None:
    """None: there were none."""
    if not edges:
        return None
    field = np.array([edge.field_us for edge in edges])
    own = np.array([edge.self_us for edge in edges])
    spreads = list(_spreads(edges))
    return EdgeFigures(
        count=len(edges),
        rms_us=float(np.sqrt(np.mean(field**2))),
        median_us=float(np.median(np.abs(field))),
        p95_us=float(np.percentile(np.abs(field), 95)),
        late_median_us=float(np.median(field)),
        spread_median_us=float(np.median(spreads)) if spreads else None,
        self_rms_us=float(np.sqrt(np.mean(own**2))),
        self_median_us=float(np.median(np.abs(own))),
        self_p95_us=float(np.percentile(np.abs(own), 95)),
    )


def _spreads(edges: Sequence[EdgeSeen]) -> Iterable[float]:
    """From the first edge to the last, in each turn of which every board's edge was seen: what an
    oscilloscope shows."""
    ordered = sorted(edges, key=lambda edge: edge.true_us)
    boards = {edge.node_id for edge in ordered}
    turn: list[EdgeSeen] = []
    for edge in ordered:
        if turn and edge.true_us - turn[-1].true_us > TURN_GAP_US:
            turn = []
        turn.append(edge)
        if len(turn) == len(boards) == len({one.node_id for one in turn}):
            yield float(turn[-1].true_us - turn[0].true_us)
