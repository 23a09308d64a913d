"""Q15 functions: exhaustively, or at all the places where they turn."""

import math
from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ascpi_core.fixed import ONE, exp_negative, square_root
from ascpi_core.fusion import geometric_mean, harmonic_mean
from ascpi_core.settings import unit_of_ratio

EXP_ERROR = 1e-4


def test_exp_negative_for_every_input() -> None:
    inputs = range((11 << 15) + 2)
    results = np.array([exp_negative(x) for x in inputs])
    errors = np.abs(results / ONE - np.exp(-np.array(inputs) / ONE))
    assert errors.max() < EXP_ERROR
    assert results[0] == ONE
    assert results[-1] == 0
    assert (np.diff(results) <= 0).all()


def test_square_root_around_every_square() -> None:
    for root in range(1, 1 << 15):
        square = root * root
        assert square_root(square - 1) == root - 1
        assert square_root(square) == root
        assert square_root(square + 1) == root if root > 1 else True
    assert square_root(0) == 0
    assert square_root((1 << 30) - 1) == (1 << 15) - 1


@given(st.integers(0, (1 << 30) - 1))
def test_square_root_is_the_floor(value: int) -> None:
    assert square_root(value) == math.isqrt(value)


@given(st.integers(0, ONE - 1), st.integers(0, ONE - 1))
def test_harmonic_mean_is_rounded_to_nearest(one: int, other: int) -> None:
    result = harmonic_mean(one, other)
    if one + other == 0:
        assert result == 0
    else:
        assert abs(result - Fraction(2 * one * other, one + other)) <= Fraction(1, 2)
    assert result == harmonic_mean(other, one)


@given(st.integers(0, ONE), st.integers(0, ONE))
def test_geometric_mean_lies_between_and_is_the_floor(one: int, other: int) -> None:
    result = geometric_mean(one, other)
    assert min(one, other) <= result <= max(one, other)
    assert result == math.isqrt(one * other)


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_from_ratio_is_the_nearest(numerator: int, denominator: int) -> None:
    exact = Fraction(numerator * ONE, denominator)
    assert abs(unit_of_ratio(numerator, denominator) - exact) <= Fraction(1, 2)
