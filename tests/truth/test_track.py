import pytest

from ascpi.truth.circle import arc
from ascpi.truth.track import KEPT, Track


def test_unknown_before_the_first_report() -> None:
    track = Track()
    assert track.at(0) is None
    assert track.last_us is None
    track.add(100, 0.5)
    assert track.at(99) is None


def test_carried_on_at_the_nominal_rate_then_silent() -> None:
    track = Track(silent_after_us=1_000_000)
    track.add(1_000_000, 0.9)
    assert track.at(1_250_000) == pytest.approx(0.15)
    assert track.at(2_000_000) == pytest.approx(0.9)
    assert track.at(2_000_001) is None


def test_half_the_rate() -> None:
    track = Track(rate_mhz=500)
    track.add(0, 0.0)
    assert track.at(500_000) == pytest.approx(0.25)


def test_steering_between_reports_is_spread_evenly() -> None:
    track = Track()
    track.add(0, 0.0)
    track.add(100_000, 0.08)  # 0.02 turn behind the nominal rate
    assert track.at(50_000) == pytest.approx(0.04)
    assert track.at(100_000) == pytest.approx(0.08)
    assert track.at(200_000) == pytest.approx(0.18)


def test_a_crystal_of_40_ppm_is_met_exactly_at_and_between_reports() -> None:
    track = Track()
    rate = 1.00004e-6
    for report in range(10):
        at_us = report * 100_000
        track.add(at_us, at_us * rate % 1.0)
    for at_us in range(0, 900_000, 7_919):
        phase = track.at(at_us)
        assert phase is not None
        assert arc(phase, at_us * rate) == pytest.approx(0.0, abs=1e-9)


def test_a_gap_in_the_reports_is_not_bridged() -> None:
    track = Track(silent_after_us=1_000_000)
    track.add(0, 0.0)
    track.add(1_500_000, 0.5)
    assert track.at(700_000) is None
    assert track.at(1_600_000) == pytest.approx(0.6)


def test_a_restart_begins_anew() -> None:
    track = Track()
    track.add(1_000, 0.5, epoch=1)
    track.add(2_000, 0.1, epoch=2)
    assert track.at(1_500) is None
    assert track.at(2_000) == pytest.approx(0.1)


def test_reports_out_of_order_are_passed_over_and_old_ones_forgotten() -> None:
    track = Track()
    for report in range(KEPT + 10):
        track.add(report * 100_000, 0.1 * report % 1.0)
    track.add(5, 0.77)
    assert track.last_us == (KEPT + 9) * 100_000
    assert track.at(9 * 100_000) is None
    assert track.at(10 * 100_000) == pytest.approx(0.0, abs=1e-9)
