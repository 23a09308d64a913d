"""What a duel is judged by: who was one, since when, how far apart, and how that is said."""

import json
import math

import numpy as np
import pytest

from ascpi.bench.duel.bout import Rules
from ascpi.bench.duel.contender import Sighting
from ascpi.bench.duel.figures import (
    RunFigures,
    Span,
    Traffic,
    one_since_s,
    run_figures,
    span,
    summary,
    traffic,
)
from ascpi.bench.duel.outcome import Fought, Side, document, number, run_line, spanned, table
from ascpi.bench.duel.recording import GRID_US, Recorder, Recording

RULES = Rules(peers=2, air="wifi", seconds=60.0, after_s=30.0)


def recording(one: list[bool], rows: list[list[float]] | None = None) -> Recording:
    """An instant each second."""
    count = len(one)
    table = np.array(rows or [[100.0, -100.0]] * count, np.float64)
    return Recording(np.arange(count, dtype=np.int64) * 1_000_000, table, np.array(one, np.bool_))


def recorded(phase_of_2: float, others_of_2: int = 1, seconds: float = 2.0) -> Recorder:
    """Two peers, seen at each instant of the grid; the first counts one other."""
    recorder = Recorder(2)
    for step in range(round(seconds * 1e6) // GRID_US + 1):
        at_us = step * GRID_US
        phase = at_us / 1e6 % 1.0
        recorder.add(Sighting(1, at_us, 0, phase, 1))
        recorder.add(Sighting(2, at_us, 200_000, (phase + phase_of_2) % 1.0, others_of_2))
        recorder.advance(at_us)
    return recorder


def test_peers_that_agree_are_one() -> None:
    made = recorded(0.0001).recording(1.0)
    assert made.one.all()
    assert made.deviations_us[3] == pytest.approx([-50.0, 50.0], abs=0.1)


def test_seconds_count_from_when_the_last_peer_was_up() -> None:
    recorder = recorded(0.0)
    assert recorder.started_us == 200_000
    made = recorder.recording(1.0)
    assert made.instants_us[0] == 0
    assert made.instants_us[-1] == 1_000_000


def test_more_than_a_hundredth_of_a_turn_from_the_mean_is_not_one() -> None:
    assert not recorded(0.021).recording(1.0).one.any()


def test_two_groups_that_happen_to_agree_are_not_one() -> None:
    """Link counts the peers of its own session only."""
    assert not recorded(0.0, others_of_2=0).recording(1.0).one.any()


def test_a_silent_peer_is_missing_and_nobody_is_one() -> None:
    recorder = recorded(0.0, seconds=1.0)
    for step in range(20, 80):
        at_us = step * GRID_US
        recorder.add(Sighting(1, at_us, 0, at_us / 1e6 % 1.0, 1))
        recorder.advance(at_us)
    made = recorder.recording(2.5)
    assert made.one[0]
    assert not made.one[-1]
    assert math.isnan(made.deviations_us[-1][1])


def test_who_was_never_seen_is_named() -> None:
    recorder = Recorder(3)
    recorder.add(Sighting(2, 0, 0, 0.0, 0))
    assert recorder.silent == [1, 3]
    assert recorder.started_us is None
    assert recorder.latest is None


@pytest.mark.parametrize(
    ("one", "since_s"),
    [
        ([True, True, True], 0.0),
        ([False, True, True], 1.0),
        ([True, False, True], 2.0),
        ([True, True, False], None),
        ([False, False, False], None),
    ],
)
def test_one_counts_from_where_it_held_to_the_end(one: list[bool], since_s: float | None) -> None:
    assert one_since_s(recording(one)) == since_s


def test_a_run_succeeds_if_all_were_one_in_time_and_to_the_end() -> None:
    in_time = run_figures(1, recording([False] * 3 + [True] * 7), 5.0)
    too_late = run_figures(1, recording([False] * 7 + [True] * 3), 5.0)
    lost = run_figures(1, recording([True] * 9 + [False]), 5.0)
    assert (in_time.succeeded, in_time.time_to_one_s, in_time.one_share) == (True, 3.0, 1.0)
    assert (too_late.succeeded, too_late.time_to_one_s) == (False, 7.0)
    assert (lost.succeeded, lost.time_to_one_s, lost.one_share) == (False, None, 0.8)


def test_errors_count_from_after_on_in_runs_that_failed_too() -> None:
    rows = [[9e5, -9e5]] * 5 + [[30.0, -30.0], [40.0, -40.0]] * 2
    made = run_figures(1, recording([False] * 9, rows), 5.0)
    assert made.errors is not None
    assert made.errors.rms_us == pytest.approx(math.sqrt((900 + 1600) / 2))
    assert made.errors.spread_max_us == 80.0
    assert made.errors.spread_median_us == 70.0


def test_instants_without_everybody_give_no_errors() -> None:
    made = run_figures(1, recording([False] * 4, [[1.0, math.nan]] * 4), 1.0)
    assert made.errors is None
    assert run_line(made) == "not one at the end, no errors known"


def count(frames: int, payload: int) -> dict[str, int]:
    return {"frames": frames, "bytes": 0, "payload_bytes": payload}


def test_traffic_is_what_came_between_two_counts() -> None:
    before = {"udp": count(100, 6400), "arp": count(5, 0), "other": count(7, 0)}
    then = {"udp": count(300, 19200), "arp": count(9, 0), "other": count(9, 0)}
    assert traffic(before, then, 10.0) == Traffic(20.0, 1280.0, 6 / 10.0)
    assert traffic(before, then, 0.0) is None


def test_a_span_leaves_out_what_is_not_known() -> None:
    assert span([3.0, None, 1.0, math.nan, 8.0]) == Span(3.0, 1.0, 8.0)
    assert span([None]) is None


def fought(seed: int, one: list[bool], error_us: float) -> Fought:
    made = recording(one, [[error_us, -error_us]] * len(one))
    figures = run_figures(seed, made, 5.0, None, Traffic(40.0, 2560.0, 0.0))
    return Fought(figures, made, {"lateness": {"p95_us": 20}}, {})


def two_sides() -> tuple[Side, Side]:
    good, bad = [False] * 2 + [True] * 8, [False] * 10
    ours = Side("ascpi", "ASCπ", [fought(1, good, 40.0), fought(2, good, 60.0)], {})
    theirs = Side(
        "link", "Ableton Link", [fought(1, good, 100.0), fought(2, bad, 250_000.0)], {"clock": "c"}
    )
    return ours, theirs


def test_runs_that_failed_are_told_apart() -> None:
    made = two_sides()[1].summary
    assert (made.runs, made.succeeded, made.success_rate) == (2, 1, 0.5)
    assert made.rms_us == Span(100.0, 100.0, 100.0)
    assert made.all_rms_us == Span(125_050.0, 100.0, 250_000.0)


def test_a_side_without_a_success_has_no_figures_of_successes() -> None:
    failed: list[RunFigures] = [fought(1, [False] * 10, 5.0).figures]
    made = summary(failed)
    assert made.rms_us is None
    assert made.time_to_one_s is None
    assert made.all_rms_us == Span(5.0, 5.0, 5.0)


def test_the_table_has_both_sides_beside_each_other() -> None:
    lines = table(RULES, two_sides())
    cells = {line[:27].strip(): line[27:].split("  ") for line in lines[2:]}
    assert "4 peers" not in lines[0]
    assert "`wifi` air, 60 s a run" in lines[0]
    assert lines[1].split() == ["ASCπ", "Ableton", "Link"]
    found = {key: [cell.strip() for cell in row if cell.strip()] for key, row in cells.items()}
    assert found["became one in time"] == ["2 of 2", "1 of 2"]
    assert found["RMS error, µs"] == ["50 (40 … 60)", "100"]
    assert found["RMS error of all runs, µs"] == ["50 (40 … 60)", "125 050 (100 … 250 000)"]
    assert found["packets/s, all peers"] == ["40", "40"]


def test_the_document_has_every_run_and_is_json() -> None:
    made = json.loads(json.dumps(document(RULES, [1, 2], 40.0, two_sides())))
    assert made["air"] == "wifi"
    assert made["seeds"] == [1, 2]
    assert made["ascpi"]["success_rate"] == 1.0
    assert made["ascpi"]["rms_us"] == {"median": 50.0, "least": 40.0, "most": 60.0}
    assert made["link"]["clock"] == "c"
    assert [row["succeeded"] for row in made["link"]["run_rows"]] == [True, False]
    assert made["link"]["run_rows"][0]["switch"] == {"lateness": {"p95_us": 20}}


@pytest.mark.parametrize(
    ("one", "words"),
    [
        ([False] * 2 + [True] * 8, "one after 2.0 s, RMS 40 µs"),
        ([False] * 8 + [True] * 2, "one after 8.0 s only: too late, RMS 40 µs"),
        ([False] * 10, "not one at the end, RMS 40 µs"),
    ],
)
def test_a_run_s_end_is_said_in_a_line(one: list[bool], words: str) -> None:
    assert run_line(fought(1, one, 40.0).figures) == words


def test_large_numbers_are_grouped() -> None:
    assert number(201747.4) == "201 747"
    assert spanned(Span(1.04, 0.9, 1.1), 1) == "1.0 (0.9 … 1.1)"
    assert spanned(None) == "–"
