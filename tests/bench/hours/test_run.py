"""One field through the recorder: short, but real."""

import math

import numpy as np
import pytest

from ascpi.bench.hours.options import HoursOptions, Wild
from ascpi.bench.hours.recorder import Recorder
from ascpi.bench.hours.result import curves
from ascpi.bench.hours.run import WRAPS_AFTER_US, judged, make_field, run_once
from ascpi.simulation import SECOND_US, resultant, shortest
from ascpi_core.ssep import CLAIM_UNKNOWN

OPTIONS = HoursOptions(hours=0.005, boards=3, after_s=10, temperature_period_s=10)


def always(now_us: int) -> bool:
    return True


def test_a_recording_is_what_the_field_was() -> None:
    recorder = Recorder(3)
    field = make_field(OPTIONS, 1, recorder)
    field.run_until(2 * SECOND_US)
    seen = recorder.seen()
    assert seen.turns().shape == (40, 3)
    boards = list(field.boards.values())
    truth = [board.turns(2 * SECOND_US) for board in boards]
    assert seen.turns()[-1] == pytest.approx(truth, abs=1e-8)
    deviations_us, coherence = judged(seen)
    mean = math.atan2(resultant(truth).imag, resultant(truth).real) / math.tau
    assert deviations_us[-1] == pytest.approx([shortest(one - mean) * 1e6 for one in truth])
    assert coherence[-1] == pytest.approx(math.exp(-5 * (1 - abs(resultant(truth)))))


def test_who_has_no_power_leaves_a_gap_and_is_no_part_of_the_mean() -> None:
    recorder = Recorder(3)
    field = make_field(OPTIONS, 1, recorder)
    field.run_until(SECOND_US)
    field.power_off(2)
    field.run_for(SECOND_US)
    turns = recorder.seen().turns()
    assert not np.isnan(turns[:20]).any()
    assert np.isnan(turns[20:, 1]).all()
    assert not np.isnan(turns[20:, [0, 2]]).any()
    deviations_us, _ = judged(recorder.seen())
    assert deviations_us[-1, 0] == pytest.approx(-deviations_us[-1, 2])


def test_a_node_can_be_left_out_of_the_mean() -> None:
    recorder = Recorder(3)
    make_field(OPTIONS, 1, recorder).run_until(SECOND_US)
    deviations_us, _ = judged(recorder.seen(), left_out=1)
    assert deviations_us[:, 1] == pytest.approx(-deviations_us[:, 2])


def test_the_first_board_s_ticks_wrap_soon_after_the_figures_begin() -> None:
    field = make_field(OPTIONS, 1, Recorder(3))
    wraps = field.boards[1].wraps_us(120 * SECOND_US)
    assert wraps == [pytest.approx(WRAPS_AFTER_US, abs=10_000)]


def test_the_same_seed_is_the_same_recording() -> None:
    one, other = run_once(OPTIONS, 3, always), run_once(OPTIONS, 3, always)
    assert np.array_equal(one.seen.thetas, other.seen.thetas)
    assert np.array_equal(one.sent_us, other.sent_us)
    assert one.now_us == OPTIONS.end_us
    drifting = one.drifting
    assert drifting is not None
    # |cos| is a half or more for two thirds of the time.
    assert np.mean(drifting) == pytest.approx(2 / 3, abs=0.1)


def test_a_run_can_be_ended_early() -> None:
    told: list[int] = []

    def tell(now_us: int) -> bool:
        told.append(now_us)
        return False

    assert run_once(OPTIONS, 1, tell).now_us == told[0] < OPTIONS.end_us


def test_curves_are_what_a_picture_needs() -> None:
    recording = run_once(OPTIONS, 1, always)
    drawn = curves(recording)
    assert len(drawn.edges_s) == len(drawn.low_us) + 1
    assert np.max(drawn.high_us) == np.max(recording.deviations_us)
    assert np.min(drawn.low_us) == np.min(recording.deviations_us)


def test_a_wild_node_s_moment_is_in_virtual_time() -> None:
    assert Wild("phase", minute=1.5).begin_us == 90 * SECOND_US


def test_claims_are_recorded_as_the_nodes_make_them() -> None:
    recorder = Recorder(3)
    field = make_field(OPTIONS, 1, recorder)
    field.run_until(15 * SECOND_US)
    nodes = [board.node for board in field.boards.values()]
    claims = [node.field.claim_us() for node in nodes if node is not None]
    assert recorder.seen().claims_us[-1].tolist() == claims
    assert CLAIM_UNKNOWN not in claims
