"""The field as its boards claim it, and what somebody has to mend."""

import pytest

from ascpi.monitor.ear import Ear
from ascpi.monitor.heard import Connection, Line, Packet
from ascpi.monitor.roster import Roster
from ascpi.monitor.summary import Summary, notices, summarise
from ascpi_core.phase import LOOSE, SYMBOLIC
from tests.monitor.synthetic import boot, packet, report

NOW_US = 5_000_000


def roster_of(*lines: str, ear: Ear | None = None) -> Roster:
    """Each line from a port of its own."""
    roster = Roster(1000, ear)
    for number, line in enumerate(lines):
        roster.take(Connection(f"/dev/tty{number}", "", NOW_US))
        roster.take(Line(f"/dev/tty{number}", line, NOW_US))
    return roster


def summary_of(roster: Roster, now_us: int = NOW_US) -> Summary:
    return summarise(roster.boards, now_us, LOOSE)


def texts(roster: Roster, now_us: int = NOW_US) -> list[str]:
    return [f"{notice.name}: {notice.text}" for notice in notices(roster, now_us)]


def test_the_least_that_is_claimed_counts() -> None:
    roster = roster_of(
        report(1, c="0.9998", err_us=-112, claim_us=35, theta=0.1),
        report(2, c="0.7000", err_us=20, claim_us=300, theta=0.3, state="acquiring"),
    )
    summary = summary_of(roster)
    assert (summary.boards, summary.heard, summary.locked) == (2, 2, 1)
    assert (summary.coherence, summary.band) == (0.7, SYMBOLIC)
    assert (summary.worst_us, summary.claim_us, summary.field) == (112, 300, "open")
    assert summary.mean == pytest.approx(0.2)
    assert summary.length < 1


def test_who_is_silent_claims_nothing() -> None:
    roster = roster_of(report(1, c="0.1000"))
    roster.take(Line("/dev/tty9", report(2), NOW_US + 9_000_000))
    summary = summary_of(roster, NOW_US + 9_000_000)
    assert (summary.boards, summary.heard, summary.coherence) == (2, 1, 0.9998)


def test_nobody_there() -> None:
    summary = summary_of(Roster(1000))
    assert (summary.boards, summary.coherence, summary.worst_us, summary.field) == (
        0,
        None,
        None,
        "",
    )


def test_one_open_board_makes_an_open_field() -> None:
    assert summary_of(roster_of(report(1, field="keyed"))).field == "keyed"
    assert summary_of(roster_of(report(1, field="keyed"), report(2))).field == "open"


def test_errors_come_before_the_newest_note() -> None:
    roster = roster_of(
        "ASCPI note Wi-Fi attic joined as 10.0.0.7",
        "ASCPI error crash: ValueError(); it is kept in /crash.txt",
        "ASCPI note on the network, but no other node is heard",
    )
    roster.take(Connection("/dev/tty9", "the board is gone; plug it in again", NOW_US + 1))
    assert texts(roster) == [
        "tty9: /dev/tty9 the board is gone; plug it in again",
        "tty1: crash: ValueError(); it is kept in /crash.txt",
        "tty0: Wi-Fi attic joined as 10.0.0.7",
    ]
    assert len(texts(roster, NOW_US + 60_000_000)) == 2


def test_a_restart_takes_its_errors_away() -> None:
    roster = roster_of(boot(7, epoch=3))
    roster.take(Line("/dev/tty0", "ASCPI error no socket on port 31415", NOW_US))
    assert texts(roster) == ["node-7: no socket on port 31415"]
    roster.take(Line("/dev/tty0", boot(7, epoch=4), NOW_US))
    assert texts(roster) == []


def test_a_board_that_refuses_by_mistake_and_one_by_bad_luck() -> None:
    roster = roster_of(report(7, refused=1, why="untagged:1"), report(8, refused=1, why="late:1"))
    assert texts(roster) == []
    roster.take(Line("/dev/tty0", report(7, refused=4, why="untagged:3,late:1"), NOW_US))
    roster.take(Line("/dev/tty1", report(8, refused=9, why="late:9"), NOW_US))
    meaning = "this cluster has a key and the packet has no tag"
    assert texts(roster) == [f"node-7: refuses packets: untagged 3 ({meaning})"]


def test_the_air_says_what_it_refuses_and_what_it_cannot_check() -> None:
    ear = Ear()
    roster = roster_of(ear=ear)
    roster.take(Packet(bytes(packet(key="some key")), NOW_US))
    roster.take(Packet(bytes(packet(cluster=9)), NOW_US))
    assert texts(roster) == [
        "air: refused here: cluster 1 (of another cluster on the same network)",
        "air: a keyed field, and no key here to check its tags: ASCPI_KEY or --key-file",
    ]
