import os
import signal

import pytest

from ascpi.errors import BoardFailed
from ascpi.virtual import VirtualBoard
from tests.virtual.lab import Lab, Lines, wait_until

FOREVER = "print('ready')\nimport time\nwhile True: time.sleep_ms(20)"


def test_boot_then_main_then_repl_with_what_main_left(lab: Lab) -> None:
    options = lab.options("answer = 6 * 7\nprint('main', __name__, sorted(globals()))")
    assert options.firmware is not None
    (options.firmware / "boot.py").write_text("print('boot')")
    board = VirtualBoard(options)
    lines = Lines(board)
    with board:
        lines.expect("boot")
        lines.expect("main __main__ ['__name__', 'answer']")
        lines.expect("MicroPython ")
        board.send(b"print('answer', answer)\r")
        lines.expect("answer 42")


def test_an_exception_is_shown_as_on_a_board(lab: Lab) -> None:
    _, lines = lab.board("def f():\n    return 1 // 0\nf()\n")
    lines.expect("MicroPython ")
    start = lines.seen.index("Traceback (most recent call last):")
    assert lines.seen[start : start + 4] == [
        "Traceback (most recent call last):",
        '  File "main.py", line 3, in <module>',
        '  File "main.py", line 2, in f',
        "ZeroDivisionError: divide by zero",
    ]


def test_main_is_not_run_when_boot_failed(lab: Lab) -> None:
    options = lab.options("print('main')")
    assert options.firmware is not None
    (options.firmware / "boot.py").write_text("raise ValueError('no')")
    board = VirtualBoard(options)
    lines = Lines(board)
    with board:
        lines.expect("MicroPython ")
        assert "main" not in lines.seen


def test_the_board_sees_its_flash_and_nothing_else(lab: Lab) -> None:
    main = """
import os, sys
print("root", sorted(os.listdir("/")), os.getcwd(), sys.path)
try:
    open("/etc/passwd")
except OSError as error:
    print("errno", error.errno)
with open("/kept", "w") as file:
    file.write("yes")
"""
    board, lines = lab.board(main)
    lines.expect("root ['ascpi.json', 'main.py'] / ['', '.frozen', '/lib']")
    lines.expect("errno 2")
    lines.expect("MicroPython ")
    assert (board.options.flash / "kept").read_text() == "yes"


def test_files_are_replaced_and_folders_entered(lab: Lab) -> None:
    main = """
import os
def write(name, text):
    with open(name, "w") as file:
        file.write(text)
write("/old", "1")
write("/new", "2")
os.rename("/new", "/old")
write("near", "3")
os.rename("near", "nearer")
os.mkdir("/folder")
os.chdir("/folder")
os.rename("/nearer", "here")
write("inside.py", "print('inside')")
import inside
print("files", os.getcwd(), sorted(os.listdir()), sorted(os.listdir("/")), open("/old").read())
"""
    _, lines = lab.board(main)
    lines.expect("inside")
    lines.expect(
        "files /folder ['here', 'inside.py'] ['ascpi.json', 'folder', 'main.py', 'old'] 2"
    )


def test_ctrl_c_interrupts_main_and_ctrl_d_starts_it_again(lab: Lab) -> None:
    board, lines = lab.board(FOREVER)
    lines.expect("ready")
    first = board.pid
    board.send(b"\x03")
    lines.expect("KeyboardInterrupt")
    lines.expect("MicroPython ")
    board.send(b"\x04")
    lines.expect("MPY: soft reboot")
    lines.expect("ready")
    assert board.pid != first
    assert board.reset_causes == (1, 5)


def test_ctrl_c_while_the_board_starts_reaches_main(lab: Lab) -> None:
    board = VirtualBoard(lab.options(FOREVER))
    lines = Lines(board)
    with board:
        board.send(b"\x03")
        lines.expect("KeyboardInterrupt")
        lines.expect("MicroPython ")


def test_a_flood_of_ctrl_c_does_not_end_the_process(lab: Lab) -> None:
    board, lines = lab.board(FOREVER)
    lines.expect("ready")
    for _ in range(50):
        board.send(b"\x03")
    lines.expect("KeyboardInterrupt")
    lines.expect("MicroPython ")
    board.send(b"print(1 + 1)\r")
    lines.expect("2")
    assert board.reset_causes == (1,)


def test_asyncio_runs_on_with_any_ticks(lab: Lab) -> None:
    """Its queue keeps time in C, by another clock than ours: tasks must start all the same."""
    main = """
import asyncio, time
async def child(n):
    await asyncio.sleep_ms(10 * n)
    print("child", n)
async def parent():
    tasks = [asyncio.create_task(child(n)) for n in range(3)]
    for task in tasks:
        await task
    try:
        await asyncio.wait_for_ms(child(900), 20)
    except asyncio.TimeoutError:
        print("late")
asyncio.run(parent())
print("done")
"""
    for ticks_start in (0, (1 << 30) - 15_000):
        _, lines = lab.board(main, node_id=1 + (ticks_start > 0), ticks_start=ticks_start)
        lines.expect("late")
        lines.expect("done")
        assert [line for line in lines.seen if line.startswith("child")] == [
            "child 0",
            "child 1",
            "child 2",
        ]


def test_flash_is_kept_over_a_power_cut(lab: Lab) -> None:
    main = """
import os
starts = len(os.listdir("/log")) if "log" in os.listdir("/") else os.mkdir("/log") or 0
open("/log/%d" % starts, "w").close()
print("starts", starts)
import time
while True: time.sleep_ms(20)
"""
    board, lines = lab.board(main)
    assert lines.numbers("starts") == [0]
    path = board.serial_path
    board.kill()
    assert not board.alive
    assert board.pid is None
    board.restart()
    assert lines.numbers("starts") == [1]
    board.restart()
    assert lines.numbers("starts") == [2]
    assert board.serial_path == path
    assert board.reset_causes == (1, 1, 1)


def test_a_crash_is_a_reset(lab: Lab) -> None:
    board, lines = lab.board(FOREVER)
    lines.expect("ready")
    assert board.pid is not None
    os.kill(board.pid, signal.SIGSEGV)
    lines.expect("rst: crash")
    lines.expect("ready")
    assert board.reset_causes == (1, 2)


def test_a_board_that_cannot_start_says_why(lab: Lab) -> None:
    with (
        VirtualBoard(lab.options(heap_bytes=20_000)) as board,
        pytest.raises(BoardFailed, match=r"board 1 does not start: (?s:.*)MemoryError"),
    ):
        board.wait_running(1)


def test_a_stopped_board_can_be_started_again(lab: Lab) -> None:
    board = VirtualBoard(lab.options("print('ready')"))
    lines = Lines(board)
    for _ in range(2):
        board.start()
        lines.expect("ready")
        board.stop()
        board.stop()
    with pytest.raises(BoardFailed, match="is not started"):
        board.restart()


def test_a_listener_may_switch_the_board_off(lab: Lab) -> None:
    board = VirtualBoard(lab.options(FOREVER))
    board.on_line(lambda line, now_us: board.kill() if line == "ready" else None)
    with board:
        wait_until(lambda: not board.alive, "killed by its listener")
