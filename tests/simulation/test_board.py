"""A simulated board's ticks: they start anywhere, wrap, and go on over a change of the crystal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ascpi.simulation import Board, Crystal, Temperature, make_node
from ascpi_core.fixed import TICKS_MASK, ticks_diff

WRAP = TICKS_MASK + 1
SECOND_US = 1_000_000
HOUR_US = 3600 * SECOND_US


def board(ticks_start: int = 0, ppb: int = 25_000, boot_us: int = 0) -> Board:
    made = Board(1, Crystal(ppb, Temperature(5000, 600 * SECOND_US, 0.4)), ticks_start, {})
    made.switch_on(boot_us)
    return made


def test_ticks_start_anywhere_and_again_with_each_boot() -> None:
    made = board(ticks_start=12_345, boot_us=500)
    assert made.ticks(500) == 12_345
    made.switch_on(7 * SECOND_US)
    assert made.ticks(7 * SECOND_US) == 12_345
    assert made.epoch == 2


def test_ticks_wrap_where_they_are_said_to() -> None:
    made = board(ticks_start=WRAP - 90 * SECOND_US)
    wraps = made.wraps_us(2 * HOUR_US)
    # The first after 90 s, then one every 17.9 min: 6 more in the 118.5 min that are left.
    assert len(wraps) == 7
    assert wraps[0] == pytest.approx(90 * SECOND_US, abs=3000)
    for at_us in wraps:
        assert made.ticks(at_us - 1) > WRAP - 10
        assert made.ticks(at_us) < 10


@given(st.integers(0, TICKS_MASK), st.integers(0, 24 * HOUR_US), st.integers(-(10**8), 10**8))
def test_ticks_tell_true_time(start: int, at_us: int, away_us: int) -> None:
    """A count is shown for one µs, or two by a slow crystal: the first is found."""
    made = board(ticks_start=start, ppb=-30_000)
    near_us = max(0, at_us + away_us)
    assert 0 <= at_us - made.true_us(made.ticks(at_us), near_us) <= 1


def test_another_crystal_makes_no_jump() -> None:
    made, calm = board(), board()
    at_us = 40 * SECOND_US
    made.change_crystal(at_us, Crystal(300_000))
    assert made.ticks(at_us) == calm.ticks(at_us)
    ahead = ticks_diff(made.ticks(at_us + SECOND_US), made.ticks(at_us)) - SECOND_US
    assert ahead == 300


def test_turns_are_those_of_its_node() -> None:
    made = board()
    made.node = make_node(1, 1, made.ticks(0), phase=0.25)
    assert made.turns(0) == pytest.approx(0.25, abs=1e-6)
    made.node.tick(made.ticks(0))
    # A second of a crystal that is some 30 ppm fast.
    assert made.turns(SECOND_US) == pytest.approx(0.25003, abs=1e-5)
