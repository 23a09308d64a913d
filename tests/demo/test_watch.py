"""What is made of lines: judged by true time, whatever the nodes say of themselves."""

import sys
from dataclasses import replace

import pytest

from ascpi.cluster import DESKTOP, NodePlan
from ascpi.demo.outcome import outcome_of
from ascpi.demo.plain import PlainDisplay, scene_line
from ascpi.demo.scene import BAD, GlyphView, LogLine
from ascpi.demo.watch import Watch
from ascpi.truth import MonotonicClock

START_US = 5_000_000_000


def report(node_id: int, at_us: int, theta: float, state: str = "locked", **words: object) -> str:
    more = " ".join(f"{name}={value}" for name, value in words.items())
    return (
        f"ASCPI report id={node_id} epoch=1 up_ms={(at_us - START_US) // 1000} "
        f"ticks={at_us % (1 << 30)} theta={theta % 1.0:.8f} state={state} band=shared c=1.0000 "
        f"err_us=-3 peers=1 dphi=0.0000 kappa=0.1250 topology=mesh field=open heard=1 "
        f"sent={(at_us - START_US) // 50_000} refused=0 {more}"
    )


def watch_of(count: int) -> Watch:
    nodes = [
        NodePlan(number, f"board {number}", DESKTOP, 0.0, 0.0) for number in range(1, count + 1)
    ]
    clocks = {node.node_id: MonotonicClock() for node in nodes}
    return Watch(nodes, clocks, "wifi", 7, START_US)


def play(watch: Watch, offsets: list[float], seconds: float, state: str = "locked") -> int:
    """Nodes that keep so far from each other, reporting ten times a second; when it ended."""
    now_us = START_US
    for tenth in range(1, round(seconds * 10) + 1):
        for number, offset in enumerate(offsets, start=1):
            at_us = START_US + tenth * 100_000 + number * 3_000
            theta = (at_us - START_US) / 1e6 + offset
            # The line takes a while.
            now_us = at_us + 2_000
            watch.take(number, report(number, at_us, theta, state), now_us)
        watch.advance(now_us)
    return now_us


def test_a_lock_in_true_time() -> None:
    watch = watch_of(3)
    end_us = play(watch, [0.0, 0.0004, -0.0004], 3)
    outcome = outcome_of(watch, "wifi", 7, end_us)
    assert outcome.locked
    assert outcome.time_to_lock_s == pytest.approx(0.12, abs=0.021)
    assert [node.error_us for node in outcome.nodes] == pytest.approx([0, -400, 400], abs=0.1)
    assert [node.believed_error_us for node in outcome.nodes] == [-3, -3, -3]
    assert outcome.spread_us == pytest.approx(800, abs=0.1)
    assert outcome.rms_us == pytest.approx(326.6, abs=0.1)
    assert outcome.steady_worst_us == pytest.approx(400, abs=0.1)
    assert outcome.packets_per_s == pytest.approx(60, abs=3)
    assert outcome.field == "open"
    assert outcome.sentence.startswith(
        "3 nodes, with clocks alike, over Wi-Fi with 5 % loss, locked after 0.1 s, stayed within "
    )


def test_nodes_that_only_believe_that_they_are_locked() -> None:
    watch = watch_of(2)
    end_us = play(watch, [0.0, 0.03], 2)
    outcome = outcome_of(watch, "wifi", 7, end_us)
    assert not outcome.locked
    assert outcome.coherence is not None
    assert outcome.coherence > 0.9
    assert outcome.time_to_lock_s is None
    assert "had not locked after" in outcome.sentence
    assert "Farthest off: board" in outcome.sentence


def test_nodes_that_are_locked_and_do_not_know_it_yet() -> None:
    watch = watch_of(2)
    end_us = play(watch, [0.0, 0.0], 1, "acquiring")
    outcome = outcome_of(watch, "wifi", 7, end_us)
    assert outcome.locked
    assert outcome.steady_s is None
    assert "not all nodes say so" in outcome.sentence


def test_a_node_that_was_never_heard() -> None:
    watch = watch_of(2)
    end_us = play(watch, [0.0], 3)
    outcome = outcome_of(watch, "wifi", 7, end_us)
    assert not outcome.locked
    assert outcome.nodes[1].error_us is None
    assert "Nothing is heard of board 2" in outcome.sentence


def test_nothing_at_all() -> None:
    outcome = outcome_of(watch_of(2), "clean", 7, START_US)
    assert not outcome.locked
    assert outcome.coherence is None
    assert "said nothing yet" in outcome.sentence


def test_the_log_tells_it_in_order() -> None:
    watch = watch_of(2)
    watch.take(1, "ASCPI error the flash is full", START_US + 50_000)
    watch.take(1, "ASCPI event joined peer=2", START_US + 60_000)
    watch.take(1, "Traceback (most recent call last):", START_US + 70_000)
    play(watch, [0.0, 0.0], 1)
    watch.take(2, "ASCPI event state to=holdover", START_US + 900_000)
    told = [line.text for line in watch.log]
    assert told[:2] == ["board 1: the flash is full", "board 1 hears its first neighbour, board 2"]
    assert "board 1 is up, at Θ = 0.10" in told
    assert "locked: all are within 10 ms of their mean" in told
    assert told[-1] == "board 2 hears nobody any more and keeps the phase by itself"
    times = [line.at_s for line in watch.log]
    assert times == sorted(times)


