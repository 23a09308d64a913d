import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from ascpi import paths
from ascpi.virtual import VirtualBoard
from tests.virtual.lab import Lab, wait_until

PARENT = """
import sys, time
sys.path[:0] = {path!r}
from pathlib import Path
from ascpi.virtual import VirtualBoard, VirtualBoardOptions
folder = Path({folder!r})
board = VirtualBoard(VirtualBoardOptions(1, folder / "flash", firmware=folder, core=folder))
board.start()
board.wait_running()
print(board.pid, flush=True)
{then}
"""


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A process that has ended and waits to be reaped by init counts as gone.
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize(
    ("then", "number"),
    [
        ("time.sleep(60)", signal.SIGKILL),
        ("time.sleep(60)", signal.SIGTERM),
        ("time.sleep(60)", signal.SIGINT),
        ("", None),
        ("1 / 0", None),
    ],
)
def test_a_board_dies_with_its_parent(
    tmp_path: Path, then: str, number: signal.Signals | None
) -> None:
    firmware = tmp_path / "firmware"
    firmware.mkdir()
    # It neither reads nor writes its console, and would not notice by itself.
    (firmware / "main.py").write_text("while True: pass")
    program = PARENT.format(
        path=[str(paths.REPOSITORY / "host"), str(paths.REPOSITORY / "shared")],
        folder=str(firmware),
        then=then,
    )
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        if number is not None:
            assert is_running(pid)
            parent.send_signal(number)
    wait_until(lambda: not is_running(pid), "the board dies with its parent")


def test_a_stopped_board_leaves_no_process_thread_or_file(lab: Lab) -> None:
    def threads() -> set[str]:
        return {thread.name for thread in threading.enumerate()}

    def files() -> int:
        return len(os.listdir("/dev/fd"))

    before = threads(), files()
    board = VirtualBoard(lab.options("while True: pass", edges=lab.folder / "edges"))
    for _ in range(3):
        with board:
            board.wait_running()
            pid = board.pid
            assert pid is not None
            board.restart()
        assert not is_running(pid)
    assert (threads(), files()) == before


def test_the_board_holds_no_file_of_its_parent(lab: Lab) -> None:
    main = "print('ready')\nwhile True: pass"
    board, lines = lab.board(main, edges=lab.folder / "edges")
    lines.expect("ready")
    files = [os.readlink(path) for path in Path(f"/proc/{board.pid}/fd").iterdir()]
    known = ("/dev/pts/", "pipe:", "/memfd:ascpi-board", str(lab.folder / "edges"))
    assert [file for file in files if not file.startswith(known)] == []
