"""The probe's own files on a virtual board: its words, its pins, its two ways to look."""

import json

import pytest

from ascpi.probe import lines as probe_lines
from ascpi.virtual import VirtualBoard
from tests.probe.setting import Setting, edge_lines
from tests.virtual.lab import Lines, wait_until


def say(board: VirtualBoard, text: str) -> None:
    board.send(text.encode() + b"\n")


def told(lines: Lines, kind: str) -> str:
    """The next line of this kind, whole."""
    line, _ = lines.expect(f"{probe_lines.PREFIX}{kind}")
    assert not isinstance(probe_lines.parse(line), probe_lines.Damaged)
    return line


def test_it_greets_as_every_board_does_and_obeys(setting: Setting) -> None:
    board, lines = setting.probe()
    boot, _ = lines.expect("ASCPI event boot ")
    assert isinstance(probe_lines.parse(boot), probe_lines.BootLine)
    assert "id=1000 " in boot
    assert "mac=02:a5:00:00:03:e8 " in boot
    hello = probe_lines.parse(told(lines, "hello"))
    assert isinstance(hello, probe_lines.StateLine)
    assert (hello.words["reader"], hello.words["pins"]) == ("register", "none")
    say(board, "watch 3,11 up")
    assert "pins=3,11 pull=up" in told(lines, "watching")
    say(board, "identify")
    assert "pins=3,11 pull=up" in told(lines, "hello")
    status = probe_lines.parse(told(lines, "status"))
    assert isinstance(status, probe_lines.StateLine)
    assert status.number("looks") > 1000
    say(board, "stop")
    told(lines, "stopped 0")


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("watch 4,4", "pin 4 is given twice"),
        ("watch 4,77", "pin 77 cannot be watched"),
        ("watch 4,x", "'x' is no pin; give numbers such as 4,16,17"),
        ("watch 4,", "'' is no pin"),
        ("watch 1,2,3,4,5,6,7,8,9", "9 pins are given; give from 1 to 8"),
        ("watch 4 sideways", "there is no pull 'sideways'; give one of down, up, none"),
        ("watch", "no such command; give identify, stop or watch"),
        ("weather 4", "no such command"),
        ("watch 4 down *0000", "the command's checksum is wrong; send it again"),
        ("watch 4" + " " * 200 + "down", "no such command"),
    ],
)
def test_what_it_cannot_do_it_says(
    idle: tuple[VirtualBoard, Lines], command: str, words: str
) -> None:
    board, lines = idle
    # Cut to what fits, the last command is one word short of a pull, and is refused or obeyed.
    say(board, command)
    if len(command) > 100:
        told(lines, "watching")
        return
    assert words in told(lines, "error")


@pytest.fixture(scope="module")
def idle(tmp_path_factory: pytest.TempPathFactory) -> object:
    made = Setting(tmp_path_factory.mktemp("idle"))
    yield made.probe()
    made.close()


def await_edges(lines: Lines, count: int) -> None:
    wait_until(lambda: len(edge_lines(lines)) >= count, f"edge {count}")


@pytest.mark.parametrize("wired", [True, False])
def test_edges_of_eight_pins_each_with_its_level(setting: Setting, wired: bool) -> None:
    """By the input register, where there is one, and pin by pin: the same lines."""
    pins = [0, 9, 18, 27, 31, 32, 41, 59] if wired else [4, 5, 13, 14, 31, 32, 33, 59]
    board, lines = setting.probe(wired=wired)
    say(board, "watch " + ",".join(str(pin) for pin in pins))
    assert f"reader={'register' if wired else 'scan'} " in told(lines, "watching")

    def drive(pin: int, level: bool) -> None:
        if wired:
            setting.wires.drive(pin, level)
        else:
            board.set_input(pin, level)

    driven = 0
    for level in (True, False):
        for pin in pins:
            drive(pin, level)
            driven += 1
            await_edges(lines, driven)
    seen = edge_lines(lines)
    assert [(edge.pin, edge.level) for edge in seen] == [
        (pin, level) for level in (1, 0) for pin in pins
    ]
    assert [edge.sequence for edge in seen] == list(range(16))
    assert sorted(edge.ticks for edge in seen) == [edge.ticks for edge in seen]


