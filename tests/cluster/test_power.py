"""A power cut of a node, whatever it is: what it has written is there afterwards."""

import time

import pytest

from ascpi import telemetry
from ascpi.cluster import BOARD, DESKTOP, Cluster, NodePlan
from ascpi.errors import MicroPythonMissing
from ascpi.virtual.runtime import find_micropython

HEARD_WITHIN_S = 20.0


def kinds() -> list[str]:
    try:
        find_micropython()
    except MicroPythonMissing:
        return [DESKTOP]
    return [BOARD, DESKTOP]


def epoch_heard(cluster: Cluster, above: int) -> int:
    """The boot epoch of the only node, once it is above this one."""
    deadline_s = time.monotonic() + HEARD_WITHIN_S
    while time.monotonic() < deadline_s:
        for heard in cluster.hear(0.1):
            said = telemetry.parse(heard.line)
            if isinstance(said, telemetry.Report) and said.epoch > above:
                return said.epoch
    raise AssertionError(f"no boot after {above} was heard within {HEARD_WITHIN_S} s")


@pytest.mark.parametrize("kind", kinds())
def test_a_node_comes_back_with_what_it_had(kind: str) -> None:
    with Cluster([NodePlan(1, "one", kind, 0.0, 0.5)], "clean", 1) as cluster:
        assert epoch_heard(cluster, 0) == 1
        journal = cluster.journal(1)
        before = journal.read_bytes()
        cluster.cut_power(1)
        # That it is gone was wanted: nothing has failed, and nothing more is heard of it.
        cluster.require_alive()
        cluster.hear(0.0)
        assert cluster.hear(0.5) == []
        assert journal.read_bytes() == before
        cluster.power_on(1)
        assert epoch_heard(cluster, 1) == 2
        # No new journal was begun: its first record, with its identity, is the same.
        assert journal.read_bytes()[:68] == before[:68]
        cluster.require_alive()


def test_a_node_without_power_can_be_stopped() -> None:
    with Cluster([NodePlan(1, "one", DESKTOP, 0.0, 0.5)], "clean", 1) as cluster:
        epoch_heard(cluster, 0)
        cluster.cut_power(1)
        cluster.cut_power(1)
    cluster.require_alive()
