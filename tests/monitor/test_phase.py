"""A phase between reports, and how many come a second."""

import pytest

from ascpi.monitor.meter import RateMeter
from ascpi.monitor.phase import PhaseTrack
from ascpi_core.fixed import TICKS_MASK

RATE_MHZ = 1000


def test_it_is_carried_on_at_the_nominal_rate() -> None:
    track = PhaseTrack(RATE_MHZ)
    track.add(ticks=500, theta=0.25, at_us=10_000_000)
    assert track.at(10_000_000) == pytest.approx(0.25)
    assert track.at(10_900_000) == pytest.approx(0.15)


def test_a_late_line_does_not_make_it_jump() -> None:
    track = PhaseTrack(RATE_MHZ)
    track.add(0, 0.0, 10_000_000)
    # 60 ms late: by then the phase is 0.16.
    track.add(100_000, 0.1, 10_160_000)
    assert track.at(10_160_000) == pytest.approx(0.16)


def test_ticks_may_wrap() -> None:
    track = PhaseTrack(RATE_MHZ)
    track.add(TICKS_MASK - 49_999, 0.5, 10_000_000)
    track.add(50_000, 0.6, 10_100_000)
    assert track.at(10_100_000) == pytest.approx(0.6)


def test_a_clock_that_is_set_anew_is_followed() -> None:
    track = PhaseTrack(RATE_MHZ)
    track.add(900_000_000, 0.5, 10_000_000)
    track.add(1_000, 0.9, 10_100_000)
    assert track.at(10_200_000) == pytest.approx(0.0, abs=1e-9)


def test_silence_is_three_seconds_or_three_intervals() -> None:
    track = PhaseTrack(RATE_MHZ)
    assert track.is_silent(0)
    track.add(0, 0.0, 0)
    assert not track.is_silent(3_000_000)
    assert track.at(3_000_001) is None
    track.add(20_000_000, 0.0, 20_000_000)
    track.add(40_000_000, 0.0, 40_000_000)
    assert not track.is_silent(100_000_000)
    assert track.is_silent(100_000_001)


def test_a_slower_field_turns_more_slowly() -> None:
    track = PhaseTrack(rate_mhz=100)
    track.add(0, 0.0, 0)
    assert track.at(1_000_000) == pytest.approx(0.1)


def test_ten_a_second() -> None:
    meter = RateMeter()
    assert meter.per_second(0) == 0.0
    for index in range(100):
        meter.add(index * 100_000)
    assert meter.per_second(9_900_000) == pytest.approx(10.0)
    assert meter.per_second(12_400_000) == pytest.approx(5.0)
    assert meter.per_second(20_000_000) == 0.0


def test_at_first_the_gaps_count() -> None:
    meter = RateMeter()
    meter.add(1_000_000)
    assert meter.per_second(1_000_000) == 0.0
    meter.add(1_500_000)
    assert meter.per_second(1_500_000) == pytest.approx(2.0)
