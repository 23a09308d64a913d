import asyncio
import json
import time

from ascpi.virtual import VirtualBoard
from tests.virtual.lab import DEADLINE_S, Lab, Lines

CAUSE = "import machine, time\nprint('cause', machine.reset_cause())\n"


def test_a_watchdog_that_is_not_fed_resets_the_board(lab: Lab) -> None:
    main = (
        CAUSE
        + """
if machine.reset_cause() == machine.PWRON_RESET:
    watchdog = machine.WDT(timeout=150)
    for n in range(20):
        time.sleep_ms(20)
        watchdog.feed()
    print("fed")
    while True: pass
"""
    )
    board, lines = lab.board(main)
    assert lines.numbers("cause") == [1]
    _, fed_us = lines.expect("fed")
    _, reset_us = lines.expect("rst: watchdog")
    assert lines.numbers("cause") == [3]
    # The timeout, and what the supervisor may be late on a busy machine.
    assert 130_000 <= reset_us - fed_us < 1_000_000
    # After the reset it is not armed.
    time.sleep(0.3)
    assert board.reset_causes == (1, 3)


RTC = """
import machine
cause, rtc = machine.reset_cause(), machine.RTC()
print('kept', len(rtc.memory()), *rtc.memory())
if cause == machine.PWRON_RESET: rtc.memory(b'abc'); machine.reset()
if cause == machine.HARD_RESET: rtc.memory(bytearray(4)); machine.soft_reset()
if cause == machine.SOFT_RESET: rtc.memory(b'z'); machine.WDT(timeout=100)
"""


def test_the_memory_of_the_rtc_stays_until_the_power_is_cut(lab: Lab) -> None:
    board, lines = lab.board(RTC)
    for kept in ([0], [3, *b"abc"], [4, 0, 0, 0, 0], [1, ord("z")]):
        assert lines.numbers("kept") == kept
    board.kill()
    board.restart()
    assert lines.numbers("kept") == [0]


def test_a_reset_and_a_soft_reset_end_the_program_at_once(lab: Lab) -> None:
    main = (
        CAUSE
        + """
try:
    if machine.reset_cause() == machine.PWRON_RESET:
        machine.reset()
    if machine.reset_cause() == machine.HARD_RESET:
        machine.soft_reset()
finally:
    print("end", machine.reset_cause())
"""
    )
    _, lines = lab.board(main)
    for cause in (1, 2, 5):
        assert lines.numbers("cause") == [cause]
    assert lines.numbers("end") == [5]


def test_system_exit_in_main_is_a_soft_reset(lab: Lab) -> None:
    main = CAUSE + "import sys\nif machine.reset_cause() != 5: sys.exit()\n"
    _, lines = lab.board(main)
    assert lines.numbers("cause") == [1]
    lines.expect("MPY: soft reboot")
    assert lines.numbers("cause") == [5]


def test_identity_comes_from_the_node_id(lab: Lab) -> None:
    main = """
import machine, network
print("id", *machine.unique_id())
print("mac", network.WLAN(network.STA_IF).config("mac") == machine.unique_id())
machine.freq(240000000)
print("frequency", machine.freq())
"""
    _, lines = lab.board(main, node_id=0x3FFFFFFF)
    assert lines.numbers("id") == [0x02, 0xA5, 0x3F, 0xFF, 0xFF, 0xFF]
    lines.expect("mac True")
    assert lines.numbers("frequency") == [240_000_000]


NVS = """
import machine
from esp32 import NVS
nvs = NVS("ascpi")
try:
    print("epoch", nvs.get_i32("epoch"))
except OSError as error:
    print("missing", error.errno)
nvs.set_i32("epoch", -5)
nvs.set_blob("key", b"\\x00\\xff")
nvs.commit()
nvs.set_i32("epoch", 6)
print("own", nvs.get_i32("epoch"))
buffer = bytearray(4)
print("blob", nvs.get_blob("key", buffer), *buffer)
try:
    nvs.get_i32("key")
except OSError as error:
    print("kind", error.errno)
print("end")
"""


def test_nvs_keeps_what_was_committed_and_nothing_else(lab: Lab) -> None:
    board, lines = lab.board(NVS)
    assert lines.numbers("missing") == [-0x1102]
    assert lines.numbers("own") == [6]
    assert lines.numbers("blob") == [2, 0, 255, 0, 0]
    assert lines.numbers("kind") == [-0x1102]
    lines.expect("end")
    board.kill()
    assert json.loads(board.options.nvs.read_text())["ascpi"]["epoch"] == ["i32", -5]
    assert not list(board.options.flash.glob("*nvs*"))
    board.restart()
    assert lines.numbers("epoch") == [-5]


def test_namespaces_keep_apart_and_erased_keys_are_gone(lab: Lab) -> None:
    main = """
from esp32 import NVS
for name in ("one", "two"):
    nvs = NVS(name)
    nvs.set_i32("x", len(name + name))
    nvs.set_i32(name, 1)
    nvs.commit()
nvs.erase_key("x")
nvs.commit()
print("one", NVS("one").get_i32("x"))
for attempt in (lambda: nvs.get_i32("x"), lambda: nvs.set_i32("k" * 16, 1)):
    try:
        attempt()
    except OSError as error:
        print("refused", error.errno)
"""
    _, lines = lab.board(main)
    assert lines.numbers("one") == [6]
    assert lines.numbers("refused") == [-0x1102]
    assert lines.numbers("refused") == [-0x1109]


def test_two_boards_live_side_by_side(lab: Lab) -> None:
    boards: list[tuple[VirtualBoard, Lines]] = [
        lab.board("import machine\nprint('id', machine.unique_id()[5])", node_id=n)
        for n in (1, 2, 3)
    ]
    for n, (_, lines) in enumerate(boards, start=1):
        assert lines.numbers("id") == [n]
    boards[0][0].kill()
    assert [board.alive for board, _ in boards] == [False, True, True]


def test_boards_and_an_event_loop_go_together(lab: Lab) -> None:
    async def run() -> set[str]:
        loop = asyncio.get_running_loop()
        lines: asyncio.Queue[str] = asyncio.Queue()
        heard: set[str] = set()
        boards = [VirtualBoard(lab.options(f"print('I am {n}')", node_id=n)) for n in range(1, 5)]
        for board in boards:
            board.on_line(lambda line, _: loop.call_soon_threadsafe(lines.put_nowait, line))
            board.start()
        while len(heard) < len(boards):
            line = await asyncio.wait_for(lines.get(), DEADLINE_S)
            heard |= {line} if line.startswith("I am") else set()
        for board in boards:
            board.stop()
        return heard

    assert asyncio.run(run()) == {"I am 1", "I am 2", "I am 3", "I am 4"}
