"""The law of CPS, alone."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from ascpi_core.fixed import HALF_TURN, TURN, arc
from ascpi_core.phase import (
    ALPHA_ACQUIRE,
    ALPHA_APPROACH,
    ALPHA_DEFAULT,
    ALPHA_SCALE,
    APPROACH_ARC,
    correction,
    gain_of,
)
from ascpi_core.settings import phase_of_ratio

errors = st.integers(-HALF_TURN, HALF_TURN)
alphas = st.integers(1, ALPHA_SCALE)


@given(errors, alphas)
def test_a_correction_is_alpha_times_the_error_to_nearest(error: int, alpha: int) -> None:
    exact = Fraction(error * alpha, ALPHA_SCALE)
    assert abs(correction(error, alpha) - exact) <= Fraction(1, 2)


def test_the_default_is_the_source_s_alpha() -> None:
    assert Fraction(ALPHA_DEFAULT, ALPHA_SCALE) == Fraction(1, 100)
    step = correction(arc(phase_of_ratio(81, 100), phase_of_ratio(24, 100)), ALPHA_DEFAULT)
    assert abs(step / TURN + 0.0043) < 1e-8


def test_gears() -> None:
    """Far off the fast one, near by the approach, never less than in lock."""
    assert gain_of(APPROACH_ARC + 1, ALPHA_DEFAULT, ALPHA_ACQUIRE) == ALPHA_ACQUIRE
    assert gain_of(-APPROACH_ARC - 1, ALPHA_DEFAULT, ALPHA_ACQUIRE) == ALPHA_ACQUIRE
    assert gain_of(APPROACH_ARC, ALPHA_DEFAULT, ALPHA_ACQUIRE) == ALPHA_APPROACH
    assert gain_of(0, ALPHA_DEFAULT, ALPHA_ACQUIRE) == ALPHA_APPROACH
    assert gain_of(0, 2000, ALPHA_ACQUIRE) == 2000
    assert gain_of(HALF_TURN, ALPHA_DEFAULT, ALPHA_DEFAULT) == ALPHA_DEFAULT
    assert gain_of(0, ALPHA_DEFAULT, ALPHA_DEFAULT) == ALPHA_DEFAULT


@given(errors, st.integers(1, 2500))
def test_steps_with_a_fixed_target_never_overshoot_and_arrive(error: int, alpha: int) -> None:
    """To where a step is less than half a unit: 50 units at α = 0.01, 0.2 µs at 1 turn/s."""
    rest = error
    for _ in range(60):
        moved = correction(rest, alpha)
        assert abs(rest - moved) <= abs(rest)
        rest -= moved
    expected = abs(error) * (1 - alpha / ALPHA_SCALE) ** 60
    assert abs(abs(rest) - expected) <= ALPHA_SCALE / alpha


def test_alone_the_source_s_alpha_needs_five_seconds_for_most_of_a_gap() -> None:
    """Why there are gears: 100 steps of 50 ms leave 37 % of the way."""
    rest = HALF_TURN
    for _ in range(100):
        rest -= correction(rest, ALPHA_DEFAULT)
    assert 0.36 < rest / HALF_TURN < 0.38
