"""Wild nodes, and how far they are said to have moved the others."""

import math

import numpy as np
import pytest

from ascpi.bench.hours.displaced import compared, mean_course, run_pair
from ascpi.bench.hours.options import WILD_KINDS, HoursOptions, Wild, wild_hours
from ascpi.bench.hours.recorder import Recorder
from ascpi.bench.hours.run import make_field
from ascpi.bench.hours.wild import BROKEN_PPB, CLAIM_US, WANDER_TURNS, begin
from ascpi.simulation import SECOND_US, Field, resultant, shortest
from ascpi_core.fixed import TURN
from ascpi_core.phase import LOCKED
from ascpi_core.ssep import Beacon
from tests.bench.hours.synthetic import courses, recording, seen

WILD_ID = 1


def locked_field(kind: str, seconds: int = 5) -> Field:
    options = HoursOptions(hours=wild_hours(1.6), boards=4, after_s=5, wild=Wild(kind, 1.6))
    field = make_field(options, 1, Recorder(4))
    field.run_until(seconds * SECOND_US)
    assert options.wild is not None
    begin(field, options.wild)
    return field


def lies(field: Field, seconds: int) -> list[tuple[int, float, Beacon]]:
    """(when, how far ahead of its own phase, the beacon) of every packet that is altered."""
    found = []
    alter = field.alter
    assert alter is not None

    def listen(sender: int, packet: bytes) -> bytes:
        told = alter(sender, packet)
        if sender != WILD_ID:
            assert told == packet
            return told
        beacon = Beacon()
        assert beacon.decode(told) == 0
        ahead = shortest(beacon.theta / TURN - field.boards[WILD_ID].turns(field.now_us))
        found.append((field.now_us, ahead, beacon))
        return told

    field.alter = listen
    field.run_for(seconds * SECOND_US)
    assert len(found) > seconds
    return found


def test_a_wandering_phase_stays_in_its_bounds_and_jumps() -> None:
    told = [ahead for _, ahead, _ in lies(locked_field("phase"), 60)]
    assert max(abs(ahead) for ahead in told) <= WANDER_TURNS + 1e-6
    assert np.std(told) > 0.01
    assert max(abs(np.diff(told))) > 0.02


def test_a_fast_phase_gains_500_ppm() -> None:
    field = locked_field("rate")
    began_us = field.now_us
    for at_us, ahead, _ in lies(field, 20):
        assert ahead == pytest.approx((at_us - began_us) / 1e6 * 500e-6, abs=1e-6)


def test_who_chases_is_always_ahead_of_the_others() -> None:
    field = locked_field("chase")
    for _ in range(20):
        ((_, ahead, _), *_) = lies(field, 1)[-1:]
        own = field.boards[WILD_ID].turns(field.now_us)
        others = [field.boards[other].turns(field.now_us) for other in (2, 3, 4)]
        center = resultant(others)
        mean = math.atan2(center.imag, center.real) / math.tau
        # What it told up to half a second ago, against where they are now.
        assert shortest(own + ahead - mean) == pytest.approx(0.002, abs=0.001)


def test_liars_say_that_they_are_sure() -> None:
    for _, _, beacon in lies(locked_field("rate"), 2):
        assert (beacon.mode >> 2) & 3 == LOCKED
        assert beacon.claim_us == CLAIM_US


def test_a_broken_crystal_is_no_lie() -> None:
    field = locked_field("crystal")
    assert field.alter is None
    whole = make_field(HoursOptions(boards=4), 1, Recorder(4)).boards[WILD_ID]
    assert field.boards[WILD_ID].crystal_ppb == whole.crystal_ppb + BROKEN_PPB


def test_the_mean_s_course_is_against_nominal_time_and_unrolled() -> None:
    phases = courses(20, -50, 50)
    phases += (np.arange(len(phases)) * 0.05 * 0.2)[:, None]  # 0.2 turn/s fast: over the circle
    instants_us = np.arange(1, len(phases) + 1, dtype=np.float64) * 50_000
    course_us, worst_us = mean_course(phases % 1, instants_us)
    assert course_us[-1] == pytest.approx((len(phases) - 1) * 0.05 * 0.2 * 1e6)
    assert worst_us == pytest.approx(np.full(len(phases), 50.0))


def test_a_displacement_that_is_known() -> None:
    """All run 10 ppm fast. Then the honest ones gain 100 µs at once, but none in the twin."""
    wild = Wild("phase", minute=1)
    fast = (np.arange(2400) * 0.05 * 10e-6)[:, None]
    calm = (courses(120, 0, 0, 0, 0) + fast) % 1
    moved = calm.copy()
    moved[1200:, 1:] += 100e-6
    calm[1200:, 3] += 30e-6
    found = compared(recording(moved % 1), seen(moved % 1), seen(calm % 1), wild).displaced
    assert found.moved_us == pytest.approx(100, abs=0.1)
    assert found.moved_calm_us == pytest.approx(10, abs=0.1)
    assert found.moved_apart_us == pytest.approx(90, abs=0.1)
    assert found.honest_worst_us == pytest.approx(0, abs=0.1)
    assert found.calm_worst_us == pytest.approx(20, abs=0.1)
    assert found.honest_locked == 1
    assert found.honest_coverage is None
    sure = compared(recording(moved % 1, 30), seen(moved % 1, 30), seen(calm % 1), wild)
    assert sure.displaced.honest_coverage == 1


@pytest.mark.parametrize("kind", WILD_KINDS)
def test_both_runs_are_the_same_until_then(kind: str) -> None:
    options = HoursOptions(hours=wild_hours(0.6), boards=3, after_s=5, wild=Wild(kind, minute=0.6))
    pair = run_pair(options, 2, lambda now_us: True)
    assert pair is not None
    before = pair.instants_us < 36 * SECOND_US
    assert before.sum() == 30 * 20
    assert np.array_equal(pair.wild_us[before], pair.calm_us[before])
    assert not np.array_equal(pair.wild_us, pair.calm_us)
    assert pair.displaced.moved_apart_us > 0


def test_a_pair_that_is_ended_early_tells_nothing() -> None:
    options = HoursOptions(
        hours=wild_hours(0.6), boards=3, after_s=5, wild=Wild("phase", minute=0.6)
    )
    assert run_pair(options, 2, lambda now_us: now_us < 30 * SECOND_US) is None
