"""Wires between virtual boards, and the probe's program, which no ordinary board gets."""

from dataclasses import replace

import pytest

from ascpi import paths
from ascpi.errors import BoardOptionError
from ascpi.virtual import VirtualBoardOptions, Wires, flash
from ascpi.virtual.wires import wires_apart
from ascpi.virtual.wiring import require_one_writer
from tests.virtual.lab import Lab, wait_until

DRIVER = """
from machine import Pin
import sys
pin = Pin(4, Pin.OUT, value=0)
print("ready")
while True:
    sys.stdin.read(1)
    pin.toggle()
"""
READER = """
from machine import Pin, INPUT_REGISTER
from uctypes import UINT32, struct
import time
words = struct(INPUT_REGISTER, {"low": UINT32 | 0, "high": UINT32 | 4})
pins = [Pin(number, Pin.IN) for number in (5, 40)]
old = None
while True:
    new = [pin.value() for pin in pins] + [words.low, words.high]
    if new != old:
        print("levels %d %d %d %d" % tuple(new))
    old = new
    time.sleep_ms(1)
"""


@pytest.fixture
def wires() -> Wires:
    return Wires()


def test_a_level_is_there_by_pin_and_by_register(lab: Lab, wires: Wires) -> None:
    first, first_lines = lab.board(DRIVER, 1, output_wires={4: wires.to(5)})
    second, second_lines = lab.board(DRIVER, 2, output_wires={4: wires.to(40)})
    for lines in (first_lines, second_lines):
        lines.expect("ready")
    _, lines = lab.board(READER, 3, input_wires=wires)
    assert lines.numbers("levels") == [0, 0, 0, 0]
    first.send(b"x")
    assert lines.numbers("levels") == [1, 0, 1 << 5, 0]
    second.send(b"x")
    assert lines.numbers("levels") == [1, 1, 1 << 5, 1 << 8]
    assert wires.level(40)
    # Without power it drives nothing, and nor does it after the next boot.
    second.kill()
    assert lines.numbers("levels") == [1, 0, 1 << 5, 0]
    second.restart()
    second_lines.expect("ready")
    assert not wires.level(40)


def test_a_pin_that_is_driven_from_outside_is_not_the_wire_s(lab: Lab, wires: Wires) -> None:
    board, lines = lab.board(READER, 3, input_wires=wires)
    lines.numbers("levels")
    board.set_input(5, True)
    assert lines.numbers("levels")[0] == 1
    wires.drive(5, True)
    board.set_input(5, False)
    wait_until(lambda: any(line.startswith("levels 0 0 32") for line in lines.seen), "driven low")


def test_wires_end_at_pins_that_there_are(lab: Lab, wires: Wires) -> None:
    with pytest.raises(BoardOptionError, match="pin 60 is out of range"):
        wires.to(60)
    with pytest.raises(BoardOptionError, match="pin 99 is out of range"):
        lab.options(output_wires={99: wires.to(1)})
    assert wires_apart(8) == [0, 8, 16, 24, 32, 40, 48, 56]
    with pytest.raises(BoardOptionError, match="9 boards cannot be wired to one: 8 at most"):
        wires_apart(9)


def test_two_boards_wires_do_not_end_side_by_side(lab: Lab, wires: Wires) -> None:
    plain = lab.options()
    boards = [replace(plain, node_id=n, output_wires={4: wires.to(8 * n)}) for n in (1, 2)]
    require_one_writer(boards)
    beside = replace(plain, node_id=3, output_wires={4: wires.to(10)})
    with pytest.raises(BoardOptionError, match="wires from boards 1 and 3 end side by side"):
        require_one_writer([*boards, beside])


def test_the_probe_s_program_does_not_come_onto_an_ordinary_board(lab: Lab) -> None:
    board = VirtualBoardOptions(1, lab.folder / "board")
    flash.prepare(board)
    assert not (board.flash / "probe").exists()
    assert not (board.flash / "ascpi_probe").exists()
    probe = VirtualBoardOptions(2, lab.folder / "probe", firmware=paths.FIRMWARE / "probe")
    flash.prepare(probe)
    assert (probe.flash / "ascpi_probe" / "program.py").is_file()
    assert not (probe.flash / "ascpi_board").exists()
