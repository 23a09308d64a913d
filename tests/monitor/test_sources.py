"""Ports that come and go, and the air: heard by threads, into one queue."""

import os
import queue
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ascpi.errors import AscpiError
from ascpi.monitor.ear import Ear
from ascpi.monitor.heard import Heard
from ascpi.monitor.roster import Roster
from ascpi.monitor.session import Session
from ascpi.monitor.sources import Air, Ports
from ascpi.ports import FoundPort
from tests.monitor.synthetic import Pty, boot, packet, report, wait_for

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="PTYs as Linux has them")
pytestmark = linux_only


class Desk:
    """Ports as a computer would find them, followed into a session."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.plugged: list[str] = []
        self.session = Session(queue.Queue(), Roster(1000, Ear()))
        self.ports = Ports(self.session.inbox, self._find)
        self._ptys: list[Pty] = []

    def plug(self) -> Pty:
        """A port that a look finds."""
        made = Pty(self._folder / f"ttyUSB{len(self._ptys)}")
        self._ptys.append(made)
        self.plugged.append(made.path)
        return made

    def _find(self) -> list[FoundPort]:
        return [FoundPort(path, "", "", 0x303A) for path in self.plugged]

    def rows(self) -> dict[str, str]:
        """{name: why its port is not open} after all that was heard."""
        self.session.drain()
        roster = self.session.roster
        return {roster.name_of(board): board.connection for board in roster.boards}

    def close(self) -> None:
        self.ports.stop()
        for each in self._ptys:
            each.unplug()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.close()


def test_what_is_plugged_in_later_appears_by_itself(desk: Desk) -> None:
    first = desk.plug()
    desk.ports.start()
    wait_for(lambda: "" in desk.rows().values(), "the first port is open")
    first.write(report(7) + "\n")
    wait_for(lambda: "node-7" in desk.rows(), "its board is known")
    second = desk.plug()
    wait_for(lambda: len(desk.rows()) == 2, "the second is found")
    wait_for(lambda: desk.ports.lines[second.path].is_open, "and opened")
    second.write(report(8) + "\n")
    wait_for(lambda: desk.rows() == {"node-7": "", "node-8": ""}, "both are known")


def test_a_board_is_unplugged_and_comes_back_at_another_port(desk: Desk) -> None:
    first, second = desk.plug(), desk.plug()
    desk.plugged = [first.path]
    desk.ports.start()
    wait_for(lambda: "" in desk.rows().values(), "the port is open")
    first.write(report(7) + "\n")
    wait_for(lambda: "node-7" in desk.rows(), "its board is known")
    (row,) = desk.session.roster.boards
    desk.plugged = []
    first.unplug()
    wait_for(lambda: desk.rows()["node-7"] != "", "it is unplugged")
    assert "plug" in desk.rows()["node-7"]
    desk.plugged = [second.path]
    wait_for(
        lambda: second.path in desk.ports.lines and desk.ports.lines[second.path].is_open,
        "the other port is open",
    )
    second.write(boot(7, epoch=4) + "\n")
    wait_for(lambda: desk.rows() == {"node-7": ""} and row.boots == 1, "its row is the same")
    assert desk.session.roster.boards == [row]
    assert row.port == second.path


def test_a_port_that_is_missing_busy_or_none_leaves_the_others_alone(
    desk: Desk, tmp_path: Path
) -> None:
    good, busy = desk.plug(), desk.plug()
    desk.plugged = [busy.path]
    other = Ports(queue.Queue())
    other.follow(busy.path)
    wait_for(lambda: other.lines[busy.path].is_open, "another program has it open")
    (tmp_path / "file").touch()
    for path in (str(tmp_path / "none"), str(tmp_path / "file"), good.path):
        desk.session.roster.follow(path)
        desk.ports.follow(path)
    desk.ports.start()
    try:
        wait_for(lambda: desk.rows().get("ttyUSB0") == "", "the good one is open")
        wait_for(lambda: "opening" not in " ".join(desk.rows().values()), "all are tried")
        wait_for(lambda: "not open yet" not in desk.rows().values(), "all are tried")
        rows = desk.rows()
        assert rows["none"].startswith("there is no such port")
        assert rows["file"] == "this is no serial port"
        assert rows["ttyUSB1"].startswith("another program has the port open")
    finally:
        other.stop()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may open anything")
def test_a_port_without_permission_says_so(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "port"
    path.touch(mode=0o000)
    desk.ports.follow(str(path))
    wait_for(lambda: desk.rows().get("port", "").startswith("you may not open it"), "it is said")


def test_the_air_is_heard_and_nothing_is_sent() -> None:
    inbox: queue.Queue[Heard] = queue.Queue()
    air = Air(("127.255.255.255", 0), inbox)
    port = air.address[1]
    session = Session(inbox, Roster(1000, Ear()))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as node:
        node.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        node.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        node.settimeout(0.3)
        # The port is shared, as with a node of this computer.
        node.bind(("127.255.255.255", port))
        air.start()
        try:
            for data in (bytes(packet(7)), b"hello", b""):
                node.sendto(data, ("127.255.255.255", port))
                assert node.recv(100) == data
            wait_for(lambda: _heard(session, 3), "all three")
            with pytest.raises(TimeoutError):
                node.recv(100)
        finally:
            air.stop()
    assert session.roster.boards[0].name == "node-7"
    assert session.roster.ear is not None
    assert session.roster.ear.refused() == {"empty": 1, "length": 1}


def _heard(session: Session, count: int) -> bool:
    session.drain()
    assert session.roster.ear is not None
    return sum(session.roster.ear.counters) == count


def test_an_address_that_somebody_has_for_himself() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as selfish:
        selfish.bind(("127.0.0.1", 0))
        where = selfish.getsockname()
        with pytest.raises(AscpiError, match=f"--udp 127.0.0.1:{where[1]}: another program has"):
            Air(where, queue.Queue())


def test_an_address_that_is_another_computers() -> None:
    # A documentation address (RFC 5737): nobody has it.
    with pytest.raises(AscpiError, match=r"--udp 192.0.2.1:31415: this computer has no such"):
        Air(("192.0.2.1", 31415), queue.Queue())
