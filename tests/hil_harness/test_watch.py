"""Phases on the common clock, from reports and from a probe's pulses."""

from collections.abc import Sequence

import pytest

from ascpi.hil.identity import Identity
from ascpi.hil.physical import PhysicalBoard
from ascpi.hil.pulses import Pulse
from ascpi.hil.watch import Watch
from ascpi.virtual import true_us
from ascpi_core import VERSION

TURN_US = 1_000_000


class Wires:
    """A probe that has seen pulses of all boards, 40 µs after each other."""

    def __init__(self, macs: Sequence[str], first_us: int, turns: int) -> None:
        self._pulses = {
            mac: [Pulse(first_us + turn * TURN_US + 40 * index, 2.0) for turn in range(turns)]
            for index, mac in enumerate(macs)
        }

    def pulses(self, mac: str, since: int) -> tuple[Sequence[Pulse], int]:
        found = self._pulses[mac]
        return found[since:], len(found)


def board(index: int, phase_offset: float = 0.0) -> PhysicalBoard:
    mac = f"02:00:00:00:00:0{index}"
    identity = Identity("/dev/none", mac, VERSION, "", False, 1000, 1000, phase_offset)
    return PhysicalBoard(identity, f"board-{index}")


def test_with_a_probe_phases_are_those_of_the_pulses() -> None:
    boards = [board(index) for index in (1, 2, 3)]
    wires = Wires([one.mac for one in boards], true_us() - 10 * TURN_US, 10)
    for one in boards:
        one.pulse_source = wires
    watch = Watch(boards, by_pulses=True)
    watch.look()
    seen = watch.sightings[-1].among([one.name for one in boards])
    # Who pulses first is ahead.
    expected = {"board-1": 40.0, "board-2": 0.0, "board-3": -40.0}
    assert seen.errors_us == pytest.approx(expected, abs=1)
    assert seen.uncertain_us == pytest.approx(2 * 2.0 * 2 / 3, rel=0.01)
    assert [len(one.edges()) for one in boards] == [10, 10, 10]
    assert [len(one.edges()) for one in boards] == [0, 0, 0]


def test_a_board_that_is_to_lead_is_judged_by_its_own_phase() -> None:
    leader, other = board(1, phase_offset=0.25), board(2)
    first_us = true_us() - 10 * TURN_US
    leader.pulse_source = Wires([leader.mac], first_us - TURN_US // 4, 10)
    other.pulse_source = Wires([other.mac], first_us, 10)
    watch = Watch([leader, other], by_pulses=True)
    watch.look()
    assert watch.sightings[-1].among([leader.name, other.name]).worst_us < 1


def test_reports_say_how_well_a_serial_line_tells_their_time() -> None:
    boards = [board(1), board(2)]
    watch = Watch(boards)
    begin_us = true_us() - 5_000_000
    for step in range(50):
        for one in boards:
            at_us = begin_us + step * 100_000
            theta = (at_us - begin_us) / TURN_US % 1.0
            one.transcript.add(
                f"ASCPI report id={one.name[-1]} epoch=1 up_ms={step * 100} "
                f"ticks={step * 100_000} theta={theta:.9f} state=locked band=shared c=1.0 "
                "err_us=0 peers=1",
                at_us + 3000,
            )
    watch.look()
    seen = watch.sightings[-1].among(["board-1", "board-2"])
    assert seen.worst_us < 100
    # No questions were asked: what is assumed of a line, and nothing better.
    assert seen.uncertain_us == pytest.approx(10_000, rel=0.05)
