"""A board that was just started says so itself, or why it cannot."""

import os
import pty
import threading
import tty
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from ascpi.flash.first_words import FirstWords, Verdict, listen

MAC = "24:0a:c4:00:00:07"
BOOT = f"ASCPI event boot id=9 epoch=3 mac={MAC} version=0.1.0 micropython=1.25.0 board=x"
REPORT = (
    "ASCPI report id=9 epoch=4 up_ms=1 ticks=2 theta=0.5 state=alone band=loose c=0.0 err_us=0 "
    "peers=0"
)


def judge(*lines: str) -> Verdict | None:
    words = FirstWords(MAC, 9)
    for line in lines:
        words.feed(line)
    return words.verdict


def test_the_boot_line_is_success() -> None:
    verdict = judge("rst:0x1 (POWERON)", "", "ASCPI note ASCpi 0.1.0", BOOT, "ASCPI error late")
    assert verdict == Verdict(True, "boot 3, id 9, MicroPython 1.25.0", 3)


def test_a_report_will_do_as_well() -> None:
    assert judge(REPORT) == Verdict(True, "reports as id 9", 4)
    verdict = judge(REPORT.replace("id=9", "id=8"))
    assert verdict == Verdict(False, "a board with the id 8 reports there, not 9")


def test_another_board_is_none_of_ours() -> None:
    verdict = judge(BOOT.replace("00:07", "00:08"))
    assert verdict is not None
    assert not verdict.passed
    assert verdict.text.startswith("a board with the MAC 24:0a:c4:00:00:08 reports there")


def test_an_error_is_told_in_the_boards_words() -> None:
    verdict = judge("ASCPI error config: 1 mistake in /ascpi.json: brodcast is no setting")
    assert verdict == Verdict(
        False, "it says: config: 1 mistake in /ascpi.json: brodcast is no setting"
    )


def test_a_board_without_a_program_says_so() -> None:
    """As firmware/main.py does, before there is anything else that could."""
    verdict = judge("ASCPI error /ascpi_run names no program: flash this board again")
    assert verdict == Verdict(
        False, "it says: /ascpi_run names no program: flash this board again"
    )


def test_a_traceback_is_told_with_its_place() -> None:
    verdict = judge(
        "Traceback (most recent call last):",
        '  File "main.py", line 36, in <module>',
        '  File "ascpi_boot", line 1, in _run',
        "ImportError: no module named 'ascpi_node'",
    )
    assert verdict == Verdict(
        False,
        "its program ended: ImportError: no module named 'ascpi_node' "
        '(File "ascpi_boot", line 1, in _run)',
    )


def test_what_says_nothing_is_remembered() -> None:
    words = FirstWords(MAC, 9)
    for number in range(5):
        words.feed(f"invalid header: {number}")
    assert words.verdict is None
    assert words.last_words == "invalid header: 2 | invalid header: 3 | invalid header: 4"


@dataclass(frozen=True)
class Wire:
    master: int
    path: str

    def repeat(self, text: str) -> Callable[[], None]:
        """Say it again and again, as what came before the port was opened is nobody's; stop it."""
        ended = threading.Event()

        def run() -> None:
            while not ended.wait(0.02):
                os.write(self.master, text.encode())

        thread = threading.Thread(target=run)
        thread.start()

        def stop() -> None:
            ended.set()
            thread.join()

        return stop


@pytest.fixture
def wire() -> Iterator[Wire]:
    master, slave = pty.openpty()
    tty.setraw(slave)
    yield Wire(master, os.ttyname(slave))
    os.close(slave)
    os.close(master)


def test_listening_ends_with_the_line_that_tells(wire: Wire) -> None:
    stop = wire.repeat("noise\r\n" + BOOT + "\r\n")
    verdict = listen(wire.path, MAC, 9, threading.Event(), 10.0)
    stop()
    assert verdict.epoch == 3


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("", "flashed and verified, but it says nothing in 0 s: press its EN"),
        ("MicroPython v1.25.0\r\n", "no telemetry came in 0 s, only: MicroPython v1.25.0 |"),
    ],
)
def test_a_deadline_says_what_was_heard(wire: Wire, said: str, answer: str) -> None:
    stop = wire.repeat(said)
    verdict = listen(wire.path, MAC, 9, threading.Event(), 0.4)
    stop()
    assert not verdict.passed
    assert answer in verdict.text


def test_a_port_that_is_gone_is_no_silence(wire: Wire) -> None:
    verdict = listen(wire.path + "9999", MAC, 9, threading.Event(), 0.3)
    assert not verdict.passed
    assert "its port was lost: there is no such port" in verdict.text
