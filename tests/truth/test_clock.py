import pytest

from ascpi.truth.clock import TICKS_PERIOD, MonotonicClock
from ascpi.virtual.crystal import Crystal


@pytest.mark.parametrize("true_us", [0, 5, TICKS_PERIOD - 1, TICKS_PERIOD, 7 * TICKS_PERIOD + 3])
@pytest.mark.parametrize("late_us", [-200_000_000, 0, 3_000, 200_000_000])
def test_monotonic_clock_undoes_the_wrap(true_us: int, late_us: int) -> None:
    assert MonotonicClock().true_us(true_us % TICKS_PERIOD, true_us + late_us) == true_us


def test_a_crystal_without_error_is_the_same_clock() -> None:
    crystal = Crystal()
    crystal.power_on(1_000, 1_000, 0)
    ticks = crystal.ticks(5_000_000)
    assert crystal.true_us(ticks, 5_100_000) == MonotonicClock().true_us(ticks, 5_100_000)