def test_what_is_high_at_the_start_is_no_edge(setting: Setting) -> None:
    setting.wires.drive(31, True)
    board, lines = setting.probe()
    say(board, "watch 31,40")
    told(lines, "watching")
    setting.wires.drive(40, True)
    setting.wires.drive(31, False)
    await_edges(lines, 2)
    assert {(edge.pin, edge.level) for edge in edge_lines(lines)} == {(40, 1), (31, 0)}


def test_edges_in_one_look_have_one_time(setting: Setting) -> None:
    board, lines = setting.probe()
    say(board, "watch 0,3,7")
    told(lines, "watching")
    setting.wires.drive_byte(0, 0b10001001)
    await_edges(lines, 3)
    assert len({edge.ticks for edge in edge_lines(lines)}) == 1


def test_a_full_memory_drops_counts_and_shows_it_in_the_numbers(setting: Setting) -> None:
    board, lines = setting.probe()
    say(board, "watch 8")
    told(lines, "watching")
    # Faster than any line can tell it, and longer than the memory.
    program = """
from machine import Pin
from time import sleep_us
pin = Pin(4, Pin.OUT, value=0)
while True:
    pin.toggle()
    sleep_us(100)
"""
    setting.board(2, program, output_wires={4: setting.wires.to(8)})

    def dropped() -> int:
        states = [probe_lines.parse(line) for line in list(lines.seen)]
        counted = [
            state.number("dropped") for state in states if isinstance(state, probe_lines.StateLine)
        ]
        return max(counted, default=0)

    wait_until(lambda: dropped() > 0, "dropped edges")
    dropped_before = dropped()
    say(board, "stop")
    line = told(lines, "stopped")
    seen = edge_lines(lines)
    said = probe_lines.parse(line)
    assert isinstance(said, probe_lines.StoppedLine)
    # A number is an edge that was told, or stands for one that was dropped: a look dropped is one
    # edge at least, here exactly one.
    numbers = [edge.sequence for edge in seen]
    assert numbers == sorted(set(numbers))
    assert said.sequence - len(seen) >= dropped_before


def test_a_configuration_on_its_flash_is_enough(setting: Setting) -> None:
    _, lines = setting.probe(configuration=json.dumps({"pins": [3, 40], "pull": "none"}))
    assert "pins=3,40 pull=none" in told(lines, "watching")


@pytest.mark.parametrize(
    ("configuration", "words"),
    [
        ("{", "/ascpi_probe.json is not valid JSON; mend it, then reset"),
        ('{"pins": 4}', '/ascpi_probe.json: give {"pins": [4, 16], "pull": "down"}'),
        ('{"pins": [4], "pul": "up"}', "/ascpi_probe.json: pul is no setting"),
        ('{"pins": [4, 4]}', "pin 4 is given twice"),
        ('{"pins": [4], "pull": 3}', "there is no pull 3; give one of down, up, none"),
    ],
)
def test_a_wrong_configuration_is_told_and_commands_still_work(
    setting: Setting, configuration: str, words: str
) -> None:
    board, lines = setting.probe(configuration=configuration)
    assert words in told(lines, "error")
    told(lines, "hello")
    say(board, "watch 5")
    told(lines, "watching")


def test_ctrl_c_leaves_the_repl(setting: Setting) -> None:
    board, lines = setting.probe()
    say(board, "watch 5")
    told(lines, "watching")
    board.send(b"\x03")
    lines.expect("ASCPI note stopped")
    board.send(b"print(6 * 7)\r")
    lines.expect("42")
