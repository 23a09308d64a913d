"""A port that is followed through unplugging."""

import os
import pty
import queue
from collections.abc import Iterator
from pathlib import Path

import pytest

from ascpi.ports import PortError, SerialLine

DEADLINE_S = 10.0


class Plug:
    """A socket of the computer: `path` is there while something is plugged in."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "ttyUSB0"
        self.master = -1

    def plug_in(self) -> None:
        self.master, slave = pty.openpty()
        self.path.symlink_to(os.ttyname(slave))
        self._slave = slave

    def unplug(self) -> None:
        self.path.unlink()
        os.close(self._slave)
        os.close(self.master)
        self.master = -1

    def close(self) -> None:
        if self.master >= 0:
            self.unplug()


@pytest.fixture
def plug(tmp_path: Path) -> Iterator[Plug]:
    made = Plug(tmp_path)
    yield made
    made.close()


class Followed:
    def __init__(self, path: Path) -> None:
        self.lines: queue.SimpleQueue[tuple[str, int]] = queue.SimpleQueue()
        self.states: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.line = SerialLine(
            str(path), lambda line, at_us: self.lines.put((line, at_us)), self.states.put
        )

    def next_line(self) -> str:
        return self.lines.get(timeout=DEADLINE_S)[0]

    def next_state(self) -> str:
        return self.states.get(timeout=DEADLINE_S)


@pytest.fixture
def followed(plug: Plug) -> Iterator[Followed]:
    made = Followed(plug.path)
    yield made
    made.line.stop()


def test_lines_come_with_the_time_of_their_end(plug: Plug, followed: Followed) -> None:
    plug.plug_in()
    followed.line.start()
    assert followed.next_state() == ""
    os.write(plug.master, b"one\ntw")
    os.write(plug.master, b"o\n")
    first, second = (followed.lines.get(timeout=DEADLINE_S) for _ in range(2))
    assert (first[0], second[0]) == ("one", "two")
    assert second[1] >= first[1]


def test_a_board_that_is_unplugged_comes_back(plug: Plug, followed: Followed) -> None:
    followed.line.start()
    assert "there is no such port" in followed.next_state()
    assert not followed.line.is_open
    plug.plug_in()
    assert followed.next_state() == ""
    plug.unplug()
    assert followed.next_state() != ""
    plug.plug_in()
    while followed.next_state():
        pass
    os.write(plug.master, b"here again\n")
    assert followed.next_line() == "here again"


def test_a_paused_line_leaves_the_port_to_others(plug: Plug, followed: Followed) -> None:
    plug.plug_in()
    followed.line.start()
    assert followed.next_state() == ""
    followed.line.pause()
    assert followed.next_state() == "paused"
    other = Followed(plug.path)
    other.line.start()
    assert other.next_state() == ""
    other.line.stop()
    followed.line.resume()
    assert followed.next_state() == ""


def test_what_is_written_reaches_the_board(plug: Plug, followed: Followed) -> None:
    plug.plug_in()
    with pytest.raises(PortError, match="not open yet"):
        followed.line.write(b"x")
    followed.line.start()
    assert followed.next_state() == ""
    followed.line.write(b"hello")
    assert os.read(plug.master, 5) == b"hello"


def test_stopping_closes_the_port(plug: Plug, followed: Followed) -> None:
    plug.plug_in()
    followed.line.start()
    assert followed.next_state() == ""
    followed.line.stop()
    assert not followed.line.is_open
