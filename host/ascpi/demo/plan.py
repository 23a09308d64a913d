"""Which nodes take part, from the options alone: the same seed gives the same cluster."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field

# Clocks lie evenly between −40 and +40 ppm: an ESP32's crystal is good to ±10 at best, and one
# that is warm, old and cheap is worse.
PPM_SPAN = 40.0

BOARD = "virtual"
DESKTOP = "desktop"

BOARDS_MOST = 16
REPORT_MS = 100


@dataclass(frozen=True)
class NodePlan:
    """`ppm`: how far its clock is off; `settings`: more of them, by the core's names."""

    node_id: int
    name: str
    kind: str
    ppm: float
    phase: float
    report_ms: int = REPORT_MS
    settings: Mapping[str, object] = field(default_factory=dict)


def spread_ppm(index: int, count: int) -> float:
    if count == 1:
        return 0.0
    return round(-PPM_SPAN + 2 * PPM_SPAN * index / (count - 1), 3)


def plan(boards: int, seed: int, virtual: bool = True) -> list[NodePlan]:
    """`boards` virtual boards and one desktop node. Without `virtual`: so many desktop nodes."""
    chance = random.Random(seed)
    phases = [round(chance.random(), 4) % 1.0 for _ in range(boards + 1)]
    if not virtual:
        return [
            NodePlan(number, f"node {number}", DESKTOP, 0.0, phases[number - 1])
            for number in range(1, boards + 1)
        ]
    nodes = [
        NodePlan(number, f"board {number}", BOARD, spread_ppm(number - 1, boards), phase)
        for number, phase in enumerate(phases[:boards], start=1)
    ]
    return [*nodes, NodePlan(boards + 1, "desktop", DESKTOP, 0.0, phases[boards])]


def ppm_apart(nodes: list[NodePlan]) -> float:
    """Between the fastest clock and the slowest."""
    rates = [node.ppm for node in nodes]
    return max(rates) - min(rates)
