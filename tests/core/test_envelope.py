"""The upper envelope of a line seen only too low."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ascpi_core.envelope import BLOCK_US, Envelope, carried


@given(st.integers(-(1 << 18) + 1, (1 << 18) - 1), st.integers(-(1 << 23), 1 << 23))
def test_carried_is_slope_times_time(slope: int, elapsed_us: int) -> None:
    """To 2 µs over two blocks of time."""
    assert abs(carried(slope, elapsed_us) - slope * elapsed_us / 2**30) <= 2


@given(st.lists(st.integers(-(1 << 20), 1 << 20), min_size=1, max_size=30))
def test_without_a_slope_it_is_the_largest_so_far(values: list[int]) -> None:
    envelope = Envelope()
    for now, value in enumerate(values):
        assert envelope.observe(now, value, 0) == max(values[: now + 1])
    assert envelope.at(len(values), 0) == max(values)
    assert envelope.best_value == max(values)
    assert envelope.best_ticks == values.index(max(values))


@pytest.mark.parametrize("slope", [-85_899, 0, 85_899])
def test_it_finds_a_line_of_80_ppm_under_one_sided_noise(slope: int) -> None:
    chance = random.Random(slope)
    envelope = Envelope()
    for now in range(0, BLOCK_US, 50_000):
        true = slope * now / 2**30
        envelope.observe(now, round(true - chance.expovariate(1 / 3000)), slope)
    # The best of 84 delays of 3 ms on average: 36 µs below, 250 µs hardly ever.
    assert -250 < envelope.at(BLOCK_US, slope) - slope * BLOCK_US / 2**30 <= 2


def test_the_block_before_still_counts_and_the_one_before_that_does_not() -> None:
    envelope = Envelope()
    envelope.observe(0, 500, 0)
    envelope.begin_block(BLOCK_US, 0)
    envelope.observe(BLOCK_US, 100, 0)
    assert envelope.at(BLOCK_US, 0) == 500
    envelope.begin_block(2 * BLOCK_US, 0)
    assert envelope.at(2 * BLOCK_US, 0) == 100
    envelope.begin_block(3 * BLOCK_US, 0)
    assert not envelope.known


def test_a_block_is_carried_on_along_the_slope() -> None:
    envelope = Envelope()
    slope = 1 << 17
    envelope.observe(0, 0, slope)
    envelope.begin_block(BLOCK_US, slope)
    assert envelope.at(BLOCK_US, slope) == carried(slope, BLOCK_US)
    assert envelope.at(2 * BLOCK_US, slope) == pytest.approx(carried(slope, 2 * BLOCK_US), abs=1)


def test_what_was_cleared_does_not_come_back_with_a_new_block() -> None:
    envelope = Envelope()
    envelope.observe(0, 10_000, 0)
    envelope.clear()
    envelope.begin_block(BLOCK_US, 0)
    assert not envelope.known
    assert envelope.observe(BLOCK_US, -7, 0) == -7


def test_over_the_wrap_of_the_ticks() -> None:
    envelope = Envelope()
    slope = 1 << 16
    start = (1 << 30) - 1000
    envelope.observe(start, 5, slope)
    assert envelope.at(1_000_000 - 1000, slope) == 5 + carried(slope, 1_000_000)
