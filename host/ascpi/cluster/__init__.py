"""Real nodes on one air, on this machine: what the demo shows and the bench measures.

plan.py     what a node is to be: kind, clock, phase, settings
members.py  a node to start, hear and stop
cluster.py  all of them, and the air; started and stopped together
"""

from ascpi.cluster.cluster import Cluster, Heard
from ascpi.cluster.plan import (
    BOARD,
    DESKTOP,
    PPM_SPAN,
    NodePlan,
    ppm_apart,
    spread_ppm,
    trial_boards,
    trial_phase,
)

__all__ = [
    "BOARD",
    "DESKTOP",
    "PPM_SPAN",
    "Cluster",
    "Heard",
    "NodePlan",
    "ppm_apart",
    "spread_ppm",
    "trial_boards",
    "trial_phase",
]
