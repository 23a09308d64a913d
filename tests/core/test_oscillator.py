"""The oscillator: its phase is an exact function of ticks, however it is asked."""

from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ascpi_core.fixed import TICKS_MASK, TURN
from ascpi_core.phase import RATE_MAXIMUM_MHZ, RATE_MINIMUM_MHZ, TRIM_MAXIMUM, Oscillator

WORD = 1 << 54
PERIOD = TICKS_MASK + 1

rates = st.integers(RATE_MINIMUM_MHZ, RATE_MAXIMUM_MHZ)
trims = st.integers(-TRIM_MAXIMUM, TRIM_MAXIMUM)
ticks = st.integers(0, TICKS_MASK)
# Passes of a loop, a collection, a long sleep; some exactly at the edge between the two ways.
steps = st.integers(0, 70_000) | st.integers(0, (1 << 29) - 1) | st.sampled_from([65535, 65536])


def rate_word(rate_mhz: int) -> int:
    """The nominal rate in 2^-54 turn/µs, to nearest: the oscillator's only rounding."""
    return int(Fraction(rate_mhz * WORD, 10**9) + Fraction(1, 2))


def exact(theta: int, rate_mhz: int, trim: int, elapsed_us: int) -> int:
    """Phase after so long, floor of the exact rational."""
    return int(theta + (rate_word(rate_mhz) + trim) * elapsed_us // (WORD // TURN)) % TURN


@given(rates, trims, ticks, st.integers(0, TURN - 1), st.lists(steps, min_size=1, max_size=12))
def test_any_partition_of_time_gives_the_same_exact_phase(
    rate_mhz: int, trim: int, start: int, theta: int, parts: list[int]
) -> None:
    oscillator = Oscillator(rate_mhz, start, theta)
    oscillator.set_trim(trim, start)
    elapsed = 0
    for part in parts:
        elapsed += part
        oscillator.advance((start + elapsed) % PERIOD)
        assert oscillator.theta == exact(theta, rate_mhz, trim, elapsed)


@given(rates, trims, st.lists(st.integers(-65535, 65535), min_size=1, max_size=12))
def test_small_steps_back_are_undone_exactly(rate_mhz: int, trim: int, parts: list[int]) -> None:
    oscillator = Oscillator(rate_mhz, 0)
    oscillator.set_trim(trim, 0)
    for part in parts:
        oscillator.advance((oscillator.ticks + part) % PERIOD)
    assert oscillator.theta == exact(0, rate_mhz, trim, sum(parts))


def test_a_day_in_steps_of_50_ms_over_80_wraps_is_exact() -> None:
    """24 h at 1.001 turn/s, with a trim; a float64 would be off by several units."""
    oscillator = Oscillator(1001, TICKS_MASK - 5)
    oscillator.set_trim(12_345, TICKS_MASK - 5)
    now = TICKS_MASK - 5
    day_us = 86_400 * 10**6
    for step_us in (50_000, 49_999, 50_001, 350_000_000):
        for _ in range(1000):
            now += step_us
            oscillator.advance(now % PERIOD)
    elapsed = now - (TICKS_MASK - 5)
    assert elapsed > day_us
    assert oscillator.theta == exact(0, 1001, 12_345, elapsed)


@pytest.mark.parametrize("rate_mhz", [RATE_MINIMUM_MHZ, 100, 1000, RATE_MAXIMUM_MHZ])
def test_the_nominal_rate_is_right_to_half_a_step(rate_mhz: int) -> None:
    """One turn at 1 turn/s: after 10^6 s the phase is off by 28 µturn at most."""
    relative = abs(Fraction(rate_word(rate_mhz), WORD) * 10**9 / rate_mhz - 1)
    assert relative <= Fraction(10**9, rate_mhz * WORD * 2)
    assert relative < Fraction(1, 350_000_000)


def test_the_resolution_of_the_trim() -> None:
    """Steps of 5.6·10^-11 at 1 turn/s, 10^-9 at 0.056, 5.6·10^-9 at the slowest rate."""
    for rate_mhz, resolution in ((1000, 5.6e-11), (56, 1e-9), (RATE_MINIMUM_MHZ, 5.6e-9)):
        assert 1 / rate_word(rate_mhz) <= resolution
    one, other = Oscillator(1000, 0), Oscillator(1000, 0)
    other.set_trim(1, 0)
    for second in range(1, 101):
        one.advance(second * 10_000_000 % PERIOD)
        other.advance(second * 10_000_000 % PERIOD)
    assert (other.theta - one.theta) % TURN in (14, 15)  # 10^9 µs · 2^-54 turn/µs = 14.9 units


def test_the_range_of_the_trim() -> None:
    oscillator = Oscillator(1000, 0)
    for asked, taken in ((1 << 25, TRIM_MAXIMUM), (-(1 << 25), -TRIM_MAXIMUM)):
        oscillator.set_trim(asked, 0)
        assert oscillator.trim == taken
    assert abs(Fraction(TRIM_MAXIMUM, rate_word(1000))) > Fraction(930, 10**6)


def test_a_trim_counts_from_the_moment_it_is_set() -> None:
    oscillator = Oscillator(1000, 0)
    oscillator.set_trim(TRIM_MAXIMUM, 1_000_000)
    oscillator.advance(2_000_000)
    half = (rate_word(1000) * 2_000_000 + TRIM_MAXIMUM * 1_000_000) // (WORD // TURN)
    assert oscillator.theta == half % TURN


def test_a_clock_that_was_set_back_stops_nothing_and_tells_nothing() -> None:
    oscillator = Oscillator(1000, 10_000_000, 77)
    oscillator.advance(5_000_000)
    assert (oscillator.theta, oscillator.ticks) == (77, 5_000_000)
    oscillator.advance(5_250_000)
    assert abs(oscillator.theta - 77 - TURN // 4) <= 1


@given(rates, trims, st.integers(-(1 << 24) + 1, (1 << 24) - 1))
@example(RATE_MAXIMUM_MHZ, TRIM_MAXIMUM, (1 << 24) - 1)
@example(RATE_MAXIMUM_MHZ, -TRIM_MAXIMUM, -(1 << 24) + 1)
def test_at_looks_16_s_either_way_to_10_units(rate_mhz: int, trim: int, elapsed: int) -> None:
    oscillator = Oscillator(rate_mhz, 1 << 29, 0)
    oscillator.set_trim(trim, 1 << 29)
    looked = oscillator.at(((1 << 29) + elapsed) % PERIOD)
    off = looked - exact(0, rate_mhz, trim, elapsed)
    assert abs((off + TURN // 2) % TURN - TURN // 2) <= 10
    assert (oscillator.theta, oscillator.ticks) == (0, 1 << 29)


@given(rates, st.integers(1 - TURN, TURN - 1))
def test_the_time_that_an_arc_takes_is_right_to_2_us(rate_mhz: int, arc: int) -> None:
    true = Fraction(arc, TURN) * 10**9 / rate_mhz
    assert abs(Oscillator(rate_mhz, 0).duration(arc) - true) <= 2


@given(rates, st.integers(-(1 << 18) + 1, (1 << 18) - 1))
def test_the_rate_that_belongs_to_a_skew(rate_mhz: int, skew: int) -> None:
    """To 0.1 %, and to one of its steps."""
    drift = Oscillator(rate_mhz, 0).drift_of_skew(skew)
    true = Fraction(skew, 1 << 30) * rate_word(rate_mhz)
    assert abs(drift - true) <= abs(true) / 1000 + 1


def test_ppm_are_kept() -> None:
    """A trim of 40 ppm is 40 µturn a second."""
    oscillator = Oscillator(1000, 0)
    oscillator.set_trim(rate_word(1000) * 40 // 10**6, 0)
    oscillator.advance(100_000_000)
    assert abs(oscillator.theta / TURN - 0.004) < 1e-7


@given(rates, trims, st.integers(1 << 24, 1 << 27))
def test_at_beyond_16_s_is_still_right_to_a_few_units(
    rate_mhz: int, trim: int, elapsed: int
) -> None:
    """What a stalled node asks before its next step: long integers, but the same phase."""
    oscillator = Oscillator(rate_mhz, 0, 0)
    oscillator.set_trim(trim, 0)
    off = oscillator.at(elapsed) - exact(0, rate_mhz, trim, elapsed)
    assert abs((off + TURN // 2) % TURN - TURN // 2) <= 10 * (elapsed >> 22)
