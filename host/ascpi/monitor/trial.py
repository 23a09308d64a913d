"""Virtual boards to watch: the monitor as it is with real ones, on this computer alone."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

from ascpi.cluster import BOARD, Cluster, NodePlan, spread_ppm

BOARDS_MOST = 16
# An ESP32's crystal is good to ±10 at best; one that is warm, old and cheap is worse.
PPM_SPAN = 40.0
REPORT_MS = 100


@contextmanager
def virtual_boards(count: int, seed: int) -> Iterator[list[str]]:
    """So many boards in an emulated Wi-Fi, from phases by the seed; their serial ports."""
    chance = random.Random(seed)
    plans = [
        NodePlan(
            number,
            f"board {number}",
            BOARD,
            spread_ppm(number - 1, count, PPM_SPAN),
            round(chance.random(), 4) % 1.0,
            report_ms=REPORT_MS,
        )
        for number in range(1, count + 1)
    ]
    # Their lines are read from their ports, as from any board.
    with Cluster(plans, "wifi", seed, on_heard=lambda heard: None) as cluster:
        yield [cluster.board(plan.node_id).serial_path for plan in plans]
