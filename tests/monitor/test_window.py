"""The window, driven by its keys, with boards that are not there."""

import asyncio
import queue
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from rich.segment import Segment
from textual.pilot import Pilot

from ascpi.monitor.ear import Ear
from ascpi.monitor.heard import Connection, Heard, Line, Packet
from ascpi.monitor.log import LogFolder
from ascpi.monitor.record import WallClock
from ascpi.monitor.roster import Roster
from ascpi.monitor.session import Session
from ascpi.monitor.sources import Ports, now_us
from ascpi.monitor.summary import summarise
from ascpi.monitor.window.app import MonitorApp
from ascpi.monitor.window.columns import COLUMNS, chosen, duration
from ascpi.monitor.window.layout import BELOW_LEAST, NOTICES_MOST, layout
from ascpi.monitor.window.portrait import portrait
from ascpi.monitor.window.table import Table
from ascpi.monitor.window.wheel import Wheel
from ascpi.view.light import lit
from ascpi_core.phase import LOOSE, SHARED
from tests.monitor.synthetic import boot, packet, report

Script = Callable[[Pilot[None]], Awaitable[None]]
SHAPE = (120, 40)
STEPS = 200


def port(number: int) -> str:
    return f"/dev/ttyUSB{number}"


def app_of(*heard: Heard, log: LogFolder | None = None, wanted: str = "") -> MonitorApp:
    session = Session(queue.Queue(), Roster(1000, Ear()), log)
    for each in heard:
        session.inbox.put(each)
    session.drain()
    return MonitorApp(session, Ports(session.inbox), wanted)


def boards(*numbers: int, **more: object) -> list[Heard]:
    """Boards that report, now."""
    at_us = now_us()
    heard: list[Heard] = []
    for number in numbers:
        heard.append(Connection(port(number), "", at_us))
        heard.append(Line(port(number), boot(number), at_us))
        heard.append(Line(port(number), report(number, **more), at_us))  # type: ignore[arg-type]
    return heard


def shown(app: MonitorApp) -> str:
    return "\n".join("".join(segment.text for segment in line) for line in portrait(app))


def play(app: MonitorApp, script: Script, size: tuple[int, int] = SHAPE) -> None:
    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await script(pilot)

    asyncio.run(run())


async def until(app: MonitorApp, pilot: Pilot[None], condition: Callable[[str], bool]) -> str:
    """Draw, until what is shown is so; at most STEPS times."""
    for _ in range(STEPS):
        await pilot.pause(0.02)
        text = shown(app)
        if condition(text):
            return text
    raise AssertionError(f"never so:\n{shown(app)}")


@pytest.mark.parametrize("size", [(80, 24), (200, 50), (8, 3)])
@pytest.mark.parametrize("count", [0, 4, 40])
def test_it_fits_into_any_terminal(size: tuple[int, int], count: int) -> None:
    app = app_of(*boards(*range(1, count + 1)))

    async def script(pilot: Pilot[None]) -> None:
        await until(app, pilot, lambda text: "ASCπ" in text)
        lines = portrait(app)
        assert len(lines) == size[1] - 1
        assert max(Segment.get_line_length(line) for line in lines) <= size[0]

    play(app, script, size)


def test_a_row_says_all_there_is() -> None:
    app = app_of(*boards(7, why="late:2", refused=2, glyphs=3, energy=900))

    async def script(pilot: Pilot[None]) -> None:
        text = await until(app, pilot, lambda text: "▸● 7" in text and "node-7" in text)
        row = next(line for line in text.splitlines() if line.startswith("▸● 7"))
        for word in ("ttyUSB7", "locked", "−112 µs", "±35 µs", "0.9998", "shared", "late:2"):
            assert word in row
        assert row.split()[11:16] == ["4", "3", "900", "2", "12"]
        assert "64 K" in row
        for word in ("MicroPython 1.25.0", "0a:1b:2c:3d:4e:5f", "esp32-devkitc", "boot 3"):
            assert word in text
        assert "C 0.9998 shared · worst 112 µs ±35 µs" in text
        assert "1 board · 1 locked · open field" in text

    play(app, script, (200, 50))


