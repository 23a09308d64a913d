import random

import pytest

from ascpi.virtual.crystal import TICKS_PERIOD, Crystal


@pytest.mark.parametrize("ppb", [0, 40_000, -40_000, 1, -1, 12_345_678, -99_999_999])
@pytest.mark.parametrize("ticks_start", [0, TICKS_PERIOD - 5])
def test_ticks_lead_back_to_the_first_microsecond_that_shows_them(
    ppb: int, ticks_start: int
) -> None:
    crystal = Crystal()
    crystal.power_on(10**9, ticks_start, ppb)
    chance = random.Random(ppb)
    for _ in range(500):
        true_us = 10**9 + chance.randrange(1, 10**10)
        ticks = crystal.ticks(true_us)
        near_us = true_us + chance.randrange(-(10**8), 10**8)
        back_us = crystal.true_us(ticks, near_us)
        assert crystal.ticks(back_us) == ticks
        assert crystal.ticks(back_us - 1) != ticks
        # A slow crystal shows one count for a few µs at most at these rates.
        assert 0 <= true_us - back_us <= 1


def test_the_formula_is_the_design_s() -> None:
    crystal = Crystal()
    crystal.power_on(1_000, 7, 40_000)
    assert crystal.ticks(1_000 + 10**9) == (7 + 10**9 * (10**9 + 40_000) // 10**9) % TICKS_PERIOD


def test_a_change_of_rate_continues_the_count() -> None:
    crystal = Crystal()
    crystal.power_on(0, 0, 20_000)
    crystal.change(1_000_000, -20_000)
    assert crystal.ticks(999_999) == 1_000_018
    assert crystal.ticks(1_000_000) == 1_000_020
    assert crystal.ticks(2_000_000) == 2_000_000
    for true_us in (500_000, 1_500_000):
        assert crystal.true_us(crystal.ticks(true_us), 1_200_000) == true_us


def test_after_a_step_back_the_nearer_of_two_times_is_meant() -> None:
    crystal = Crystal()
    crystal.power_on(0, 0, 0)
    crystal.change(1_000_000, 0, step_us=-400_000)
    assert crystal.true_us(800_000, near_us=850_000) == 800_000
    assert crystal.true_us(800_000, near_us=1_180_000) == 1_200_000


def test_a_line_from_before_a_reset_is_still_understood() -> None:
    crystal = Crystal()
    crystal.power_on(0, 0, 40_000)
    crystal.power_on(5_000_000, 0, 40_000)
    before = crystal.ticks(4_990_000)
    assert abs(crystal.true_us(before, near_us=5_004_000) - 4_990_000) <= 1
    assert crystal.true_us(3_000, near_us=5_004_000) == 5_003_000


def test_power_on_cancels_a_change_that_was_to_come() -> None:
    crystal = Crystal()
    crystal.power_on(0, 0, 0)
    crystal.change(2_000, 50_000)
    crystal.power_on(1_000, 0, 0)
    assert crystal.ticks(3_000) == 2_000
