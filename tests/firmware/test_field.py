"""Boards in one field, judged in true time: ticks and phases carried through known crystals."""

import itertools
import time
from dataclasses import dataclass

import pytest

from ascpi.telemetry import Report, parse
from ascpi.truth.circle import arc
from ascpi.virtual import EdgeReader, VirtualBoard
from tests.firmware.bench import Bench, await_report
from tests.virtual.lab import wait_until

PULSE_PIN = 4
LIGHT_PIN = 2
WRAP = 1 << 30


@dataclass(frozen=True)
class Point:
    """A board's phase (turns) at a true instant (µs)."""

    true_us: int
    theta: float


class Truth:
    """(ticks, Θ) of a board's reports, carried to true time."""

    def __init__(self, board: VirtualBoard) -> None:
        self.points: list[Point] = []
        self._board = board
        board.on_line(self._take)

    def _take(self, line: str, monotonic_us: int) -> None:
        report = parse(line)
        if isinstance(report, Report):
            true_us = self._board.crystal.true_us(report.ticks, monotonic_us)
            self.points.append(Point(true_us, report.theta))

    def at(self, true_us: int) -> float:
        """Phase at a true instant, by the nearest report and the nominal rate."""
        nearest = min(self.points, key=lambda point: abs(point.true_us - true_us))
        return (nearest.theta + (true_us - nearest.true_us) * 1e-6) % 1.0


def all_locked(bench: Bench, among: list[int]) -> None:
    for node_id in among:
        await_report(
            bench.lines[node_id],
            lambda report: report.state == "locked" and report.peers >= len(among) - 1,
            f"board {node_id} locks",
        )


