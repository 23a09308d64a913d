"""Virtual boards to watch: the monitor as it is with real ones, on this computer alone."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

from ascpi.cluster import Cluster, trial_boards

BOARDS_MOST = 16


@contextmanager
def virtual_boards(count: int, seed: int) -> Iterator[list[str]]:
    """So many boards in an emulated Wi-Fi, from phases by the seed; their serial ports."""
    plans = trial_boards(count, random.Random(seed))
    # Their lines are read from their ports, as from any board.
    with Cluster(plans, "wifi", seed, on_heard=lambda heard: None) as cluster:
        yield [cluster.board(plan.node_id).serial_path for plan in plans]
