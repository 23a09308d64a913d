"""Differences of phases on the shortest arc."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from ascpi_core.fixed import HALF_TURN, TURN, arc
from ascpi_core.fusion import midpoint
from ascpi_core.settings import phase_of_ratio

phases = st.integers(0, TURN - 1)


@given(phases, phases)
def test_an_arc_leads_from_origin_to_target_the_short_way(target: int, origin: int) -> None:
    way = arc(target, origin)
    assert -HALF_TURN <= way < HALF_TURN
    assert (origin + way) % TURN == target


@given(phases, phases)
def test_an_arc_back_is_the_arc_there_turned_round(one: int, other: int) -> None:
    there, back = arc(one, other), arc(other, one)
    assert there == -back or there == back == -HALF_TURN


@given(phases, phases)
def test_the_midpoint_is_as_far_from_either(one: int, other: int) -> None:
    middle = midpoint(one, other)
    assert 0 <= middle < TURN
    assert abs(abs(arc(one, middle)) - abs(arc(middle, other))) <= 1
    assert abs(arc(middle, other)) <= TURN // 4


def test_the_midpoint_of_two_half_a_turn_apart_is_a_quarter_before_the_other() -> None:
    assert midpoint(0, HALF_TURN) == TURN // 4
    assert midpoint(HALF_TURN, 0) == TURN * 3 // 4


def test_the_midpoint_across_zero() -> None:
    assert midpoint(phase_of_ratio(9, 10), phase_of_ratio(1, 10)) in (0, TURN - 1)


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_from_ratio_is_the_nearest_phase(numerator: int, denominator: int) -> None:
    exact = Fraction(numerator, denominator) * TURN
    off = (phase_of_ratio(numerator, denominator) - exact + HALF_TURN) % TURN - HALF_TURN
    assert abs(off) <= Fraction(1, 2)
