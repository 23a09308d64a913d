"""The figures of recordings whose figures are known."""

import numpy as np
import pytest

from ascpi.bench.hours.figures import busiest_second, lock_since, run_figures
from ascpi.simulation import SECOND_US
from tests.bench.hours.synthetic import courses, recording


def test_of_nodes_that_stay_where_they_are() -> None:
    """100 µs either way of the mean, and one on it."""
    found = run_figures(recording(courses(30, -100, 0, 100)), after_s=10)
    assert found.time_to_lock_s == pytest.approx(0.05)
    assert found.lock_losses == 0
    assert found.speed == pytest.approx(15)
    figures = found.figures
    assert figures is not None
    assert (figures.from_s, figures.to_s) == (10, 30)
    assert figures.rms_us == pytest.approx(81.65, abs=0.01)
    assert figures.worst_us == pytest.approx(100, abs=0.01)
    assert figures.spread_max_us == pytest.approx(200, abs=0.02)
    assert figures.spread_median_us == pytest.approx(200, abs=0.02)
    assert figures.packets_per_s == pytest.approx(10)
    assert figures.bytes_per_s == pytest.approx(640)
    assert figures.busiest_second_packets == 10
    assert figures.said_locked == 1
    assert figures.node_rms_us == pytest.approx((100, 0, 100), abs=0.01)


def test_a_single_excursion_is_the_worst_and_tells_who_and_when() -> None:
    phases = courses(30, 0, 0, 0, 0)
    phases[300, 2] = (phases[300, 2] + 0.0012) % 1
    phases[20, 1] = (phases[20, 1] + 0.005) % 1  # before the figures begin
    figures = run_figures(recording(phases), after_s=10).figures
    assert figures is not None
    # A quarter of it is the mean's.
    assert figures.worst_us == pytest.approx(900, abs=1)
    assert figures.worst_id == 3
    assert figures.worst_s == pytest.approx(15.05)
    assert figures.p95_us < 1


def test_the_lock_counts_from_when_it_holds_for_ten_seconds_and_losses_are_told() -> None:
    phases = courses(60, 0, 0, 0)
    phases[:40, 1] = (phases[:40, 1] + 0.3) % 1
    phases[100, 1] = (phases[100, 1] + 0.3) % 1
    phases[800, 1] = (phases[800, 1] + 0.3) % 1
    found = run_figures(recording(phases), after_s=0)
    assert found.time_to_lock_s == pytest.approx(5.1)
    assert found.lock_losses == 1
    figures = found.figures
    assert figures is not None
    assert figures.from_s == pytest.approx(5.1)


def test_who_never_locks_has_no_figures() -> None:
    found = run_figures(recording(courses(20, 0, 300_000, 600_000)), after_s=5)
    assert found.time_to_lock_s is None
    assert found.figures is None


@pytest.mark.parametrize(
    ("together", "since"),
    [
        ([True] * 5, 0),
        ([False, True, True], 1),
        ([True, True, False], None),
        ([False], None),
        ([True] * 199 + [False] + [True] * 200, 200),
        ([True] * 200 + [False] * 300, 0),
    ],
)
def test_since_when_a_lock_holds(together: list[bool], since: int | None) -> None:
    assert lock_since(np.array(together)) == since


def test_claims_are_held_against_the_truth() -> None:
    phases = courses(20, -100, 0, 100)
    for claim_us, coverage in ((150, 1), (50, 1 / 3)):
        figures = run_figures(recording(phases, claim_us), after_s=0).figures
        assert figures is not None
        claims = figures.claims
        assert claims.coverage == pytest.approx(coverage)
        assert claims.drifting == pytest.approx(coverage)
        assert (claims.median_us, claims.unclaimed) == (claim_us, 0)
    figures = run_figures(recording(phases), after_s=0).figures
    assert figures is not None
    assert figures.claims.coverage is None
    assert figures.claims.unclaimed == 1


def test_coverage_while_temperatures_drift_is_of_those_instants_only() -> None:
    phases = courses(20, -100, 0, 100)
    phases[300:, 0] = (phases[300:, 0] + 0.003) % 1
    figures = run_figures(recording(phases, 150), after_s=0).figures
    assert figures is not None
    claims = figures.claims
    # The synthetic crystals drift in the first half: there all is well.
    assert claims.drifting == 1
    assert claims.coverage == pytest.approx(0.75, abs=0.01)


def test_around_a_wrap_its_node_is_looked_at_by_itself() -> None:
    phases = courses(60, 0, 0, 0)
    phases[800, 1] = (phases[800, 1] + 0.0006) % 1
    for wrap_s, worst_us in ((38, 400), (20, 0)):
        wraps = ((), (wrap_s * SECOND_US,), ())
        figures = run_figures(recording(phases, wraps_us=wraps), after_s=0).figures
        assert figures is not None
        assert figures.wraps == 1
        assert figures.wrap_worst_us == pytest.approx(worst_us, abs=1)


def test_parts_of_the_run_show_when_it_was_worse() -> None:
    phases = np.concatenate([courses(600, -10, 10), courses(600, -40, 40)])
    figures = run_figures(recording(phases), after_s=0.05).figures
    assert figures is not None
    assert [round(part.rms_us) for part in figures.parts] == [10, 40]
    assert [part.from_s for part in figures.parts] == [0.05, 600.05]


def test_the_busiest_second() -> None:
    sent_us = np.array([0, 10, 999_999, 1_000_000, 1_000_009, 5_000_000])
    assert busiest_second(sent_us) == 4
    assert busiest_second(np.array([], dtype=np.int64)) == 0
