"""A simulated crystal: exact over a day, and exactly invertible."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ascpi.simulation.crystal import BILLION, PPB_LIMIT, Crystal, Temperature

SECOND_US = 1_000_000
DAY_S = 86_400

ppbs = st.integers(-PPB_LIMIT // 2, PPB_LIMIT // 2)
times_us = st.integers(0, 2 * DAY_S * SECOND_US)
waves = st.none() | st.builds(
    Temperature,
    st.integers(-PPB_LIMIT // 2, PPB_LIMIT // 2),
    st.integers(1, 10**10),
    st.floats(0, 1, exclude_max=True),
)


@given(ppbs, times_us, times_us)
def test_without_a_temperature_it_is_the_plain_formula(ppb: int, one: int, other: int) -> None:
    """The one of virtual boards, too: floor(elapsed · (1 + ppb/10^9))."""
    from_us, to_us = sorted((one, other))
    elapsed_us = to_us - from_us
    assert Crystal(ppb).count(from_us, to_us) == elapsed_us * (BILLION + ppb) // BILLION


@pytest.mark.parametrize("phase", [0.0, 0.3, 0.77])
@pytest.mark.parametrize("period_s", [47, 600, 5000])
def test_over_a_day_it_is_the_integral_of_its_error(phase: float, period_s: int) -> None:
    """Against Simpson's rule with steps of a second: that is right to 10^-4 µs at 47 s."""
    crystal = Crystal(-23_456, Temperature(5000, period_s * SECOND_US, phase))
    halves_s = np.arange(2 * DAY_S + 1) / 2
    error = 5000e-9 * np.sin(2 * math.pi * (halves_s / period_s + phase)) - 23_456e-9
    steps = (error[0:-1:2] + 4 * error[1::2] + error[2::2]) / 6 * SECOND_US
    integral_us = np.concatenate([[0.0], np.cumsum(steps)])
    for at_s in (1, 17, 300, 3600, 40_000, DAY_S):
        counted = crystal.count(0, at_s * SECOND_US) - at_s * SECOND_US
        # What is counted is cut off to whole µs.
        assert integral_us[at_s] - 1.001 < counted <= integral_us[at_s] + 0.001


@given(ppbs, waves, times_us, times_us, times_us)
def test_a_stretch_in_two_parts_counts_as_in_one(
    ppb: int, wave: Temperature | None, one: int, two: int, three: int
) -> None:
    """To the one µs that either cut can take: nothing adds up."""
    crystal = Crystal(ppb, wave)
    begin, middle, end = sorted((one, two, three))
    parts = crystal.count(begin, middle) + crystal.count(middle, end)
    assert parts <= crystal.count(begin, end) <= parts + 1


@given(ppbs, waves, times_us, st.integers(0, 2 * DAY_S * SECOND_US))
def test_the_inverse_is_the_first_microsecond_of_a_count(
    ppb: int, wave: Temperature | None, from_us: int, count: int
) -> None:
    crystal = Crystal(ppb, wave)
    true_us = crystal.first_us(from_us, count)
    assert crystal.count(from_us, true_us) >= count
    assert crystal.count(from_us, true_us - 1) < count


def test_its_error_swings_about_the_constant() -> None:
    crystal = Crystal(10_000, Temperature(5000, 600 * SECOND_US, 0.25))
    swing = [crystal.error_ppb(at_s * SECOND_US) for at_s in (0, 150, 300, 450, 600)]
    assert swing == pytest.approx([15_000, 10_000, 5_000, 10_000, 15_000])
    assert Crystal(7).error_ppb(123) == 7


def test_no_crystal_runs_backwards() -> None:
    with pytest.raises(ValueError, match="ppb off"):
        Crystal(PPB_LIMIT, Temperature(1, 1000))
    with pytest.raises(ValueError, match="period"):
        Temperature(5, 0)
