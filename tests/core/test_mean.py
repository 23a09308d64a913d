"""Circular mean and resultant length against SciPy; the worst cases found by search."""

import math
import random

import numpy as np
import pytest
import scipy.stats

from ascpi_core.fixed import ONE, TURN
from ascpi_core.phase import MAXIMUM_PHASES, UNDEFINED_BELOW, CircularMean
from tests.core.search import (
    Objective,
    coherence_error,
    largest_vector_error,
    length_error,
    mean_error,
    name_of,
    summed,
    tabled,
    true_sums,
    worst,
)

MEAN_ERROR = 2**-16
"""Turns, wherever the mean is defined: 15 µs at 1 turn/s, when the phases nearly cancel."""
LENGTH_ERROR = 8e-5
COHERENCE_ERROR = 1e-3
LOCKED_ERROR = 5e-7
"""Turns, where all phases lie within 0.01 turn: half a µs at 1 turn/s."""

ROUNDS = 8


def test_against_scipy() -> None:
    chance = random.Random(1)
    for _ in range(300):
        width = chance.choice((0.001, 0.05, 0.2, 0.5))
        middle = chance.random()
        phases = [
            round(TURN * (middle + chance.uniform(-width, width))) % TURN
            for _ in range(chance.choice((1, 2, 3, 10, 100, MAXIMUM_PHASES)))
        ]
        mean = summed(phases)
        turns = np.array(phases) / TURN
        variance = scipy.stats.circvar(turns, high=1.0)
        assert abs(mean.length() / ONE - (1 - variance)) < LENGTH_ERROR
        if mean.length() >= UNDEFINED_BELOW:
            true = scipy.stats.circmean(turns, high=1.0)
            assert abs((mean.mean() / TURN - true + 0.5) % 1 - 0.5) < MEAN_ERROR


@pytest.mark.parametrize(
    ("objective", "allowed"),
    [(mean_error, MEAN_ERROR), (length_error, LENGTH_ERROR), (coherence_error, COHERENCE_ERROR)],
)
def test_the_worst_case_that_a_search_finds(
    objective: Objective, allowed: float, capsys: pytest.CaptureFixture[str]
) -> None:
    """Hill climbing over sets of 2 … 511 phases; for longer: `python -m tests.core.search`."""
    found = worst(objective, ROUNDS, seed=1)
    with capsys.disabled():
        print(f"\n  {name_of(objective)}: {found}")
    assert found.error < allowed


def test_no_set_of_phases_can_do_worse() -> None:
    """The sum of unit vectors, each off by e, is off by n·e: the mean by asin(e/R) at most."""
    vector = largest_vector_error(stride=61)
    assert vector < 2.4e-6
    shortest = UNDEFINED_BELOW / ONE - LENGTH_ERROR
    assert math.asin(vector / shortest) / math.tau + 6e-7 < MEAN_ERROR / 2


def test_the_search_goes_by_the_formula_that_the_node_uses() -> None:
    phases = np.array(random.Random(1).sample(range(TURN // 4), 5000), dtype=np.int64)
    rising, falling = tabled(phases)
    for phase, sine, cosine in zip(phases.tolist(), rising, falling, strict=True):
        mean = summed([phase])
        assert (mean._sines, mean._cosines) == (sine, cosine)


@pytest.mark.parametrize("count", [2, 3, 5, 20, 511])
def test_in_a_locked_cluster_the_mean_is_right_to_half_a_microsecond(count: int) -> None:
    chance = random.Random(count)
    for _ in range(20_000 // count):
        middle = chance.uniform(-0.005, 0.005)
        phases = [0] + [
            round(TURN * (middle + chance.uniform(-0.005, 0.005))) for _ in range(count - 1)
        ]
        assert mean_error(summed(phases), *true_sums(phases)) < LOCKED_ERROR


def test_phases_may_be_any_integers_modulo_a_turn() -> None:
    phases = [1, 2_000_000, 90_000_000]
    mean, moved = summed(phases), summed([phases[0] - TURN, phases[1] + TURN, phases[2]])
    assert (mean.mean(), mean.length()) == (moved.mean(), moved.length())


def test_no_phases() -> None:
    mean = CircularMean()
    assert mean.length() == 0
    mean.add([5, 6], 1)
    assert mean.count == 1
    mean.clear()
    assert (mean.count, mean.length()) == (0, 0)


@pytest.mark.parametrize("count", [2, 3, 4, 5, 16])
def test_evenly_scattered_phases_have_no_mean(count: int) -> None:
    assert summed([TURN * place // count for place in range(count)]).length() < 4


def test_one_phase_is_its_own_mean() -> None:
    for phase in (0, 1, TURN // 3, TURN - 1):
        mean = summed([phase])
        assert abs(mean.mean() - phase) < TURN * LOCKED_ERROR or phase == TURN - 1
        assert mean.length() >= ONE - 2
