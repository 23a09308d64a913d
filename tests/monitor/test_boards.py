"""The monitor on virtual boards: the real firmware, real ports, real packets."""

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot

from ascpi.address import format_address
from ascpi.monitor.board import Board
from ascpi.monitor.ear import CHECKED, OPEN, UNCHECKED, Ear
from ascpi.monitor.heard import Inbox
from ascpi.monitor.roster import Roster
from ascpi.monitor.session import Session
from ascpi.monitor.sources import Air, Ports
from ascpi.monitor.window.app import MonitorApp
from tests.monitor.conftest import KEY, Field
from tests.monitor.synthetic import wait_for
from tests.monitor.test_window import play, shown

# Boards of a busy machine; they lock in two seconds.
DEADLINE_S = 20.0
STEP_S = 0.05


class Watch:
    """Ports and air of a field, in a session."""

    def __init__(self, field: Field, key: str = "", ports: bool = True) -> None:
        self.ear = Ear(key=key)
        self.session = Session(Inbox(), Roster(1000, self.ear))
        self.ports = Ports(self.session.inbox)
        self.air = Air(field.air, self.session.inbox)
        self.air.start()
        for port in field.ports.values() if ports else ():
            self.ports.follow(port)

    def close(self) -> None:
        self.air.stop()
        self.ports.stop()

    def board(self, node_id: int) -> Board | None:
        """Its row, if it has one by now."""
        self.session.drain()
        return next((each for each in self.session.roster.boards if each.node_id == node_id), None)

    def all(self, count: int, condition: Callable[[Board], bool]) -> bool:
        """Whether there are so many, and it holds for each."""
        rows = [self.board(node_id) for node_id in range(1, count + 1)]
        return all(row is not None and condition(row) for row in rows)


Watcher = Callable[..., Watch]


@pytest.fixture
def watch() -> Iterator[Watcher]:
    made: list[Watch] = []

    def make(field: Field, key: str = "", ports: bool = True) -> Watch:
        made.append(Watch(field, key, ports))
        return made[-1]

    yield make
    for each in made:
        each.close()


def is_locked(board: Board) -> bool:
    return board.report is not None and board.report.state == "locked"


async def until(pilot: Pilot[None], condition: Callable[[], bool], what: str) -> None:
    for _ in range(round(DEADLINE_S / STEP_S)):
        await pilot.pause(STEP_S)
        if condition():
            return
    raise AssertionError(f"never so: {what}")


def test_four_boards_are_shown_and_opening_resets_none(field: Field, watch: Watcher) -> None:
    boots = field.boots
    watched = watch(field)
    app = MonitorApp(watched.session, watched.ports)

    async def script(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: watched.all(4, is_locked), "four boards are locked")
        await until(pilot, lambda: "4 boards · 4 locked · open field" in shown(app), "it is shown")
        rows = [line for line in shown(app).splitlines() if "ttyUSB" in line and "locked" in line]
        assert [row.split("ttyUSB")[1][0] for row in rows] == ["1", "2", "3", "4"]

    play(app, script)
    assert field.boots == boots
    assert watched.all(4, lambda board: board.boots == 0)


def test_by_air_boards_are_seen_by_who_is_not_heard(field: Field, watch: Watcher) -> None:
    watched = watch(field)
    wait_for(lambda: watched.all(4, is_locked), "all are locked", DEADLINE_S)
    wait_for(lambda: watched.all(4, lambda each: each.overheard is not None), "all are overheard")
    # One row a node, though each is heard both ways; the listener is no peer of any.
    assert [board.node_id for board in watched.session.roster.boards] == [1, 2, 3, 4]
    for board in watched.session.roster.boards:
        assert board.word("peers") == "3"
        assert board.overheard is not None
        assert (board.overheard.tag, board.overheard.epoch) == (OPEN, board.epoch)
    assert watched.ear.refused() == {}


def test_one_board_loses_its_power_while_another_is_reset(field: Field, watch: Watcher) -> None:
    watched = watch(field)
    wait_for(lambda: watched.all(4, is_locked), "all are locked", DEADLINE_S)
    boots = field.boots
    app = MonitorApp(watched.session, watched.ports)
    lost, reset = watched.board(2), watched.board(3)
    assert lost is not None
    assert reset is not None

    async def script(pilot: Pilot[None]) -> None:
        field.boards[2].kill()
        await until(pilot, lambda: "▸● 1" in shown(app), "the first is selected")
        await pilot.press("down", "down", "r", "y")
        await until(pilot, lambda: "node-3: reset by its REPL" in shown(app), "the answer")
        await until(pilot, lambda: reset.boots == 1, "the selected one starts again")
        await until(pilot, lambda: "silent" in shown(app), "the one without power is silent")
        field.boards[2].restart()
        await until(pilot, lambda: lost.boots == 1, "it is back")
        await until(pilot, lambda: "4 boards · 4 locked" in shown(app), "all are")

    play(app, script)
    assert watched.board(2) is lost
    assert field.boots == [boots[0], boots[1] + 1, boots[2] + 1, boots[3]]


def test_a_keyed_field_by_air(keyed_field: Field, watch: Watcher) -> None:
    right = watch(keyed_field, KEY, ports=False)
    wrong = watch(keyed_field, "another key", ports=False)
    none = watch(keyed_field, ports=False)

    def tagged(watched: Watch, tag: str) -> bool:
        return watched.all(
            2, lambda each: each.overheard is not None and each.overheard.tag == tag
        )

    wait_for(lambda: tagged(right, CHECKED), "with the key all tags are right", DEADLINE_S)
    wait_for(lambda: tagged(none, UNCHECKED), "without one they are not checked")
    wrong.session.drain()
    assert wrong.session.roster.boards == []
    assert set(wrong.ear.refused()) == {"forged"}
    assert [board.field_kind for board in right.session.roster.boards] == ["keyed", "keyed"]


def test_boards_to_try_it_with(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "ascpi", "monitor"]
    words = ["--virtual", "2", "--seed", "1", "--json", "--seconds", "1", "--log", str(tmp_path)]
    ended = subprocess.run(
        [*command, *words], capture_output=True, encoding="utf-8", timeout=40, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    told = [json.loads(line) for line in ended.stdout.splitlines()]
    assert {each["name"] for each in told if each["kind"] == "report"} == {"node-1", "node-2"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["node-1.log", "node-2.log"]


def test_a_picture_of_the_window(field: Field, tmp_path: Path) -> None:
    picture = tmp_path / "monitor.svg"
    ports = [word for port in field.ports.values() for word in ("--port", port)]
    command = [sys.executable, "-m", "ascpi", "monitor", *ports]
    command += ["--udp", format_address(field.air)]
    ended = subprocess.run(
        [*command, "--seconds", "1", "--screenshot", str(picture)],
        capture_output=True,
        encoding="utf-8",
        timeout=40,
        check=False,
        env={**os.environ, "TERM": "dumb"},
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    root = ElementTree.parse(picture).getroot()
    texts = [element.text or "" for element in root.iter() if element.tag.endswith("text")]
    assert any("4 boards · 4 locked" in text for text in texts)
    assert any("node-1" in text for text in texts)