def test_the_pulse_is_placed_where_the_phase_is_0(bench: Bench) -> None:
    edges = bench.folder / "edges"
    board, lines = bench.board(7, ppm=35.0, phase=0.6, edges=edges, settings={"report_ms": 20})
    truth = Truth(board)
    await_report(lines, lambda report: int(report.words["pulses"]) >= 4, "four pulses")
    board.stop()
    pulses = [edge for edge in EdgeReader(edges).read_edges() if edge.pin == PULSE_PIN]
    rising = [edge for edge in pulses if edge.level == 1]
    assert len(rising) >= 4
    for earlier, later in itertools.pairwise(rising):
        assert later.monotonic_us - earlier.monotonic_us == pytest.approx(1e6, abs=20_000)
    off_us = sorted(abs(arc(truth.at(edge.monotonic_us), 0.0)) * 1e6 for edge in rising)
    # The machine may take the processor away in the spin; the median edge shows the spin itself.
    assert off_us[len(off_us) // 2] < 200, f"edges off by {off_us} µs"
    falling = [edge for edge in pulses if edge.level == 0]
    lengths = [
        down.monotonic_us - up.monotonic_us
        for up, down in zip(rising, falling[-len(rising) :], strict=False)
    ]
    assert all(length > 15_000 for length in lengths)


@pytest.mark.parametrize("offset", [0.25, -0.1])
def test_a_phase_offset_leads_the_pulse_and_the_light_but_not_the_field(
    bench: Bench, offset: float
) -> None:
    """Reports, as beacons, tell Θ_local as it is; the edge comes where that is −offset."""
    edges = bench.folder / "edges"
    settings = {"report_ms": 20, "phase_offset": offset}
    board, lines = bench.board(7, phase=0.6, edges=edges, settings=settings)
    truth = Truth(board)
    await_report(lines, lambda report: int(report.words["pulses"]) >= 3, "three pulses")
    board.stop()
    reader = EdgeReader(edges)
    rising = [edge for edge in reader.read_edges() if edge.pin == PULSE_PIN and edge.level == 1]
    off_us = sorted(abs(arc(truth.at(edge.monotonic_us), -offset)) * 1e6 for edge in rising)
    assert len(off_us) >= 3
    # The machine may take the processor away in the spin; the median edge shows the spin itself.
    assert off_us[len(off_us) // 2] < 200, f"edges off by {off_us} µs"
    lit = [
        (int(words[0]), int(words[3]))
        for words in reader.read_lines()
        if words[1] == str(LIGHT_PIN) and words[2] == "duty_u16"
    ]
    for true_us, duty in lit:
        if abs(arc(truth.at(true_us), -offset)) < 0.05:
            assert duty > 55_000, "bright where the shown phase is 0"


def test_the_light_follows_the_phase(bench: Bench) -> None:
    edges = bench.folder / "edges"
    board, lines = bench.board(7, edges=edges, settings={"report_ms": 20})
    truth = Truth(board)
    await_report(lines, lambda report: report.up_ms > 2500, "two turns and a half")
    board.stop()
    light = [
        (int(words[0]), int(words[3]))
        for words in EdgeReader(edges).read_lines()
        if words[1] == str(LIGHT_PIN) and words[2] == "duty_u16"
    ]
    assert len(light) > 40
    for true_us, duty in light:
        distance = abs(arc(truth.at(true_us), 0.0))
        if distance < 0.05:
            assert duty > 55_000, "bright at phase 0"
        if distance > 0.45:
            assert duty < 1_000, "dark at phase ½"


@pytest.mark.parametrize(
    ("pins", "word"), [({"light": "plain"}, "1"), ({"light": "neopixel", "pixels": 2}, "rgb")]
)
def test_other_lights(bench: Bench, pins: dict[str, object], word: str) -> None:
    edges = bench.folder / "edges"
    _, lines = bench.board(7, edges=edges, settings={"pins": pins})
    await_report(lines, lambda report: report.up_ms > 1200, "a turn")
    reader = EdgeReader(edges)
    shown = [words for words in reader.read_lines() if words[1] == str(LIGHT_PIN)]
    assert any(words[2] == word for words in shown), shown[-5:]
    if word == "rgb":
        assert {len(words) for words in shown if words[2] == "rgb"} == {9}, "two pixels, alike"


def test_a_board_killed_and_restarted_rejoins_and_the_others_stay(bench: Bench) -> None:
    ids = [1, 2, 3, 4]
    truths = {}
    for node_id in ids:
        board, _ = bench.board(
            node_id, ppm=20.0 * (node_id - 2.5), phase=0.2 * node_id, settings={"report_ms": 50}
        )
        truths[node_id] = Truth(board)
    all_locked(bench, ids)
    settled_us = time.monotonic_ns() // 1000
    wait_until(lambda: time.monotonic_ns() // 1000 > settled_us + 3_000_000, "three seconds")
    killed_us = time.monotonic_ns() // 1000
    bench.boards[4].kill()
    wait_until(lambda: time.monotonic_ns() // 1000 > killed_us + 1_000_000, "a second without it")
    start = len(bench.lines[4].seen)
    bench.boards[4].restart()
    await_report(
        bench.lines[4],
        lambda report: report.epoch == 2 and report.state == "locked",
        "board 4 is locked again",
    )
    rejoined_us = time.monotonic_ns() // 1000
    wait_until(lambda: time.monotonic_ns() // 1000 > rejoined_us + 2_000_000, "two seconds more")
    assert any("state to=acquiring" in line for line in bench.lines[4].seen[start:])
    for node_id in (1, 2, 3):
        before, after = killed_us - 200_000, rejoined_us + 1_800_000
        # How far each moved against a clock of its cluster's own rate: that is the mean of what
        # the others did over the same time, so rate is no motion, and a pull by board 4 is.
        points = [point for point in truths[node_id].points if point.true_us > before]
        origin = truths[node_id].at(before)
        moved = [
            arc(point.theta, origin + (point.true_us - before) * 1e-6)
            for point in points
            if point.true_us < after
        ]
        # Crystals within ±30 ppm of true time move ±0.2 ms in the 6 s that this takes.
        assert max(abs(value) for value in moved) < 0.001, f"board {node_id} moved"
    apart = abs(arc(truths[4].at(rejoined_us), truths[1].at(rejoined_us)))
    assert apart < 0.01


def test_ticks_that_wrap_in_mid_lock_change_nothing(bench: Bench) -> None:
    ids = [1, 2, 3]
    truths = {}
    for node_id in ids:
        board, _ = bench.board(
            node_id,
            ppm=15.0 * (node_id - 2),
            phase=0.3 * node_id,
            ticks_start=WRAP - 1_000_000 * (4 + node_id),
            settings={"report_ms": 50},
        )
        truths[node_id] = Truth(board)
    all_locked(bench, ids)
    locked_us = time.monotonic_ns() // 1000
    wrapped = [
        await_report(
            bench.lines[node_id],
            lambda report: 3_000_000 < report.ticks < WRAP // 2,
            f"board {node_id} is 3 s past the wrap",
        )
        for node_id in ids
    ]
    assert all(report.state == "locked" for report in wrapped)
    end_us = min(truth.points[-1].true_us for truth in truths.values())
    for true_us in range(locked_us, end_us, 50_000):
        phases = [truth.at(true_us) for truth in truths.values()]
        assert max(abs(arc(phase, phases[0])) for phase in phases) < 0.01
    for lines in bench.lines.values():
        assert not any("state to=acquiring" in line for line in lines.seen[30:])
