"""Which nodes take part, from the options alone: the same seed gives the same cluster."""

import random

from ascpi.cluster import BOARD, DESKTOP, NodePlan, spread_ppm

# Clocks lie evenly between −40 and +40 ppm: an ESP32's crystal is good to ±10 at best, and one
# that is warm, old and cheap is worse.
PPM_SPAN = 40.0

BOARDS_MOST = 16


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
        NodePlan(number, f"board {number}", BOARD, spread_ppm(number - 1, boards, PPM_SPAN), phase)
        for number, phase in enumerate(phases[:boards], start=1)
    ]
    return [*nodes, NodePlan(boards + 1, "desktop", DESKTOP, 0.0, phases[boards])]
