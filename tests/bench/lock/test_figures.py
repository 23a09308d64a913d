"""Figures of recordings whose deviations are known."""

import math

import numpy as np
import pytest

from ascpi.bench.lock.figures import (
    claims,
    deviations,
    interpolation,
    lock_truth,
    run_figures,
    window_of,
)
from ascpi.bench.usage import Sample, Taken
from tests.bench.lock.synthetic import BEGAN_US, LOCKED_AFTER_US, recording, reports


def test_the_window_begins_where_it_was_asked_to() -> None:
    window = window_of(recording([0, 0], seconds=40), after_s=30)
    assert window is not None
    assert (window.from_s, window.to_s, window.as_asked) == (30, 40, True)


def test_a_short_run_is_judged_from_its_lock_on() -> None:
    window = window_of(recording([0, 0], seconds=10), after_s=30)
    assert window is not None
    assert (window.from_s, window.to_s, window.as_asked) == (1, 10, False)


def test_a_late_lock_moves_the_window() -> None:
    late_us = BEGAN_US + 33_000_000
    made = recording([0, 0], first_lock_us=late_us, locked_since_us=late_us)
    window = window_of(made, after_s=30)
    assert window is not None
    assert (window.from_s, window.as_asked) == (33, True)


def test_a_lock_that_was_lost_again_does_not_shorten_the_window() -> None:
    """Or else what went wrong would be left out of the figures."""
    made = recording([0, 0], locked_since_us=BEGAN_US + 39_000_000, lock_losses=1)
    window = window_of(made, after_s=30)
    assert window is not None
    assert window.from_s == 30
    assert run_figures(made, 30).time_to_lock_s == 39


def test_without_a_lock_there_is_no_window() -> None:
    made = recording([0, 400_000], first_lock_us=None, locked_since_us=None)
    assert window_of(made, after_s=30) is None
    figures = run_figures(made, 30)
    assert (figures.locked, figures.time_to_lock_s, figures.deviations) == (False, None, None)


def test_known_deviations_have_known_figures() -> None:
    made = recording([-30, -10, 40])
    window = window_of(made, 30)
    assert window is not None
    found = deviations(made, window)
    assert found is not None
    assert found.rms_us == pytest.approx(math.sqrt((900 + 100 + 1600) / 3))
    assert found.p95_us == pytest.approx(40)
    assert found.spread_median_us == found.spread_p95_us == found.spread_max_us == 70
    assert found.node_rms_us == pytest.approx((30, 10, 40))