def play_a_power_cut(watch: Watch, back_at: float) -> int:
    """Board 3 is off from 2 s to 4 s, then `back_at` turns ahead, and locked from 5 s on."""
    now_us = START_US
    for tenth in range(1, 71):
        if tenth == 20:
            watch.excuse(3)
        for number in (1, 2, 3):
            at_us = START_US + tenth * 100_000 + number * 3_000
            theta = (at_us - START_US) / 1e6
            line = report(number, at_us, theta)
            if number == 3 and tenth >= 20:
                if tenth < 40:
                    continue
                apart = back_at if tenth < 50 else 0.0
                state = "acquiring" if tenth < 50 else "locked"
                line = report(3, at_us, theta + apart, state).replace("epoch=1", "epoch=2")
            now_us = at_us + 2_000
            watch.take(number, line, now_us)
        watch.advance(now_us)
    return now_us


def test_a_power_cut_on_purpose_is_no_lost_lock() -> None:
    watch = watch_of(3)
    end_us = play_a_power_cut(watch, back_at=0.4)
    outcome = outcome_of(watch, "wifi", 7, end_us)
    assert outcome.locked
    assert outcome.lock_losses == 0
    assert outcome.time_to_lock_s == pytest.approx(0.12, abs=0.021)
    assert outcome.steady_s == pytest.approx(6.8, abs=0.2)
    assert outcome.steady_worst_us == pytest.approx(0, abs=1)
    assert not watch.excused.nodes
    assert outcome.packets_per_s == pytest.approx(60, abs=3)


def test_one_that_is_left_alone_on_purpose_loses_no_lock() -> None:
    watch = watch_of(2)
    play(watch, [0.0, 0.0], 1)
    watch.excuse(2)
    now_us = START_US + 1_000_000
    for tenth in range(11, 31):
        now_us = START_US + tenth * 100_000
        watch.take(1, report(1, now_us, (now_us - START_US) / 1e6), now_us)
        watch.advance(now_us)
    assert watch.judge.losses == 0
    assert watch.judge.time_to_lock_s == pytest.approx(0.12, abs=0.021)


def test_who_is_not_back_yet_is_told() -> None:
    watch = watch_of(3)
    play(watch, [0.0, 0.0, 0.0], 1)
    watch.excuse(3)
    outcome = outcome_of(watch, "wifi", 7, START_US + 1_100_000)
    assert not outcome.locked
    assert "; board 3 was not back yet." in outcome.sentence


def test_where_an_excused_node_is_can_still_be_seen() -> None:
    watch = watch_of(3)
    watch.excuse(3)
    end_us = play(watch, [0.0, 0.0, 0.3], 2)
    scene = watch.look(end_us)
    assert scene.coherence == pytest.approx(1.0)
    assert scene.nodes[2].error_us == pytest.approx(-300_000, abs=10)
    assert scene.nodes[0].error_us == pytest.approx(0, abs=10)


def test_one_neighbour_is_enough_to_tell_of_a_restart() -> None:
    watch = watch_of(3)
    watch.excuse(3)
    for number in (1, 2):
        watch.take(number, "ASCPI event restarted peer=3", START_US + number)
        watch.take(number, "ASCPI event silent peer=2", START_US + number)
    assert [line.text for line in watch.log] == [
        "board 1 notices that board 3 has restarted",
        "board 1 does not hear board 2 any more",
        "board 2 does not hear board 2 any more",
    ]


def test_plain_line() -> None:
    watch = watch_of(2)
    end_us = play(watch, [0.0, 0.002], 1)
    line = scene_line(watch.look(end_us))
    assert line.startswith("   1.0 s  C 0.9999 shared    locked ")
    assert line.endswith("board 1 +1.00 ms  board 2 −1.00 ms")


def test_plain_line_with_glyphs() -> None:
    watch = watch_of(2)
    end_us = play(watch, [0.0, 0.0], 1)
    glyphs = (
        GlyphView("1.9", "comet", 2, 3, 0.5),
        GlyphView("2.7", "counter", 1, 0, 0.1, None, 41),
    )
    line = scene_line(replace(watch.look(end_us), glyphs=glyphs))
    assert line.endswith("  · comet on board 2  · counter 41 on board 1")


def test_plain_display_tells_each_thing_once(capsys: pytest.CaptureFixture[str]) -> None:
    watch = watch_of(2)
    display = PlainDisplay(sys.stdout)
    display.show(watch.look(START_US))
    scene = replace(watch.look(START_US), told=(LogLine(1.5, "board 3 loses its power", BAD),))
    display.show(scene)
    display.show(scene)
    assert capsys.readouterr().out.count("   1.5 s  board 3 loses its power\n") == 1
    assert display.pressed() == ""


def test_plain_display_waits_a_second(capsys: pytest.CaptureFixture[str]) -> None:

    watch = watch_of(2)
    display = PlainDisplay(sys.stdout)
    assert display.show(watch.look(START_US))
    assert capsys.readouterr().out == ""
    assert display.show(watch.look(START_US + 1_000_000))
    assert "board 2 starting" in capsys.readouterr().out
