"""One row a node, whatever it is known by."""

import pytest

from ascpi.monitor import record
from ascpi.monitor.ear import Ear
from ascpi.monitor.heard import Connection, Line, Packet
from ascpi.monitor.roster import Roster
from tests.core.packets import message_packet
from tests.monitor.synthetic import boot, packet, report

A, B = "/dev/ttyUSB0", "/dev/ttyUSB1"
GONE = "the board is gone; plug it in again"


@pytest.fixture
def roster() -> Roster:
    return Roster(1000, Ear())


def names(roster: Roster) -> list[str]:
    return [roster.name_of(board) for board in roster.boards]


def test_a_port_has_a_row_before_it_says_who_is_there(roster: Roster) -> None:
    roster.follow(A)
    assert names(roster) == ["ttyUSB0"]
    (told,) = roster.take(Connection(A, "", 1))
    assert (told.kind, told.plain) == (record.CONNECTION, "ttyUSB0 -- the port is open")
    (told,) = roster.take(Line(A, report(7), 2))
    assert (told.kind, told.name, told.words["peers"]) == (record.REPORT, "node-7", "4")
    assert names(roster) == ["node-7"]


def test_rows_are_sorted_by_node_and_the_unknown_last(roster: Roster) -> None:
    for port, node_id in (("/dev/c", 12), ("/dev/b", 2)):
        roster.take(Line(port, report(node_id), 1))
    roster.follow("/dev/a")
    assert names(roster) == ["node-2", "node-12", "a"]


def test_what_was_heard_by_air_first_gets_its_port(roster: Roster) -> None:
    (told,) = roster.take(Packet(bytes(packet(7)), 1))
    assert (told.kind, told.name, told.port) == (record.BEACON, "node-7", "")
    by_air = roster.boards[0]
    roster.take(Connection(A, "", 2))
    roster.take(Line(A, boot(7), 3))
    assert roster.boards == [by_air]
    assert (by_air.port, by_air.connection) == (A, "")
    assert by_air.overheard is not None


def test_what_is_plugged_in_already_is_heard_by_air_too(roster: Roster) -> None:
    roster.take(Line(A, report(7), 1))
    roster.take(Packet(bytes(packet(7)), 2))
    assert len(roster.boards) == 1
    assert roster.boards[0].overheard is not None


def test_a_board_that_comes_back_at_another_port_keeps_its_row(roster: Roster) -> None:
    roster.take(Connection(A, "", 1))
    roster.take(Line(A, report(7), 2))
    row = roster.boards[0]
    roster.take(Connection(A, GONE, 3))
    roster.take(Connection(B, "", 4))
    assert names(roster) == ["node-7", "ttyUSB1"]
    roster.take(Line(B, boot(7, epoch=4), 5))
    assert roster.boards == [row]
    assert (row.port, row.connection, row.boots) == (B, "", 1)
    assert next(iter(row.recent)).text == "-- the port is open"
    # The port that it left is tried further, and that is no news.
    assert roster.take(Connection(A, "there is no such port", 6)) == []
    assert len(roster.boards) == 1
    # Until somebody else is there.
    roster.take(Connection(A, "", 7))
    assert names(roster) == ["node-7", "ttyUSB0"]


def test_another_board_at_the_same_port_is_another_row(roster: Roster) -> None:
    roster.take(Connection(A, "", 1))
    roster.take(Line(A, report(7), 2))
    roster.take(Line(A, report(9), 3))
    assert names(roster) == ["node-7", "node-9"]
    assert [board.port for board in roster.boards] == [None, A]
    assert roster.boards[0].connection == f"moved: node 9 is on {A} now"
    # And back.
    roster.take(Line(A, report(7), 4))
    assert [board.port for board in roster.boards] == [A, None]


def test_two_boards_of_one_id_are_two_rows(roster: Roster) -> None:
    for port in (A, B):
        roster.take(Connection(port, "", 1))
        roster.take(Line(port, report(7), 2))
    assert names(roster) == ["node-7", "node-7@ttyUSB1"]


def test_refused_packets_are_told_once_a_second_with_all_reasons(roster: Roster) -> None:
    (told,) = roster.take(Packet(b"hello", 0))
    assert (told.kind, told.plain) == (record.AIR, "air refused length=1")
    assert roster.take(Packet(b"", 500_000)) == []
    (told,) = roster.take(Packet(bytes(64), 1_000_000))
    assert told.words == {"empty": "1", "length": "1", "foreign": "1"}
    assert roster.boards == []


def test_packets_about_glyphs_are_no_refusals(roster: Roster) -> None:
    roster.take(Packet(b"hello", 0))
    roster.take(Packet(bytes(packet(2, epoch=1)), 2_000_000))
    assert roster.take(Packet(message_packet("commit", sequence=9), 4_000_000)) == []
    (told,) = roster.take(Packet(message_packet("commit", sequence=9), 4_000_000))
    assert told.words == {"length": "1", "duplicate": "1"}


def test_without_an_ear_packets_are_nothing() -> None:
    assert Roster(1000).take(Packet(bytes(packet()), 0)) == []


@pytest.mark.parametrize(
    ("line", "kind", "words"),
    [
        ("ASCPI event joined peer=5", record.EVENT, {"event": "joined", "peer": "5"}),
        ("ASCPI note all is well", record.NOTE, {"text": "all is well"}),
        ("ASCPI error mend it", record.ERROR, {"text": "mend it"}),
        (">>> 1 + 1", record.LINE, {}),
    ],
)
def test_kinds_of_lines(roster: Roster, line: str, kind: str, words: dict[str, str]) -> None:
    (told,) = roster.take(Line(A, line, 1))
    assert (told.kind, told.line, told.words) == (kind, line, words)
