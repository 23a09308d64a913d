"""Which nodes take part, from the options alone: the same seed gives the same cluster."""

import random

from ascpi.cluster import DESKTOP, NodePlan, trial_boards, trial_phase

BOARDS_MOST = 16


def plan(boards: int, seed: int, virtual: bool = True) -> list[NodePlan]:
    """`boards` virtual boards and one desktop node. Without `virtual`: so many desktop nodes."""
    chance = random.Random(seed)
    if not virtual:
        return [
            NodePlan(number, f"node {number}", DESKTOP, 0.0, trial_phase(chance))
            for number in range(1, boards + 1)
        ]
    nodes = trial_boards(boards, chance)
    return [*nodes, NodePlan(boards + 1, "desktop", DESKTOP, 0.0, trial_phase(chance))]
