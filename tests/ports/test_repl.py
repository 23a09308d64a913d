"""Files and code on a board, through a virtual board's serial port."""

import hashlib
import os
import pty
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ascpi.ports import PortError
from ascpi.ports.repl import Repl
from ascpi.virtual.supervisor import CAUSE_POWER_ON, CAUSE_RESET, CAUSE_WATCHDOG
from tests.ports.stand_in import (
    Answer,
    chatter,
    falls_silent,
    half_answers,
    restarts,
    slow,
    stand_in,
)
from tests.virtual.lab import DEADLINE_S, Lab

BUSY = "import time\nprint('begun')\nwhile True: time.sleep_ms(10)\n"


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    made = Lab(tmp_path)
    yield made
    made.close()


def test_a_program_is_interrupted_and_code_runs(lab: Lab) -> None:
    board, lines = lab.board(BUSY)
    lines.expect("begun")
    with Repl(board.serial_path) as repl:
        assert repl.execute("print(6 * 7)").strip() == "42"
        with pytest.raises(PortError, match="ZeroDivisionError"):
            repl.execute("1 / 0")


def test_files_are_written_in_one_step_listed_read_and_removed(lab: Lab) -> None:
    board, lines = lab.board(BUSY)
    lines.expect("begun")
    content = bytes(range(256)) * 5
    with Repl(board.serial_path) as repl:
        repl.write("/folder/file.bin", content)
        assert (lab.folder / "flash-1" / "folder" / "file.bin").read_bytes() == content
        assert repl.read("/folder/file.bin") == content
        assert repl.digest("/folder/file.bin") == hashlib.sha256(content).digest()
        assert list(repl.files("/folder")) == ["file.bin"]
        repl.remove("/folder/file.bin")
        assert repl.digest("/folder/file.bin") is None
        assert repl.files("/folder") == {}
        assert repl.files("/nowhere") == {}
        with pytest.raises(PortError, match=r"/folder/file\.bin"):
            repl.read("/folder/file.bin")


def test_leaving_starts_the_program_anew(lab: Lab) -> None:
    board, lines = lab.board(BUSY)
    lines.expect("begun")
    with Repl(board.serial_path):
        pass
    lines.expect("begun")
    assert board.reset_causes == (CAUSE_POWER_ON, CAUSE_RESET)


def execute_for_ever(url: str, cancelled: threading.Event, code: str) -> None:
    with Repl(url, cancelled) as repl:
        while True:
            repl.execute(code)


def test_whatever_goes_wrong_the_program_starts_anew(lab: Lab) -> None:
    board, lines = lab.board(BUSY)
    lines.expect("begun")
    with pytest.raises(ZeroDivisionError), Repl(board.serial_path):
        _ = 1 // 0
    lines.expect("begun")
    # In the midst of code that is running, of code that is being sent, and of an answer.
    for code in (
        "while True: pass",
        f"x = {'1' * 3000!r}\nwhile True: pass",
        "print('.' * 90000)",
    ):
        cancelled = threading.Event()
        cancel = threading.Timer(0.3, cancelled.set)
        cancel.start()
        with pytest.raises(PortError, match="interrupted"):
            execute_for_ever(board.serial_path, cancelled, code)
        lines.expect("begun")
    assert board.reset_causes == (CAUSE_POWER_ON, *[CAUSE_RESET] * 4)


KILLED = """
import os, signal, sys
from ascpi.ports import repl
repl.LEASH_S = 1
with repl.Repl(sys.argv[1]) as opened:
    opened.execute("print(1)")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_if_we_are_killed_the_program_starts_anew_by_itself(lab: Lab) -> None:
    board, lines = lab.board(BUSY)
    lines.expect("begun")
    done = subprocess.run(
        [sys.executable, "-c", KILLED, board.serial_path], timeout=DEADLINE_S, check=False
    )
    assert done.returncode == -signal.SIGKILL
    lines.expect("begun")
    assert board.reset_causes == (CAUSE_POWER_ON, CAUSE_WATCHDOG)


def test_a_long_session_that_goes_on_is_not_ended(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ascpi.ports.repl.LEASH_S", 1)
    board, lines = lab.board(BUSY)
    lines.expect("begun")
    with Repl(board.serial_path) as repl:
        end_s = time.monotonic() + 2.0
        while time.monotonic() < end_s:
            repl.write("/file", bytes(2000))
    lines.expect("begun")
    assert board.reset_causes == (CAUSE_POWER_ON, CAUSE_RESET)


def test_a_board_that_restarts_all_the_time_is_reached(lab: Lab) -> None:
    restarting = "import machine, time\nprint('begun')\ntime.sleep_ms(200)\nmachine.reset()\n"
    board, lines = lab.board(restarting)
    for _ in range(3):
        lines.expect("begun")
    with Repl(board.serial_path) as repl:
        repl.write("/main.py", b"print('mended')\n")
    lines.expect("mended")


@pytest.mark.parametrize("answer", [restarts, falls_silent, half_answers, chatter])
def test_every_wait_for_a_board_has_an_end(
    answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ENTER_DEADLINE_S", "READ_TIMEOUT_S", "ANSWER_DEADLINE_S"):
        monkeypatch.setattr(f"ascpi.ports.repl.{name}", 1.0)
    with stand_in(answer) as url:
        began_s = time.monotonic()
        with pytest.raises(PortError, match=url), Repl(url) as repl:
            repl.execute("print(1)")
        assert time.monotonic() - began_s < 5.0


@pytest.mark.parametrize("answer", [restarts, falls_silent, chatter])
def test_every_wait_for_a_board_can_be_cancelled(
    answer: Answer,
) -> None:
    cancelled = threading.Event()
    with stand_in(answer) as url:
        threading.Timer(0.5, cancelled.set).start()
        began_s = time.monotonic()
        with pytest.raises(PortError, match="interrupted"), Repl(url, cancelled) as repl:
            repl.execute("print(1)")
        assert time.monotonic() - began_s < 2.0


def test_a_board_that_answers_slowly_is_waited_for() -> None:
    with stand_in(slow) as url, Repl(url) as repl:
        assert repl.execute("print(1)") == ""


def test_a_port_without_micropython(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ascpi.ports.repl.ENTER_DEADLINE_S", 0.5)
    monkeypatch.setattr("ascpi.ports.repl.ENTER_EVERY_S", 0.2)
    master, slave = pty.openpty()
    try:
        with (
            pytest.raises(PortError, match=r"no MicroPython answers there, .*`ascpi flash`"),
            Repl(os.ttyname(slave)),
        ):
            pass
    finally:
        os.close(slave)
        os.close(master)