@pytest.mark.parametrize("width", range(10, 220, 7))
def test_columns_have_room_beside_each_other(width: int) -> None:
    kept = chosen(COLUMNS, width)
    assert sum(column.width + 1 for column in kept) <= width
    assert [column for column in COLUMNS if column in kept] == kept
    if width >= 66:
        titles = {column.title for column in kept}
        assert titles >= {"state", "error", "claim", "C", "peers", "heard by"}


def test_a_layout_uses_every_row() -> None:
    for height in range(3, 60):
        for count in (0, 3, 30):
            plan = layout(120, height, count, 9)
            assert plan.notices <= NOTICES_MOST
            assert plan.wheel <= max(0, height - 2 - plan.table - plan.notices)
            if height > 2 + BELOW_LEAST + NOTICES_MOST + 3:
                assert height - 2 - plan.table - plan.notices >= BELOW_LEAST


@pytest.mark.parametrize(("theta", "level"), [(0.0, 0.0), (0.5, 0.5), (0.25, 0.25)])
def test_the_light_is_the_boards_own(theta: float, level: float) -> None:
    app = app_of()
    app.session.roster.take(Line(port(7), report(7, theta=theta), 1_000_000))
    board = app.session.roster.boards[0]
    (_, row) = Table().lines([board], ["node-7"], 0, (80, 5), 1_000_000, True)
    light = next(segment for segment in row if segment.text == "●")
    assert light.style is not None
    assert light.style.color is not None
    assert tuple(light.style.color.get_truecolor()) == lit(level, SHARED)
    # A silent board has no light.
    (_, row) = Table().lines([board], ["node-7"], 0, (80, 5), 99_000_000, True)
    assert any(segment.text == "○" for segment in row)


def test_the_selected_row_stays_in_view() -> None:
    app = app_of(*boards(*range(1, 41)))

    async def script(pilot: Pilot[None]) -> None:
        await until(app, pilot, lambda text: "▸● 1 " in text)
        await pilot.press("end")
        text = await until(app, pilot, lambda text: "▸● 40 " in text)
        assert "… of 40" in text
        await pilot.press("up", "k", "down")
        await until(app, pilot, lambda text: "▸● 39 " in text)
        await pilot.press("home")
        await until(app, pilot, lambda text: "▸● 1 " in text)
        await pilot.click("#table", offset=(5, 3))
        await until(app, pilot, lambda text: "▸● 3 " in text)

    play(app, script, (80, 24))


def test_the_lines_of_the_selected_board_and_a_filter_over_all() -> None:
    app = app_of(*boards(1, 2), Line(port(1), "ASCPI event joined peer=2", now_us()))

    async def script(pilot: Pilot[None]) -> None:
        text = await until(app, pilot, lambda text: "ASCPI event joined peer=2" in text)
        assert "up_ms=12000" in text
        await pilot.press("down")
        await until(app, pilot, lambda text: "joined peer=2\n" not in text and "id=2" in text)
        await pilot.press("slash", *"oin", "enter")
        text = await until(app, pilot, lambda text: "node-1 ASCPI event joined" in text)
        assert "filter: oin" in text
        assert "up_ms" not in text
        app.session.inbox.put(Line(port(2), "ASCPI event joined peer=1", now_us()))
        await until(app, pilot, lambda text: "node-2 ASCPI event joined" in text)
        await pilot.press("escape")
        await until(app, pilot, lambda text: "filter" not in text and "up_ms" in text)
        await pilot.press("right")
        await until(app, pilot, lambda text: "ASCPI report id=2 " not in text)
        await pilot.press("left", "l")
        await until(app, pilot, lambda text: "up_ms" not in text)

    play(app, script)


def test_older_lines_can_be_read_while_new_ones_come() -> None:
    lines = [Line(port(1), f"number {number}.", now_us()) for number in range(200)]
    app = app_of(*boards(1), *lines)

    async def script(pilot: Pilot[None]) -> None:
        await until(app, pilot, lambda text: "number 199." in text)
        await pilot.press("pageup", "pageup")
        text = await until(app, pilot, lambda text: "number 199." not in text)
        oldest = min(int(word.partition(".")[0]) for word in text.split("number ")[1:])
        app.session.inbox.put(Line(port(1), "number 200.", now_us()))
        await pilot.pause(0.4)
        assert f"number {oldest}." in shown(app)
        assert "number 200." not in shown(app)
        await pilot.press("pagedown", "pagedown", "pagedown")
        await until(app, pilot, lambda text: "number 200." in text)

    play(app, script)


