import math

import pytest

from ascpi.probe.figures import figures
from ascpi.probe.turns import Front, turns

PINS = {"a": 4, "b": 16}


def test_figures_of_a_known_run() -> None:
    beside = (10.0, 30.0, 20.0, 20.0)
    fronts = [Front("a", turn * 1e6) for turn in range(4)]
    fronts += [Front("b", turn * 1e6 + of) for turn, of in enumerate(beside)]
    found = figures(turns(fronts, PINS), PINS)
    assert (found.turns, found.complete) == (4, 4)
    assert found.spread_median_us == pytest.approx(20.0)
    assert found.spread_p95_us == pytest.approx(30.0)
    assert found.spread_last_us == pytest.approx(20.0)
    assert found.boards["b"].mean_us == pytest.approx(10.0)
    assert found.boards["b"].jitter_us == pytest.approx(math.sqrt(12.5))
    assert found.boards["a"].worst_us == pytest.approx(-15.0)
    assert found.rms_us == pytest.approx(math.sqrt((25 + 225 + 100 + 100) / 4))
    assert found.as_json()["rms_us"] == 10.6


def test_nothing_seen_is_none_and_not_zero() -> None:
    found = figures([], PINS)
    assert found.rms_us is None
    assert found.period_us is None
    assert found.boards["a"].mean_us is None


def test_a_turn_with_one_board_says_nothing_of_it() -> None:
    fronts = [Front("a", turn * 1e6) for turn in range(5)]
    found = figures(turns(fronts, PINS), PINS)
    assert found.turns == 5
    assert found.rms_us is None
    assert found.boards["a"].count == 0
