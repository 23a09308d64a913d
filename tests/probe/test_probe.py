"""The class Probe against the probe's program on a virtual board, by its serial port."""

import os
import pty
import time
from collections.abc import Iterator
from statistics import median

import pytest

from ascpi.ports import PortError
from ascpi.probe.probe import Probe, ProbeError
from tests.probe.setting import Setting
from tests.virtual.lab import DEADLINE_S, wait_until


def test_edges_and_deviations_of_two_boards(setting: Setting) -> None:
    setting.pulser(1, 8, 0)
    setting.pulser(2, 16, 30_000)
    board, _ = setting.probe()
    # The machine may have other things to do; how sharp the probe is test_accuracy.py tells.
    with Probe(board.serial_path, {8: "hall", 16: "stage"}, within_us=20_000) as probe:
        wait_until(lambda: len(probe.seen()) >= 16, "16 edges")
        edges = probe.edges()
        assert {edge.pin for edge in edges} == {8, 16}
        assert len(probe.edges()) < len(edges)
        wait_until(lambda: len(complete(probe)) >= 3, "three turns with both boards")
        apart_us = median(turn["stage"] - turn["hall"] for turn in complete(probe))
        assert 10_000 < apart_us < 50_000
        wait_until(lambda: probe.host_us(0) is not None, "its time")
        at_us = probe.host_us(edges[0].probe_us)
        assert at_us is not None
        assert 0 < time.monotonic_ns() // 1000 - at_us < DEADLINE_S * 1e6
        assert probe.state.reader == "register"
        assert (probe.state.lost, probe.state.damaged, probe.trouble) == (0, 0, "")


def test_what_was_not_seen_sharply_does_not_count(setting: Setting) -> None:
    setting.pulser(1, 8, 0)
    board, _ = setting.probe()
    with Probe(board.serial_path, {8: "hall"}, within_us=-1) as probe:
        wait_until(lambda: len(probe.seen()) >= 4, "edges")
        assert probe.deviations() == []
        assert probe.blurred >= 2


def complete(probe: Probe) -> list[dict[str, float]]:
    return [dict(turn.deviations_us) for turn in probe.deviations() if not turn.missing]


def test_a_reset_in_the_midst_of_it_is_noted_and_mended(setting: Setting) -> None:
    setting.pulser(1, 8, 0)
    board, _ = setting.probe()
    with Probe(board.serial_path, {8: "hall"}) as probe:
        wait_until(lambda: len(probe.seen()) >= 4, "edges")
        board.restart()
        wait_until(lambda: probe.state.restarts == 1, "the restart")
        before = len(probe.seen())
        wait_until(lambda: len(probe.seen()) >= before + 4, "edges after it")
        times = [edge.probe_us for edge in probe.seen()]
        assert times == sorted(times)


def test_a_configured_probe_needs_no_names(setting: Setting) -> None:
    board, _ = setting.probe(configuration='{"pins": [5, 9]}')
    with Probe(board.serial_path, {}) as probe:
        assert probe.wires == {5: "pin 5", 9: "pin 9"}


def test_an_idle_probe_without_names_says_what_to_do(setting: Setting) -> None:
    board, _ = setting.probe()
    with pytest.raises(ProbeError, match=r"is not configured to watch any pin; name them"):
        Probe(board.serial_path, {}).start()


def test_a_pin_that_cannot_be_watched_is_the_probe_s_own_sentence(setting: Setting) -> None:
    board, _ = setting.probe()
    with pytest.raises(ProbeError, match=r"the probe says: pin 77 cannot be watched"):
        Probe(board.serial_path, {77: "hall"}).start()


def test_a_port_that_is_not_there_is_said_at_once() -> None:
    begin_s = time.monotonic()
    with pytest.raises(PortError, match="there is no such port"):
        Probe("/dev/ttyNone", {4: "hall"}).start()
    assert time.monotonic() - begin_s < 2


@pytest.fixture
def silent() -> Iterator[str]:
    """A port on which nobody answers."""
    master, slave = pty.openpty()
    yield os.ttyname(slave)
    os.close(master)
    os.close(slave)


def test_a_port_without_a_probe_is_said_at_the_deadline(silent: str) -> None:
    with pytest.raises(ProbeError, match=r"no probe answers within 0.3 s; is it the right port"):
        Probe(silent, {4: "hall"}).start(deadline_s=0.3)


@pytest.mark.parametrize(
    ("wires", "pull", "words"),
    [
        (dict.fromkeys(range(9), "x"), "down", "9 pins are too many for a probe: 8 at most"),
        ({4: "x", 5: "x"}, "down", "two pins of the probe are called x"),
        ({4: "x"}, "left", "there is no pull 'left': give one of down, up, none"),
    ],
)
def test_wrong_wires_are_refused_before_a_port_is_opened(
    wires: dict[int, str], pull: str, words: str
) -> None:
    with pytest.raises(ProbeError, match=words):
        Probe("/dev/ttyNone", wires, pull)
