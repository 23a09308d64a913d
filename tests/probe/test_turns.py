"""Deviations from rising edges: a pure function, with everything that can be wrong with edges."""

import random

import pytest

from ascpi.probe.turns import Front, period_us, turns

BOARDS = {"a": 0.0, "b": 30.0, "c": -60.0}
MEAN_US = sum(BOARDS.values()) / 3


def fronts(turn_us: float = 1e6, count: int = 5, begin_us: float = 7e6) -> list[Front]:
    return [
        Front(board, begin_us + turn * turn_us + offset)
        for turn in range(count)
        for board, offset in BOARDS.items()
    ]


@pytest.mark.parametrize("turn_us", [1e5, 4e5, 1e6, 1e8])
def test_of_any_rate_each_board_is_off_by_what_it_is(turn_us: float) -> None:
    found = turns(fronts(turn_us), BOARDS)
    assert len(found) == 5
    for number, turn in enumerate(found):
        assert turn.mean_us == pytest.approx(7e6 + number * turn_us + MEAN_US, abs=0.1)
        assert turn.deviations_us == pytest.approx(
            {board: offset - MEAN_US for board, offset in BOARDS.items()}, abs=0.1
        )
        assert turn.spread_us == pytest.approx(90.0)
        assert not turn.missing
        assert not turn.doubled


def test_order_does_not_matter() -> None:
    given = fronts()
    mixed = given.copy()
    random.Random(3).shuffle(mixed)
    assert turns(mixed, BOARDS) == turns(given, BOARDS)


def test_nothing_and_one_pulse_are_no_turn() -> None:
    assert turns([], BOARDS) == []
    assert turns([Front("a", 1.0)], BOARDS) == []
    assert turns([Front("a", 1.0)], BOARDS, turn_us=1e6)[0].missing == {"b", "c"}


def test_a_board_that_is_missing_in_a_turn_is_missing_there_only() -> None:
    given = [front for front in fronts() if not (front.board == "b" and 8e6 < front.at_us < 9e6)]
    found = turns(given, BOARDS)
    assert [turn.missing for turn in found] == [set(), {"b"}, set(), set(), set()]
    assert found[1].deviations_us == pytest.approx({"a": 30.0, "c": -30.0}, abs=0.1)


def test_a_turn_without_any_pulse_is_left_out_and_the_next_is_found() -> None:
    given = [front for front in fronts(count=9) if not 9.5e6 < front.at_us < 12.5e6]
    found = turns(given, BOARDS)
    assert [round(turn.mean_us / 1e6) for turn in found] == [7, 8, 9, 13, 14, 15]
    assert not any(turn.missing for turn in found)


@pytest.mark.parametrize("beside_us", [-300e3, -2e3, 2e3, 300e3])
def test_of_a_board_that_fires_twice_the_edge_beside_the_others_counts(beside_us: float) -> None:
    twice = [Front("a", 7e6 + turn * 1e6 + beside_us) for turn in range(1, 4)]
    found = turns(fronts() + twice, BOARDS)
    assert [turn.doubled for turn in found] == [set(), {"a"}, {"a"}, {"a"}, set()]
    for turn in found:
        assert turn.deviations_us == pytest.approx(
            {board: offset - MEAN_US for board, offset in BOARDS.items()}, abs=0.1
        )


def test_a_board_that_always_fires_twice_does_not_halve_the_turn() -> None:
    twice = [Front("a", 7.4e6 + turn * 1e6) for turn in range(5)]
    assert period_us(fronts() + twice) == pytest.approx(1e6)
    assert [turn.doubled for turn in turns(fronts() + twice, BOARDS)][1:4] == [{"a"}] * 3


def test_every_second_pulse_that_is_missing_is_no_turn_and_a_half() -> None:
    given = [front for front in fronts(count=4) if front.board != "b" or front.at_us < 9e6]
    assert period_us([Front("a", at_us) for at_us in (0.0, 1e6, 3e6)]) == 1e6
    assert period_us(given) == pytest.approx(1e6)


def test_an_outlier_is_off_and_moves_the_mean_by_its_share() -> None:
    given = [
        Front(front.board, front.at_us + (90e3 if front.board == "c" else 0)) for front in fronts()
    ]
    for turn in turns(given, BOARDS):
        assert turn.deviations_us["c"] == pytest.approx(60e3, rel=0.05)
        assert turn.deviations_us["a"] == pytest.approx(-30e3, rel=0.05)
        assert not turn.missing


def test_boards_all_over_the_circle_have_a_turn_each_time_and_the_shortest_arcs() -> None:
    begins = {"a": 0.05, "b": 0.2, "c": 0.9}
    given = [
        Front(board, (turn + begin) * 1e6) for turn in range(6) for board, begin in begins.items()
    ]
    found = turns(given, begins)
    for turn in found[1:-1]:
        assert not turn.missing
        assert not turn.doubled
        assert turn.deviations_us["c"] == pytest.approx(-150e3, abs=1e3)
        assert turn.deviations_us["b"] == pytest.approx(150e3, abs=1e3)


def test_boards_that_drift_through_each_other_are_never_lost_or_counted_twice() -> None:
    # 1 % apart: the worst that a field has before it locks.
    given = [Front("a", turn * 1.00e6) for turn in range(200)]
    given += [Front("b", turn * 1.01e6) for turn in range(200)]
    found = turns(given, ("a", "b"))
    seen = sum(len(turn.deviations_us) + len(turn.doubled) for turn in found)
    assert seen == 400
    assert all(abs(of) <= 505e3 for turn in found for of in turn.deviations_us.values())


def test_how_sharply_the_worst_was_seen_is_kept() -> None:
    given = [Front("a", 0.0, 1.0), Front("b", 3.0, 8.5)]
    assert turns(given, ("a", "b"), 1e6)[0].within_us == 8.5
