"""Ctrl-C reaches the code that runs, and no other, and leaves the board in order."""

import time
from collections.abc import Iterator

import pytest
from mpremote.transport_serial import SerialTransport

from ascpi.virtual import VirtualBoard
from tests.virtual.lab import DEADLINE_S, Lab, Lines

# Almost always in the midst of an allocation, as a board is that loads its program.
ALLOCATING = """
import time
print("ready")
while True:
    for _ in range(200):
        [bytearray(20) for _ in range(20)]
    time.sleep_us(1)
"""


def open_repl(board: VirtualBoard) -> SerialTransport:
    transport = SerialTransport(board.serial_path, timeout=DEADLINE_S)
    transport.enter_raw_repl(soft_reset=False)
    return transport


@pytest.fixture
def stopped(lab: Lab) -> Iterator[tuple[SerialTransport, Lines]]:
    """A board in its raw REPL."""
    board, lines = lab.board("print('ready')")
    lines.expect("ready")
    transport = open_repl(board)
    yield transport, lines
    transport.close()


def test_the_heap_is_in_order_after_many_interrupts(lab: Lab) -> None:
    board, lines = lab.board(ALLOCATING)
    for _ in range(15):
        lines.expect("ready")
        transport = open_repl(board)
        assert transport.exec("print(sum([len(bytearray(100)) for _ in range(100)]))").strip() == (
            b"10000"
        )
        transport.exit_raw_repl()
        transport.serial.write(b"\x04")
        transport.close()
    assert set(board.reset_causes) == {1, 5}


@pytest.mark.parametrize("code", ["import time\ntime.sleep(1000)", "while True: pass"])
def test_a_long_sleep_and_code_that_never_sleeps_are_cut_short(
    stopped: tuple[SerialTransport, Lines], code: str
) -> None:
    transport, _ = stopped
    transport.exec_raw_no_follow("print('begun')\n" + code)
    assert transport.read_until(1, b"begun").endswith(b"begun")
    transport.serial.write(b"\x03")
    _, error = transport.follow(timeout=DEADLINE_S)
    assert b"KeyboardInterrupt" in error


def test_what_is_typed_behind_it_is_for_the_repl(lab: Lab) -> None:
    """Not for the program, which reads all that it can until it is interrupted."""
    main = """
import select, sys, time
keys = select.poll()
keys.register(sys.stdin, select.POLLIN)
print("ready")
while True:
    end = time.ticks_us() + 50_000
    while time.ticks_us() < end:
        if keys.poll(0): print("taken", repr(sys.stdin.read(1)))
    time.sleep_ms(1)
"""
    board, lines = lab.board(main)
    lines.expect("ready")
    board.send(b"a\x03print(6 * 7)\r")
    lines.expect("taken 'a'")
    lines.expect("KeyboardInterrupt")
    lines.expect("42")
    assert not [line for line in lines.seen if "taken" in line and "'a'" not in line]


def test_one_that_comes_too_late_strikes_nothing_else(
    stopped: tuple[SerialTransport, Lines],
) -> None:
    """The code has ended by itself meanwhile, and the next is at work."""
    transport, _ = stopped
    for _ in range(2):
        transport.exec_raw_no_follow("end = 1\nfor _ in range(200_000): end += 1\nprint(end)")
        transport.serial.write(b"\x03")
        printed, error = transport.follow(timeout=DEADLINE_S)
        assert b"KeyboardInterrupt" in error or printed.strip() == b"200001"
        end_s = time.monotonic() + 1.2
        while time.monotonic() < end_s:
            assert transport.exec("import time\ntime.sleep_ms(2)\nprint(6 * 7)").strip() == b"42"
