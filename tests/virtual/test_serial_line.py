import os
import re
import select
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from mpremote.transport import TransportExecError
from mpremote.transport_serial import SerialTransport

from ascpi.virtual import VirtualBoard
from ascpi.virtual.serial_line import PENDING_BYTES_MAX, ReplMode
from tests.virtual.lab import DEADLINE_S, Lab

FOREVER = "print('ready')\nimport time\nwhile True: time.sleep_ms(20)"


@pytest.fixture
def board(lab: Lab) -> VirtualBoard:
    board, lines = lab.board(FOREVER)
    lines.expect("ready")
    return board


@pytest.fixture
def transport(board: VirtualBoard) -> Iterator[SerialTransport]:
    transport = SerialTransport(board.serial_path, timeout=DEADLINE_S)
    transport.enter_raw_repl(soft_reset=False)
    yield transport
    transport.close()


def test_raw_repl_with_raw_paste(transport: SerialTransport) -> None:
    assert transport.exec("print('a' * 3)") == b"aaa\n"
    assert transport.use_raw_paste
    assert transport.eval("2 ** 40") == 2**40
    # Longer than several windows of the paste.
    long = "\n".join(f"x{n} = {n}" for n in range(400)) + "\nprint(x399)"
    assert transport.exec(long) == b"399\n"


def test_raw_repl_without_paste(transport: SerialTransport) -> None:
    transport.use_raw_paste = False
    assert transport.exec("print('b' * 1000)") == b"b" * 1000 + b"\n"


def test_an_exception_comes_back_apart_from_output(transport: SerialTransport) -> None:
    with pytest.raises(TransportExecError, match="ZeroDivisionError"):
        transport.exec("print('before')\n1/0")
    assert transport.exec("print('after')") == b"after\n"


def test_files_go_to_the_flash_and_back(
    transport: SerialTransport, board: VirtualBoard, tmp_path: Path
) -> None:
    content = bytes(range(256)) * 40
    transport.fs_mkdir("/folder")
    transport.fs_writefile("/folder/data", content)
    assert (board.options.flash / "folder" / "data").read_bytes() == content
    assert transport.fs_readfile("/folder/data") == content
    assert [entry.name for entry in transport.fs_listdir("/folder")] == ["data"]
    transport.fs_rmfile("/folder/data")
    transport.fs_rmdir("/folder")
    assert not transport.fs_exists("/folder")
    assert transport.fs_exists("/main.py")
    assert not transport.fs_exists("/etc")


def test_a_mounted_folder_can_be_imported_from(transport: SerialTransport, tmp_path: Path) -> None:
    """Its bytes pass in both directions, Ctrl-C among them, while the program has no interrupt."""
    (tmp_path / "far.py").write_text("value = '" + "z" * 300 + "'")
    (tmp_path / "bytes").write_bytes(bytes(range(256)))
    transport.mount_local(str(tmp_path))
    assert transport.exec("import far\nprint(len(far.value))") == b"300\n"
    read = "with open('/remote/bytes', 'rb') as file: print(file.read() == bytes(range(256)))"
    assert transport.exec(read) == b"True\n"
    transport.umount_local()


def test_soft_reset_in_raw_repl_leaves_main_out(
    transport: SerialTransport, board: VirtualBoard
) -> None:
    transport.exec("left = 1")
    transport.enter_raw_repl(soft_reset=True)
    assert transport.exec("print('left' in globals())") == b"False\n"
    assert board.reset_causes == (1, 5)


@pytest.mark.parametrize("paste", [True, False])
def test_interrupt_of_a_program_in_raw_repl(transport: SerialTransport, paste: bool) -> None:
    transport.use_raw_paste = paste
    transport.exec_raw_no_follow("import time\nwhile True: time.sleep_ms(5)")
    time.sleep(0.1)  # a Ctrl-C before the program runs is lost, on a board too
    transport.serial.write(b"\x03")
    _, error = transport.follow(timeout=DEADLINE_S)
    assert b"KeyboardInterrupt" in error


def test_back_in_the_friendly_repl_a_soft_reset_runs_main(lab: Lab) -> None:
    board, lines = lab.board(FOREVER)
    lines.expect("ready")
    transport = SerialTransport(board.serial_path, timeout=DEADLINE_S)
    transport.enter_raw_repl(soft_reset=False)
    transport.exit_raw_repl()
    transport.serial.write(b"\x04")
    lines.expect("soft reboot")
    lines.expect("ready")
    transport.close()


def test_the_link_leads_to_the_port_and_goes_with_it(lab: Lab) -> None:
    link = lab.folder / "ttyBoard"
    link.symlink_to("/nowhere")  # as an earlier board that was killed left it
    board = VirtualBoard(lab.options(serial_link=link))
    with board:
        assert os.readlink(link) == board.serial_path
    assert not link.is_symlink()


def test_a_port_that_nobody_has_open_holds_nothing_up(lab: Lab) -> None:
    main = "for n in range(5000): print('line', n, 'x' * 40)\nprint('end')"
    board, lines = lab.board(main)
    lines.expect("end")
    assert board.dropped_serial_bytes == 0


def test_a_port_that_is_open_but_not_read_drops_the_oldest(lab: Lab) -> None:
    main = """
import sys
sys.stdin.read(1)
for n in range(9000): print('line %05d' % n, 'x' * 40)
print('end')
"""
    board, lines = lab.board(main)
    port = os.open(board.serial_path, os.O_RDWR | os.O_NOCTTY)
    try:
        os.write(port, b"g")
        lines.expect("end")
        assert board.dropped_serial_bytes > 0
        text = _read_until(port, b"end\n")
        kept = [int(number) for number in re.findall(rb"^line (\d{5}) x{40}$", text, re.MULTILINE)]
        # First what the system's own buffer took, then a gap, then the newest without one.
        assert kept == sorted(set(kept))
        assert len(kept) < 9000
        newest = PENDING_BYTES_MAX // len("line 00000 \n" + "x" * 40) - 10
        assert kept[-newest:] == list(range(9000 - newest, 9000))
    finally:
        os.close(port)


def _read_until(port: int, ending: bytes) -> bytes:
    data = b""
    end_s = time.monotonic() + DEADLINE_S
    while ending not in data:
        assert time.monotonic() < end_s
        if select.select([port], [], [], 0.1)[0]:
            data += os.read(port, 65536)
    return data


def test_the_repl_s_mode_is_that_of_the_last_greeting() -> None:
    mode = ReplMode()
    for data, raw in [
        (b"raw REPL; CTRL-", False),
        (b"B to exit\r\n>", True),
        (b"OK\x04\x04>", True),
        (b'MicroPython\r\nType "help()" for more information.\r\n>>> ', False),
        (b"\r\nraw REPL; CTRL-B to exit\r\n>", True),
    ]:
        mode.feed(data)
        assert mode.raw is raw


@pytest.mark.parametrize(
    ("said", "prompting"),
    [(b"\x04\x04>", True), (b">>> ", True), (b"R\x01\x80\x00\x01", True), (b"OK", False)],
)
def test_a_prompt_is_known_by_its_end(said: bytes, prompting: bool) -> None:
    mode = ReplMode()
    mode.feed(b"something\r\n" + said)
    assert mode.prompting is prompting
