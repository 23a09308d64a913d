"""Ticks wrap after 17.9 min, and nobody notices."""

from hypothesis import given
from hypothesis import strategies as st

from ascpi_core.fixed import TICKS_HALF, TICKS_MASK, ticks_add, ticks_diff

PERIOD = TICKS_MASK + 1
ticks = st.integers(0, TICKS_MASK)
deltas = st.integers(-TICKS_HALF, TICKS_HALF - 1)


@given(ticks, deltas)
def test_a_difference_is_what_was_added(start: int, delta: int) -> None:
    later = ticks_add(start, delta)
    assert 0 <= later < PERIOD
    assert later == (start + delta) % PERIOD
    assert ticks_diff(later, start) == delta


@given(ticks, ticks)
def test_a_difference_lies_within_half_a_period(one: int, other: int) -> None:
    difference = ticks_diff(one, other)
    assert -TICKS_HALF <= difference < TICKS_HALF
    assert (difference - (one - other)) % PERIOD == 0


def test_the_wrap() -> None:
    assert ticks_diff(0, TICKS_MASK) == 1
    assert ticks_diff(TICKS_MASK, 0) == -1
    assert ticks_diff(TICKS_HALF, 0) == -TICKS_HALF
