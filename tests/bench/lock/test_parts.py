"""Edges, packets and a power cut: figures of one subject each."""

import numpy as np
import pytest

from ascpi.bench.lock.edges import edge_figures
from ascpi.bench.lock.options import Kill
from ascpi.bench.lock.recording import EdgeSeen, KillSeen, Recording, Reports
from ascpi.bench.lock.restart import restart_figures
from ascpi.bench.lock.traffic import busiest_second, traffic
from tests.bench.lock.synthetic import BEGAN_US, recording, reports


def test_edges_against_the_field_and_against_themselves() -> None:
    edges = [
        EdgeSeen(node, BEGAN_US + turn * 1_000_000 + late, float(late), late / 10)
        for turn in range(10)
        for node, late in ((1, -30), (2, 10), (3, 20))
    ]
    found = edge_figures(edges)
    assert found is not None
    assert found.count == 30
    assert found.rms_us == pytest.approx(np.sqrt((900 + 100 + 400) / 3))
    assert found.median_us == 20
    assert found.late_median_us == 10
    assert found.spread_median_us == 50
    assert found.self_rms_us == pytest.approx(found.rms_us / 10)


def test_a_turn_without_everybody_s_edge_has_no_spread() -> None:
    edges = [EdgeSeen(1, BEGAN_US, 1.0, 1.0), EdgeSeen(2, BEGAN_US + 1_000_000, 1.0, 1.0)]
    found = edge_figures(edges)
    assert found is not None
    assert found.spread_median_us is None
    assert edge_figures([]) is None


def test_packets_in_a_second() -> None:
    made = recording([0, 0, 0], seconds=40)
    found = traffic(made, BEGAN_US + 30_000_000, BEGAN_US + 40_000_000)
    assert found.packets_per_s == pytest.approx(30)
    assert found.bytes_per_s == pytest.approx(30 * 64)
    assert found.busiest_second_packets == pytest.approx(30)
    assert found.packets == 1200


def test_the_busiest_second_is_found_anywhere() -> None:
    plain = reports(40)
    burst = plain.sent + 40 * (plain.true_us >= BEGAN_US + 3_300_000)
    with_burst = Reports(
        plain.true_us, plain.theta, plain.epoch, plain.locked, plain.claim_us, burst
    )
    made = recording([0, 0], reports={1: plain, 2: with_burst})
    assert busiest_second(made) == pytest.approx(60)


def test_a_run_of_less_than_a_second_has_no_busiest_one() -> None:
    assert busiest_second(recording([0, 0], seconds=0.5)) is None


CUT_US = BEGAN_US + 20_000_000


def after_a_cut(pushed_us: float, drift_ppm: float = 0.0) -> Recording:
    """Board 3 loses its power after 20 s and comes back 3 s later; board 2 is pushed then."""
    made = recording(
        [-100, 100, 0],
        kill=KillSeen(Kill(3, 20, 3), CUT_US, CUT_US + 3_000_000, CUT_US + 4_500_000),
    )
    elapsed_s = (made.instants_us - BEGAN_US) / 1e6
    made.phases[:] = (made.phases + (drift_ppm * 1e-6 * elapsed_s)[:, np.newaxis]) % 1.0
    made.phases[made.instants_us >= CUT_US + 4_000_000, 1] += pushed_us / 1e6
    return made


@pytest.mark.parametrize("drift_ppm", [0.0, 25.0])
def test_who_is_pushed_is_found_whatever_the_common_rate(drift_ppm: float) -> None:
    found = restart_figures(after_a_cut(250.0, drift_ppm))
    assert found is not None
    assert found.others_moved_us == pytest.approx(250, abs=1)
    assert found.others_wander_us == pytest.approx(0, abs=0.1)
    assert found.baseline_s == 10
    assert found.rejoin_s == 1.5


def test_the_board_itself_is_no_other() -> None:
    made = after_a_cut(0.0)
    made.phases[made.instants_us >= CUT_US, 2] = 0.5
    found = restart_figures(made)
    assert found is not None
    assert found.others_moved_us == pytest.approx(0, abs=0.1)


def test_phases_that_pass_0_do_not_count_as_moves() -> None:
    made = after_a_cut(0.0)
    made.phases[:] = (made.phases + 0.99995) % 1.0
    found = restart_figures(made)
    assert found is not None
    assert found.others_moved_us == pytest.approx(0, abs=0.1)


def test_without_a_lock_before_the_cut_nothing_is_said_of_the_others() -> None:
    seen = KillSeen(Kill(2, 20, 3), CUT_US, None, None)
    found = restart_figures(recording([0, 0], kill=seen, locked_since_us=None))
    assert found is not None
    assert (found.others_moved_us, found.rejoin_s) == (None, None)
    assert restart_figures(recording([0, 0])) is None
