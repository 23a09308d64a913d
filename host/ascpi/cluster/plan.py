"""What a node is to be, before it is started."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ascpi.virtual.wires import Wire

BOARD = "virtual"
DESKTOP = "desktop"

REPORT_MS = 100

# An ESP32's crystal is good to ±10 at best; one that is warm, old and cheap is worse.
PPM_SPAN = 40.0


@dataclass(frozen=True)
class NodePlan:
    """`ppm`: how far its clock is off; `settings`: more of them, by the core's names.

    `edges`: what its pins do is recorded (a virtual board's; see `Cluster.edges`).
    `precedence`: a virtual board goes before ordinary processes, if the system allows it.
    `bind`: its own ADDR[:PORT], by which the air can name it.
    `output_wires`: where wires lead from a virtual board's pins.
    """

    node_id: int
    name: str
    kind: str
    ppm: float
    phase: float
    report_ms: int = REPORT_MS
    settings: Mapping[str, object] = field(default_factory=dict)
    edges: bool = False
    precedence: bool = False
    bind: str = "127.0.0.1:0"
    output_wires: Mapping[int, Wire] = field(default_factory=dict)


def spread_ppm(index: int, count: int, span: float) -> float:
    """Clock `index` of `count`, evenly between −`span` and +`span` ppm."""
    if count == 1:
        return 0.0
    return round(-span + 2 * span * index / (count - 1), 3)


def trial_boards(count: int, chance: random.Random) -> list[NodePlan]:
    """Virtual boards 1 … `count` to try something with: clocks up to PPM_SPAN off either way, and
    phases anywhere, the next `count` of `chance`."""
    return [
        NodePlan(
            number,
            f"board {number}",
            BOARD,
            spread_ppm(number - 1, count, PPM_SPAN),
            trial_phase(chance),
        )
        for number in range(1, count + 1)
    ]


def trial_phase(chance: random.Random) -> float:
    """Anywhere on the circle, in turns, with four decimals."""
    return round(chance.random(), 4) % 1.0


def ppm_apart(nodes: Sequence[NodePlan]) -> float:
    """Between the fastest clock and the slowest."""
    rates = [node.ppm for node in nodes]
    return max(rates) - min(rates)