def test_pause_stops_the_picture_and_not_what_comes(tmp_path: Path) -> None:
    log = LogFolder(tmp_path, WallClock())
    app = app_of(*boards(1), log=log)

    async def script(pilot: Pilot[None]) -> None:
        await until(app, pilot, lambda text: "▸● 1 " in text)
        await pilot.press("p")
        await until(app, pilot, lambda text: "paused" in text)
        app.session.inbox.put(Line(port(1), "while you were away", now_us()))
        await pilot.pause(0.5)
        assert "while you were away" not in shown(app)
        await pilot.press("p")
        await until(app, pilot, lambda text: "while you were away" in text)

    play(app, script)
    log.close()
    assert "while you were away" in (tmp_path / "node-1.log").read_text("utf-8")


def test_what_is_wrong_stands_there_with_what_to_do() -> None:
    app = app_of(*boards(1, 2), Packet(bytes(packet(cluster=9)), now_us()))
    gone = "there is no such port; is the board plugged in, with a cable that carries data?"
    app.session.inbox.put(Connection(port(1), gone, now_us()))
    app.session.inbox.put(Line(port(2), "ASCPI error config: 2 mistakes", now_us()))

    async def script(pilot: Pilot[None]) -> None:
        text = await until(app, pilot, lambda text: f"node-1: {port(1)} {gone}" in text)
        assert "unplugged" in text
        assert "node-2: config: 2 mistakes" in text
        assert "refused here: cluster 1" in text

    play(app, script)


def test_a_board_known_by_air_only_cannot_be_reset() -> None:
    app = app_of(Packet(bytes(packet(7)), now_us()))

    async def script(pilot: Pilot[None]) -> None:
        text = await until(app, pilot, lambda text: "by air" in text)
        assert "no tags" in text
        await pilot.press("r")
        await until(app, pilot, lambda text: "it is known by air only" in text)
        await pilot.press("e")
        assert len(app.screen_stack) == 1

    play(app, script)


def test_a_reset_is_asked_for_first() -> None:
    app = app_of(*boards(1))
    ports = Ports(app.session.inbox)
    ports.follow(port(1))
    app = MonitorApp(app.session, ports)

    async def script(pilot: Pilot[None]) -> None:
        await until(app, pilot, lambda text: "▸" in text)
        await pilot.press("r")
        assert len(app.screen_stack) == 2
        await pilot.press("n")
        assert len(app.screen_stack) == 1
        await pilot.press("r", "y")
        # There is no such port here, and that is the answer.
        await until(app, pilot, lambda text: f"{port(1)}: there is no such port" in text)

    try:
        play(app, script)
    finally:
        ports.stop()


def test_help_and_the_end() -> None:
    app = app_of(*boards(1))

    async def script(pilot: Pilot[None]) -> None:
        await pilot.press("question_mark")
        assert len(app.screen_stack) == 2
        await pilot.press("q")
        assert len(app.screen_stack) == 1
        assert app.is_running
        await pilot.press("q")
        await pilot.pause()
        assert not app.is_running

    play(app, script)


def test_what_a_board_prints_moves_no_cursor() -> None:
    app = app_of(*boards(1), Line(port(1), "\x1b[2J\x07bell\ttab", now_us()))

    async def script(pilot: Pilot[None]) -> None:
        text = await until(app, pilot, lambda text: "bell" in text)
        assert "\x1b" not in text
        assert "·[2J·bell" in text

    play(app, script)


def test_a_wheel_that_is_drawn_in_part_is_the_whole_wheel() -> None:
    app = app_of(*boards(1, 2, 3))
    roster = app.session.roster
    kept = Wheel()
    for step in range(5):
        at_us = now_us() + step * 70_000
        summary = summarise(roster.boards, at_us, LOOSE)
        fresh = Wheel().lines(roster.boards, summary, 12, at_us, "truecolor")
        assert kept.lines(roster.boards, summary, 12, at_us, "truecolor") == fresh
        assert {Segment.get_line_length(line) for line in fresh} == {24}


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-1, "0 s"), (59.9, "59 s"), (187, "3:07"), (3753, "1:02:33"), (371_000, "4 d 07 h")],
)
def test_durations(seconds: float, words: str) -> None:
    assert duration(seconds) == words
