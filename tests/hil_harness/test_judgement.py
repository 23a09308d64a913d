"""What is concluded from what was seen: locks, movements, pulses of one turn."""

from collections.abc import Sequence

import pytest

from ascpi.hil.pulse_turns import PulseTurn, complete_turns, typical_spread_us
from ascpi.hil.steadiness import moved
from ascpi.hil.streaks import Streaks
from ascpi.hil.watch import Seen, Sighting

TURN_US = 1e6
NAMES = ("a", "b", "c")


def sighting(
    at_ms: int, errors_us: Sequence[float], within_us: float = 0.0, first: float = 0.98
) -> Sighting:
    """Boards a, b, c … so far off a phase that begins at `first`, near the seam."""
    phases = {
        name: (first + at_ms / 1000 + error / TURN_US) % 1.0
        for name, error in zip(NAMES, errors_us, strict=False)
    }
    missing = frozenset(NAMES) - phases.keys()
    return Sighting(at_ms * 1000, phases, dict.fromkeys(NAMES, within_us), missing, TURN_US)


def seen(*arguments: object, **more: float) -> Seen:
    return sighting(*arguments, **more).among(NAMES)  # type: ignore[arg-type]


def test_deviations_are_from_the_mean_of_those_that_are_asked_for() -> None:
    whole = sighting(0, (0.0, 300.0, 3000.0))
    assert whole.among(NAMES).errors_us == pytest.approx({"a": -1100, "b": -800, "c": 1900}, 1e-3)
    assert whole.among(("a", "b")).spread_us == pytest.approx(300)


def test_uncertainty_of_a_deviation_is_that_of_the_board_and_of_the_mean() -> None:
    # 2/3 of its own and 2/3 of the others' together.
    assert seen(0, (0.0, 0.0, 0.0), within_us=90.0).uncertain_us == pytest.approx(120)
    assert seen(0, (0.0, 0.0, 0.0)).uncertain_us == 0


def test_a_lock_lasts_until_it_is_broken() -> None:
    streaks = Streaks(500)
    for at_ms in range(0, 1000, 20):
        streaks.add(seen(at_ms, (0, 100, -100)))
    assert streaks.lasted_s == pytest.approx(0.98)
    streaks.add(seen(1000, (0, 0, 3000)))
    assert streaks.lasted_s == 0
    assert "c was off by +2000 µs" in streaks.why()
    assert "held for 1.0 s" in streaks.why()
    for at_ms in range(1020, 3100, 20):
        streaks.add(seen(at_ms, (0, 100, -100)))
    lock = streaks.lock(asked_us=20_000)
    assert (lock.after_s, lock.worst_us) == pytest.approx((1.0, 100.0), rel=1e-3)


def test_a_clock_too_uncertain_never_passes_and_says_what_to_do() -> None:
    streaks = Streaks(500)
    for at_ms in range(0, 5000, 20):
        streaks.add(seen(at_ms, (0, 10, -10), within_us=1000))
    assert streaks.lasted_s == 0
    assert "known to 1333 µs only" in streaks.why()
    assert "wire a probe (--probe), or ask for less (--hil-within 2500)" in streaks.why()


def test_a_board_that_is_missing_or_a_field_without_order_is_no_lock() -> None:
    streaks = Streaks(500)
    streaks.add(seen(0, (0, 10)))
    assert "c had no phase" in streaks.why()
    assert Streaks(500).why() == "no board was heard at all"
    streaks.add(seen(20, (0, 333_000, 666_000)))
    assert "C was 0.00" in streaks.why()


def test_a_common_drift_is_no_movement_but_a_kick_is() -> None:
    drifting = [
        seen(at_ms, (0, 50, -50), first=0.98 + at_ms * 4e-8) for at_ms in range(0, 4000, 20)
    ]
    assert moved(drifting, NAMES, TURN_US).by_us < 60
    kicked = [seen(at_ms, (0, 50, 900 if at_ms > 2000 else -50)) for at_ms in range(0, 4000, 20)]
    found = moved(kicked, NAMES, TURN_US)
    assert found.board == "c"
    assert found.by_us > 400


def test_a_board_that_falls_silent_is_told() -> None:
    assert moved([seen(0, (0, 0, 0)), seen(20, (0, 0))], NAMES, TURN_US).missing == "c"
    assert moved([], NAMES, TURN_US).missing == "a, b, c"


def test_pulses_of_one_turn_are_put_together() -> None:
    fronts = {
        "a": [1_000_000, 2_000_100, 3_000_000],
        "b": [1_000_200, 1_999_900],
    }
    turns = complete_turns(fronts, TURN_US)
    assert [turn.spread_us for turn in turns] == [200, 200]
    assert complete_turns({"a": [5], "b": []}, TURN_US) == []


def test_a_front_that_is_late_once_says_nothing_of_the_phase() -> None:
    turns = [
        PulseTurn({"a": at_us, "b": at_us + 40, "c": at_us - 60 + late_us})
        for at_us, late_us in ((0, 0), (1_000_000, 5_000), (2_000_300, 0))
    ]
    assert typical_spread_us(turns) == 100
    late_always = [PulseTurn({**turn.fronts_us, "b": turn.fronts_us["a"] + 900}) for turn in turns]
    assert typical_spread_us(late_always) == 960
