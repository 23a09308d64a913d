"""Sine, cosine and angle against float64."""

import math
import random

import numpy as np
import pytest

from ascpi_core.fixed import ANGLE_TABLE, SINE_ONE, SINE_TABLE, TURN, angle, cosine, sine
from tests.core.search import worst_angle

SINE_ERROR = 2.2e-6
"""Interpolation 1.2e-6, the entries' and the result's rounding half a unit of 2^-20 each."""

ANGLE_ERROR = 6e-7
"""In turns: interpolation 1.9e-7, the cut of the vector to 20 bits and of the ratio to 2^-20."""


def test_every_entry_of_the_tables_is_the_nearest_integer() -> None:
    sines = [round(SINE_ONE * math.sin(math.pi * k / 1024)) for k in range(513)]
    angles = [round(TURN * math.atan2(k, 256) / math.tau) for k in range(257)]
    assert SINE_TABLE[:513] == sines
    assert ANGLE_TABLE[:257] == angles


def test_sine_and_cosine_at_every_edge_and_in_between() -> None:
    chance = random.Random(1)
    edges = [index * (TURN // 2048) + off for index in range(2048) for off in (-1, 0, 1, 65536)]
    phases = [at % TURN for at in edges] + [chance.randrange(TURN) for _ in range(20_000)]
    radians = np.array(phases) * (math.tau / TURN)
    for function, reference in ((sine, np.sin), (cosine, np.cos)):
        results = np.array([function(phase) for phase in phases]) / SINE_ONE
        assert np.abs(results - reference(radians)).max() < SINE_ERROR


@pytest.mark.parametrize("quarter", range(4))
def test_the_axes_are_exact(quarter: int) -> None:
    phase = quarter * (TURN // 4)
    expected = [(0, 1), (1, 0), (0, -1), (-1, 0)][quarter]
    assert (sine(phase), cosine(phase)) == tuple(SINE_ONE * part for part in expected)
    for length in (1, 7, 1 << 20, 1 << 29):
        assert angle(expected[0] * length, expected[1] * length) == phase


def test_the_angle_of_nothing_is_zero() -> None:
    assert angle(0, 0) == 0


def test_the_worst_angle_that_a_search_finds(capsys: pytest.CaptureFixture[str]) -> None:
    error, y, x = worst_angle(rounds=150, seed=1)
    with capsys.disabled():
        print(f"\n  angle: {error:.3g} turn at y={y} x={x}")
    assert error < ANGLE_ERROR
