"""law = "source": then what a node does in lock is the source's own law, and nothing else.

A node is given three locked peers whose phases are known, so the mean is known, too.
"""

import cmath
import math
from collections.abc import Iterator

import pytest

from ascpi.simulation import SECOND_US, Field, make_node, shortest
from ascpi_core.fixed import TURN
from ascpi_core.node import Node
from ascpi_core.phase import LOCKED, Oscillator, correction, gain_of
from ascpi_core.ssep import EXTENSION_ECHO
from tests.core.packets import packet

STEP_US = 50_000
DELAY_US = 1000
ALPHA = 100
AHEAD_US = (300, 900, -3600)
"""How far the peers are ahead of nominal time."""


def steps(
    node: Node,
    seconds: float,
    crystal_ppm: float = 0,
    ahead_us: tuple[int, ...] = AHEAD_US,
) -> Iterator[int]:
    """Ticks of each supervision step just made. Every packet takes 1 ms, either way."""
    for number in range(1, round(seconds * SECOND_US / STEP_US) + 1):
        now = number * STEP_US
        node.tick(now)
        yield now
        node.tick(now + STEP_US // 2)
        if number % 2 == 0:
            continue
        sent = now + 20_000
        for place, this_us in enumerate(ahead_us):
            theirs = round(sent * (1 + crystal_ppm / 1e6))
            data = packet(
                node_id=place + 2,
                sequence=number,
                timestamp=theirs,
                theta=round((theirs + this_us) * TURN / 1e6) % TURN,
                mode=LOCKED << 2 | EXTENSION_ECHO << 4,
                echo_id=node.node_id,
                echo_timestamp=(sent - 4000) & 0xFFFFFF,
                echo_age=4000 - DELAY_US,
            )
            assert node.receive(data, 64, sent + DELAY_US) == 0


def circular_mean_error(node: Node, now: int, before: int) -> float:
    """Θ_cluster − Θ_local in turns by the formula, the node at `before` itself among them."""
    phases = [before / TURN, *((now + ahead_us) / 1e6 for ahead_us in AHEAD_US)]
    mean = sum(cmath.exp(1j * math.tau * phase) for phase in phases)
    return shortest(cmath.phase(mean) / math.tau - before / TURN)


@pytest.mark.parametrize("phase", [0, 0.0005, 0.3])
def test_every_step_is_alpha_times_the_error_against_the_circular_mean(phase: float) -> None:
    """Exactly so; and the error is that of the formula, to 5·10^-7 turn."""
    node = make_node(9, 1, 0, law="source", phase=phase)
    expected = Oscillator(1000, 0, node.local.theta)
    locked = 0
    for now in steps(node, 20):
        expected.advance(now)
        before = expected.theta
        alpha = (
            ALPHA if node.field.lock.state == LOCKED else gain_of(node.field.error, ALPHA, 2500)
        )
        expected.theta = (before + correction(node.field.error, alpha)) % TURN
        assert node.local.theta == expected.theta
        assert node.local.trim == 0
        # A newcomer does not count itself; from the step after its lock on it does.
        if locked:
            assert node.field.error / TURN == pytest.approx(
                circular_mean_error(node, now, before), abs=5e-7
            )
        locked += node.field.lock.state == LOCKED
    assert locked > 300


def test_a_configured_alpha_is_the_one_that_counts() -> None:
    node = make_node(9, 1, 0, law="source", alpha=37)
    expected = Oscillator(1000, 0, node.local.theta)
    for now in steps(node, 10):
        expected.advance(now)
        alpha = 37 if node.field.lock.state == LOCKED else gain_of(node.field.error, 37, 2500)
        expected.theta = (expected.theta + correction(node.field.error, alpha)) % TURN
        assert node.local.theta == expected.theta
    assert node.field.lock.state == LOCKED


def test_by_the_full_law_one_far_off_does_not_count_and_the_rate_is_steered() -> None:
    """What the other law leaves out. One of three peers is 2 ms off, and 30 ppm make 0.2 ms."""
    ahead_us = (10, 20, 2000)
    found_us = {}
    for law in ("source", "full"):
        node = make_node(9, 1, 0, law=law)
        for now in steps(node, 120, 30, ahead_us):
            end = now
        assert node.field.lock.state == LOCKED
        assert (node.local.trim != 0) == (law == "full")
        found_us[law] = shortest(node.theta(end) / TURN - end * (1 + 30e-6) / 1e6) * 1e6
    # Where the error against the mean of all four, itself at a quarter, is 5 µs for each ppm.
    assert found_us["source"] == pytest.approx(sum(ahead_us) / 3 - 30 * 5 * 4 / 3, abs=10)
    # The mean rate of four is 22.5 ppm, and these peers do not come to it: 7.5 ppm are left.
    assert found_us["full"] == pytest.approx(15, abs=7.5 * 5 * 4 / 3)


def test_a_field_under_the_source_s_law_has_the_static_error_of_its_crystals() -> None:
    """±40 ppm make 0.2 ms either way; its trims are 0 throughout. Under the full law, with four
    seeds: 8 … 17 µs."""
    spreads = {}
    for law in ("source", "full"):
        field = Field(5, 1, law=law)
        for _ in range(60):
            field.run_for(SECOND_US)
            nodes = [board.node for board in field.boards.values()]
            trims = {node.local.trim for node in nodes if node is not None}
            assert law == "full" or trims == {0}
        assert set(field.states()) == {"locked"}
        spreads[law] = field.worst_spread(50 * SECOND_US)
    assert 180e-6 < spreads["source"] < 240e-6
    assert spreads["full"] < 40e-6