def test_only_the_window_counts() -> None:
    made = recording([-10, 10])
    made.deviations_us[: len(made.deviations_us) // 2] *= 1000
    window = window_of(made, 30)
    assert window is not None
    found = deviations(made, window)
    assert found is not None
    assert found.rms_us == pytest.approx(10)


def test_spread_has_percentiles_over_instants() -> None:
    made = recording([0, 0], seconds=50)
    window = window_of(made, 30)
    assert window is not None
    inside = made.instants_us >= window.from_us
    # From 0 to 100 µs apart, evenly.
    made.deviations_us[inside, 1] = np.linspace(0, 100, inside.sum())
    found = deviations(made, window)
    assert found is not None
    assert found.spread_median_us == pytest.approx(50)
    assert found.spread_p95_us == pytest.approx(95)
    assert found.spread_max_us == pytest.approx(100)


def test_a_missing_node_is_left_out() -> None:
    made = recording([-10, 10, 500])
    made.deviations_us[-200:, 2] = math.nan
    window = window_of(made, 36)
    assert window is not None
    assert (window.to_us - window.from_us) / 20_000 == 200
    assert deviations(made, window) is None, "a spread is of all nodes"


def test_claims_cover_what_lies_within_them() -> None:
    made = recording([-30, -10, 40], claim_us=35)
    window = window_of(made, 30)
    assert window is not None
    found = claims(made, window)
    assert found.coverage == pytest.approx(2 / 3)
    assert found.node_coverage == (1.0, 1.0, 0.0)
    assert found.median_us == 35
    assert found.unclaimed == 0
    assert found.whole_run_coverage == pytest.approx(2 / 3)


def test_a_claim_of_exactly_the_deviation_covers_it() -> None:
    made = recording([-35, 35], claim_us=35)
    window = window_of(made, 30)
    assert window is not None
    assert claims(made, window).coverage == 1


def test_no_claim_is_neither_right_nor_wrong() -> None:
    made = recording([-30, 30])
    with_one = {**made.reports, 1: reports(40, claim_us=50)}
    made = recording([-30, 30], reports=with_one)
    window = window_of(made, 30)
    assert window is not None
    found = claims(made, window)
    assert found.coverage == 1
    assert found.unclaimed == pytest.approx(0.5)
    assert found.node_coverage == (1.0, None)


def test_nobody_claims() -> None:
    made = recording([-30, 30])
    window = window_of(made, 30)
    assert window is not None
    found = claims(made, window)
    assert (found.coverage, found.median_us, found.unclaimed) == (None, None, 1.0)


def test_a_claim_holds_until_the_next_report() -> None:
    made = recording([0, 0], claim_us=5)
    window = window_of(made, 30)
    assert window is not None
    claimed = made.reports[2].claim_us
    # One report of the hundred in the window claims less than it is off.
    made.deviations_us[:, 1] = 3
    claimed[np.searchsorted(made.reports[2].true_us, window.from_us) + 10] = 2
    first, second = claims(made, window).node_coverage
    assert first == 1
    assert second == pytest.approx(0.99)


def test_who_says_locked_must_be_near() -> None:
    # 1/256 turn is 3906 µs.
    assert lock_truth(recording([-3900, 3900])) == 1
    assert lock_truth(recording([-3900, 3910])) == pytest.approx(0.5)
    made = recording([0, 9000])
    silent = {**made.reports, 2: reports(40, locked_after_s=99)}
    assert lock_truth(recording([0, 9000], reports=silent)) == 1
    nobody = dict.fromkeys((1, 2), reports(40, locked_after_s=99))
    assert lock_truth(recording([0, 0], reports=nobody)) is None


def test_interpolation_is_exact_for_straight_lines() -> None:
    made = recording([0, 0])
    window = window_of(made, 30)
    assert window is not None
    assert interpolation(made, window) == pytest.approx(0, abs=1e-3)


def test_interpolation_tells_of_steps_between_reports() -> None:
    times = reports(40).true_us
    elapsed_s = (times - BEGAN_US) / 1e6
    # Every other report lies 8 µs beside the line through its neighbours.
    theta = (elapsed_s + np.where(np.arange(len(times)) % 2, 8e-6, 0)) % 1.0
    made = recording([0, 0], reports=dict.fromkeys((1, 2), reports(40, theta=theta)))
    window = window_of(made, 30)
    assert window is not None
    assert interpolation(made, window) == pytest.approx(8, abs=1e-3)


def test_processors_are_counted_in_the_window() -> None:
    def taken(second: int, pid: int) -> dict[str, Taken]:
        return {
            "1": Taken(pid, 0.05 * second, 0.01 * second),
            "relay": Taken(9, 0.1 * second, 0.0),
        }

    samples = [
        # A board that was switched off and on is another process, which begins at 0.
        Sample(BEGAN_US + second * 1_000_000, taken(second, 5 if second < 35 else 6), second, 1.5)
        for second in range(41)
    ]
    figures = run_figures(recording([0, 0], usage=tuple(samples)), 30)
    assert figures.cpu["1"].cpu == pytest.approx(0.05)
    assert figures.cpu["1"].waiting == pytest.approx(0.01)
    assert figures.cpu["relay"].cpu == pytest.approx(0.1)
    assert figures.machine_busy == pytest.approx(1.0)
    assert figures.load == 1.5


def test_where_there_is_no_proc_nothing_is_said() -> None:
    samples = tuple(Sample(BEGAN_US + s * 1_000_000, {}, None, None) for s in range(41))
    figures = run_figures(recording([0, 0], usage=samples), 30)
    assert (figures.cpu, figures.machine_busy, figures.load) == ({}, None, None)


def test_lock_is_counted_from_when_all_ran() -> None:
    assert run_figures(recording([0, 0]), 30).time_to_lock_s == LOCKED_AFTER_US / 1e6
