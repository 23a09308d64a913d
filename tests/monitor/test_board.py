"""What is known of one board from what it says."""

import pytest

from ascpi import telemetry
from ascpi.monitor.board import RECENT_LINES, Board
from ascpi.monitor.ear import Ear, Overheard
from tests.monitor.synthetic import boot, packet, report

PORT = "/dev/ttyUSB0"
SECOND_US = 1_000_000


def board_of(*lines: str, at_us: int = SECOND_US) -> Board:
    board = Board(PORT, 1000)
    tell(board, *lines, at_us=at_us)
    return board


def tell(board: Board, *lines: str, at_us: int) -> None:
    for line in lines:
        board.take_line(line, telemetry.parse(line), at_us)


def overheard(glyphs: int, energy: int) -> Overheard:
    heard = Ear().take(bytes(packet(glyph_count=glyphs, energy=energy)), 0)
    assert heard is not None
    return heard


def test_a_report_says_most() -> None:
    board = board_of(report(why="forged:2", glyphs=3))
    assert board.latest is not None
    assert (board.latest.state, board.latest.claim_us, board.band) == ("locked", 35, 3)
    assert board.word("peers") == "4"
    assert board.word("glyphs") == "3"
    assert board.word("energy") == "–"
    assert board.field_kind == "open"
    assert board.up_s(3 * SECOND_US) == pytest.approx(14.0)
    assert board.phase.at(SECOND_US) == pytest.approx(0.25)
    assert not board.is_silent(SECOND_US)
    assert board.is_silent(10 * SECOND_US)


def test_before_it_says_anything() -> None:
    board = Board(PORT, 1000)
    assert board.name == "ttyUSB0"
    assert board.latest is None
    assert board.band == 0
    assert board.up_s(0) is None
    assert board.connection == "not open yet"


def test_the_newer_of_report_and_beacon_counts() -> None:
    board = board_of(report(c="0.9000"))
    board.take_beacon(overheard(5, 99), 2 * SECOND_US)
    assert isinstance(board.latest, Overheard)
    assert (board.word("glyphs"), board.word("energy")) == ("5", "99")
    tell(board, report(c="0.8000"), at_us=3 * SECOND_US)
    assert board.latest is not None
    assert board.latest.coherence == 0.8


def test_a_restart_is_counted_and_mends_what_was_said() -> None:
    board = board_of(boot(epoch=3), "ASCPI error no socket on port 31415", report())
    assert board.error is not None
    assert board.identity["mac"] == "0a:1b:2c:3d:4e:5f"
    assert board.boots == 0
    tell(board, boot(epoch=4), at_us=2 * SECOND_US)
    assert (board.boots, board.started_us) == (1, 2 * SECOND_US)
    assert [board.error] == [None]
    # What stood in the report of the life before does not.
    assert board.up_s(2 * SECOND_US) is None
    tell(board, report(epoch=5), at_us=3 * SECOND_US)
    assert board.boots == 2


def test_the_chips_own_words_tell_of_a_reset() -> None:
    board = board_of("ESP-ROM:esp32s3-20210327")
    assert board.started_us == SECOND_US
    assert board_of("rst:0x1 (POWERON_RESET),boot:0x8").started_us == SECOND_US
    assert board_of("first things first").started_us is None


def test_events_and_what_somebody_has_to_act_upon() -> None:
    board = board_of("ASCPI event joined peer=5")
    assert board.event is not None
    assert board.event.text == "joined peer=5"
    assert board.error is None
    tell(
        board,
        "ASCPI event collision peer=7 more than one node sends with this id",
        at_us=SECOND_US,
    )
    assert board.error is not None
    assert board.error.text == "collision peer=7: more than one node sends with this id"


def test_a_rising_count_of_refusals_is_news() -> None:
    board = board_of(report(refused=5))
    assert not board.is_refusing(SECOND_US)
    tell(board, report(refused=5), at_us=2 * SECOND_US)
    assert not board.is_refusing(2 * SECOND_US)
    tell(board, report(refused=6), at_us=3 * SECOND_US)
    assert board.is_refusing(3 * SECOND_US)
    assert not board.is_refusing(20 * SECOND_US)
    # Another life counts from 0.
    tell(board, report(refused=9, epoch=4), at_us=21 * SECOND_US)
    assert not board.is_refusing(21 * SECOND_US)


def test_a_connection_is_news_once() -> None:
    board = Board(PORT, 1000)
    assert board.take_connection("", 1)
    assert not board.take_connection("", 2)
    assert board.take_connection("the board is gone; plug it in again", 3)
    assert [said.text for said in board.recent] == [
        "-- the port is open",
        "-- the board is gone; plug it in again",
    ]


def test_only_the_last_lines_are_kept_and_all_are_counted() -> None:
    board = Board(PORT, 1000)
    for number in range(RECENT_LINES + 20):
        tell(board, f"line {number}", at_us=number)
    seen = board.recent.total
    assert seen == RECENT_LINES + 20
    assert len(list(board.recent)) == RECENT_LINES
    tell(board, "one more", "and another", at_us=0)
    assert [said.text for said in board.recent.since(seen)] == ["one more", "and another"]
    assert len(board.recent.since(0)) == RECENT_LINES


def test_nonsense_breaks_nothing() -> None:
    board = board_of(
        "ASCPI event boot id=x epoch=y",
        "ASCPI report id=7",
        report(refused="many", band="purple", mem_free="?"),
        "ASCPI",
        "\x1b[2Jhello",
    )
    assert board.band == 0
    assert board.word("refused") == "many"
