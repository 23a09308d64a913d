"""Workers and stand-ins: what esptool does to a board, from this side."""

import os
import re
import threading
from pathlib import Path

import pytest

from ascpi.flash.loader import LoaderError
from ascpi.flash.plan import Region
from ascpi.flash.workers import Workers
from ascpi.ports import open_port
from tests.flash.desk import Desk

MEGABYTE = 1 << 20
DATA = bytes(range(251)) * 400
BAUD = 460_800


def test_tells_chip_mac_and_flash(desk: Desk) -> None:
    board = desk.board("esp32c3", number=0x01020304, flash_bytes=2 * MEGABYTE)
    found = desk.loader(board).connect(BAUD)
    assert (found.chip, found.mac) == ("ESP32-C3", "02:a5:01:02:03:04")
    assert found.flash_bytes == 2 * MEGABYTE


def test_reads_writes_verifies_and_erases(desk: Desk) -> None:
    board = desk.board()
    steps: list[tuple[str, str]] = []
    loader = desk.loader(board, on_progress=lambda stage, name, *_: steps.append((stage, name)))
    loader.connect(BAUD)
    assert loader.read(0x10000, 5000) == b"\xff" * 5000
    regions = [Region("first", 0x1000, DATA), Region("second", 0x200000, DATA[::-1])]
    loader.write(regions)
    assert loader.read(0x1010, 300) == DATA[0x10:][:300]
    loader.verify(regions)
    assert {("write", "first"), ("verify", "first"), ("write", "second")} <= set(steps)
    # Again: the flash holds it already.
    steps.clear()
    loader.write(regions)
    assert not [name for stage, name in steps if stage == "write"]
    loader.erase()
    assert board.flash.read_bytes() == b"\xff" * board.flash_bytes
    with pytest.raises(LoaderError, match=r"verification failed.*\(first\)"):
        loader.verify(regions)


def test_a_bad_byte_is_found_as_it_is_written(desk: Desk) -> None:
    board = desk.board()
    board.break_it(stuck_byte=0x1234)
    loader = desk.loader(board)
    loader.connect(BAUD)
    with pytest.raises(LoaderError, match="other data than was written") as caught:
        loader.write([Region("MicroPython", 0x1000, DATA)])
    assert caught.value.kind == "wrong"
    assert "MicroPython" in str(caught.value)


def test_no_answer_says_which_buttons(desk: Desk) -> None:
    board = desk.board()
    board.break_it(deaf=True)
    with pytest.raises(LoaderError, match="hold its BOOT button, press EN") as caught:
        desk.loader(board).connect(BAUD, attempts=1)
    assert caught.value.kind == "silent"
    assert str(caught.value).startswith(board.port)


def test_a_slow_line_is_used_at_its_rate_with_a_word(desk: Desk) -> None:
    board = desk.board()
    board.break_it(deaf_above_baud=115_200)
    notes: list[str] = []
    loader = desk.loader(board, on_note=notes.append)
    loader.connect(BAUD)
    assert notes == ["the line does not carry 460800 baud: going on at 115200, slower"]
    assert loader.read(0, 4) == b"\xff" * 4


def test_the_cable_out_half_way(desk: Desk) -> None:
    board = desk.board()
    board.break_it(dies_after_bytes=20_000)
    loader = desk.loader(board)
    loader.connect(BAUD)
    with pytest.raises(LoaderError, match=r"broke off while it was to be written.*same command"):
        loader.write([Region("MicroPython", 0x1000, os.urandom(200_000))])
    board.wait_for("unplugged")


def test_a_busy_port_says_so(desk: Desk) -> None:
    board = desk.board()
    with open_port(board.port), pytest.raises(LoaderError, match="another program has the port"):
        desk.loader(board).connect(BAUD)


def test_no_such_port(workers: Workers, tmp_path: Path) -> None:
    from ascpi.flash.loader import Loader

    with (
        Loader(workers, str(tmp_path / "none")) as loader,
        pytest.raises(LoaderError, match=r"none: there is no such port; is the board plugged in"),
    ):
        loader.connect(BAUD)


def test_ending_in_the_midst_frees_the_port(desk: Desk) -> None:
    board = desk.board()
    begun = threading.Event()
    loader = desk.loader(board, on_progress=lambda *_: begun.set())
    loader.connect(BAUD)
    failures: list[LoaderError] = []

    def write() -> None:
        try:
            loader.write([Region("MicroPython", 0x1000, os.urandom(2 * MEGABYTE))])
        except LoaderError as error:
            failures.append(error)

    thread = threading.Thread(target=write)
    thread.start()
    assert begun.wait(10)
    loader.end()
    thread.join(10)
    assert len(failures) == 1
    assert "has ended" in str(failures[0])
    # And the next one has it for itself.
    assert desk.loader(board).connect(BAUD).mac == board.mac


def test_esptool_is_imported_by_the_worker_alone(checkout: Path) -> None:
    """Its licence is the GPL, its log global to a process; the mock's server brings it along."""
    wanted = re.compile(r"^\s*(import|from) (esptool|esp32_mock_bootloader|esp_pylib)\b", re.M)
    host = checkout / "host" / "ascpi"
    users = {
        path.relative_to(host).as_posix()
        for path in host.rglob("*.py")
        if wanted.search(path.read_text("utf-8"))
    }
    stand_in = {name for name in users if name.startswith("flash/stand_in/")}
    assert users - stand_in == {"flash/worker.py"}
    callers = re.compile(
        r"^\s*(from ascpi\.flash\.worker import|import ascpi\.flash\.worker\b)", re.M
    )
    assert not [path for path in host.rglob("*.py") if callers.search(path.read_text("utf-8"))]
