"""What the probe says against what was: edges of three boards, on a clock that is known.

The bound. Each board says between which two moments of true time its edge was made; the probe says
between which two moments of its own it came. Both are right, so the two intervals overlap, but for
how clocks are read: whole µs at each of the four ends. So 4 µs is allowed for, and no board's or
machine's being busy can break it.
"""

import time
from statistics import median

import pytest

from ascpi.probe.turns import Front, turns
from tests.probe.setting import TURN_US, Rise, Setting, edge_lines, rises
from tests.virtual.lab import wait_until

SLACK_US = 4
OFFSETS_US = {"a": 0, "b": 150, "c": -400}
TURNS = 10


def test_edges_agree_with_the_true_ones_and_so_do_deviations(
    setting: Setting, capsys: pytest.CaptureFixture[str]
) -> None:
    ends = {"a": 3, "b": 33, "c": 58}
    said = {
        name: setting.pulser(number, ends[name], offset)[1]
        for number, (name, offset) in enumerate(OFFSETS_US.items(), 1)
    }
    probe, lines = setting.probe(ppm=35.0)
    probe.send(b"watch 3,33,58\n")
    lines.expect("watching")
    wait_until(lambda: len(edge_lines(lines)) >= 6 * TURNS, f"{TURNS} turns of edges")
    near_us = time.monotonic_ns() // 1000
    names = {pin: name for name, pin in ends.items()}
    beside: list[float] = []
    seen: list[Front] = []
    true: list[Front] = []
    for edge in edge_lines(lines):
        if not edge.level:
            continue
        name = names[edge.pin]
        latest_us = probe.crystal.true_us(edge.ticks, near_us)
        earliest_us = latest_us - edge.gap_us
        rise = nearest(rises(said[name]), latest_us)
        assert earliest_us <= rise.after_us + SLACK_US
        assert latest_us >= rise.before_us - SLACK_US
        seen.append(Front(name, latest_us - edge.gap_us / 2, edge.gap_us / 2))
        half_us = (rise.after_us - rise.before_us) / 2
        true.append(Front(name, rise.before_us + half_us, half_us))
        beside.append(abs(seen[-1].at_us - true[-1].at_us))
    assert len(beside) >= 3 * (TURNS - 1)
    with capsys.disabled():
        print(f"\nprobe against truth: median {median(beside):.1f} µs, worst {max(beside):.1f} µs")
    for by_probe, by_truth in zip(
        turns(seen, ends, TURN_US), turns(true, ends, TURN_US), strict=True
    ):
        for name, deviation_us in by_probe.deviations_us.items():
            # Each of the two is as uncertain as its worst edge, in itself and in the mean.
            bound_us = 2 * (by_probe.within_us + by_truth.within_us + SLACK_US)
            assert abs(deviation_us - by_truth.deviations_us[name]) <= bound_us


def nearest(found: list[Rise], at_us: int) -> Rise:
    return min(found, key=lambda rise: abs(rise.before_us - at_us))
