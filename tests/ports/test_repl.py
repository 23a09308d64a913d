"""Files and code on a board, through a virtual board's serial port."""

import hashlib
import os
import pty
from collections.abc import Iterator
from pathlib import Path

import pytest

from ascpi.ports import PortError
from ascpi.ports.repl import Repl
from tests.virtual.lab import Lab

BUSY = "import time\nprint('up')\nwhile True: time.sleep_ms(10)\n"


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    made = Lab(tmp_path)
    yield made
    made.close()


def test_a_program_is_interrupted_and_code_runs(lab: Lab) -> None:
    board, lines = lab.board(BUSY)
    lines.expect("up")
    with Repl(board.serial_path) as repl:
        assert repl.execute("print(6 * 7)").strip() == "42"
        with pytest.raises(PortError, match="ZeroDivisionError"):
            repl.execute("1 / 0")


def test_files_are_written_in_one_step_listed_read_and_removed(lab: Lab) -> None:
    board, lines = lab.board(BUSY)
    lines.expect("up")
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


def test_a_reset_starts_the_program_anew(lab: Lab) -> None:
    board, lines = lab.board(BUSY)
    lines.expect("up")
    with Repl(board.serial_path) as repl:
        repl.reset()
    lines.expect("up")


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
