import pytest

from ascpi.truth.field import Field


def test_nothing_is_certain_before_a_report() -> None:
    assert list(Field([1, 2]).moments(10_000_000)) == []


def test_instants_wait_for_the_slowest_reporter() -> None:
    field = Field([1, 2], grid_us=20_000)
    field.add(1, 1_005_000, 0.0)
    field.add(2, 1_015_000, 0.0)
    field.add(1, 1_105_000, 0.1)
    assert [moment.true_us for moment in field.moments(1_110_000)] == []
    field.add(2, 1_065_000, 0.05)
    assert [m.true_us for m in field.moments(1_110_000)] == [1_020_000, 1_040_000, 1_060_000]
    assert list(field.moments(1_110_000)) == []


def test_a_silent_node_is_waited_for_only_so_long() -> None:
    field = Field([1, 2], silent_after_us=1_000_000)
    field.add(1, 0, 0.0)
    assert list(field.moments(999_999)) == []
    (moment,) = field.moments(1_000_001)
    assert moment.missing == {2}
    assert moment.phases == {1: 0.0}


def test_moment_of_two() -> None:
    field = Field([1, 2])
    field.add(1, 0, 0.24)
    field.add(2, 0, 0.81)
    moment = field.at(0)
    assert moment.mean == pytest.approx(0.025)
    assert moment.deviations[1] == pytest.approx(0.215)
    assert moment.deviations[2] == pytest.approx(-0.215)
    assert moment.worst == pytest.approx(0.215)
    assert moment.coherence == pytest.approx(0.020, abs=5e-4)
