"""Who listens knows all glyphs, and says which are doubled, lost or missing."""

import pytest

from ascpi.glyphs.roster import Roster
from ascpi.glyphs.roster_judge import (
    DOUBLED,
    DOUBLED_AFTER_US,
    LOST,
    MISSING,
    MISSING_FOR_US,
    STALE,
)
from ascpi_core.glyphs.lifecycle import ENDING
from ascpi_core.glyphs.types import builtin
from tests.host.choir import SECOND_US, Choir, G, choir_of_two


@pytest.fixture
def choir() -> Choir:
    return choir_of_two()


def test_everything_is_there(choir: Choir) -> None:
    assert choir.text == "2 glyphs, energy 200, all accounted for"
    rows = choir.roster.glyphs(choir.now_us)
    assert [(row.name, row.node_id, row.place) for row in rows] == [
        ("3.5", 3, "held"),
        ("7.129", 3, "held"),
    ]
    row = rows[1]
    assert (row.kind_name(builtin()), row.describe(builtin())) == ("counter", "count=0 nodes=0")
    assert choir.roster.glyphs(choir.now_us, 5) == []
    assert choir.roster.account(choir.now_us).is_well


def test_nobody_is_there() -> None:
    assert Roster().account(0).text == "no node heard yet"
    assert Roster().problems(0) == []


def test_a_beacon_alone_says_that_a_glyph_has_moved(choir: Choir) -> None:
    del choir[3].holds[G]
    choir[5].holds[G] = 3
    choir[3].beacon(choir.now_us)
    choir[5].beacon(choir.now_us + 1)
    (row,) = choir.roster.glyphs(choir.now_us, 5)
    assert (row.name, row.entry.hops) == ("7.129", 3)
    assert choir.text == "2 glyphs, energy 200, all accounted for"


def test_in_whichever_order_the_beacons_come(choir: Choir) -> None:
    del choir[3].holds[G]
    choir[5].holds[G] = 3
    choir[5].beacon(choir.now_us)
    choir[3].beacon(choir.now_us + 1)
    assert [row.node_id for row in choir.roster.glyphs(choir.now_us)] == [3, 5]
    assert choir.roster.nodes[5].confirmed


def test_a_doubled_glyph(choir: Choir) -> None:
    choir[5].holds[G] = 2
    choir.sing(2)
    assert choir.problems() == []
    choir.sing(1)
    assert choir.problems() == ["7.129 is doubled: on 3 and 5"]
    assert "7.129 is doubled: on 3 and 5" in choir.text
    del choir[5].holds[G]
    choir[5].beacon(choir.now_us)
    assert choir.problems() == []


def test_a_stale_copy_is_named(choir: Choir) -> None:
    choir[5].holds[G] = 4
    choir.sing(3)
    assert choir.kinds() == [DOUBLED, STALE]
    assert choir.problems()[1] == "7.129 on 3 is stale: 2 moves, and 4 elsewhere"


def test_a_doubled_glyph_that_moves_about() -> None:
    choir = Choir(1, 2, 3, 4)
    for turn in range(20):
        for voice in choir.voices.values():
            voice.holds = {}
        choir[1 + turn % 4].holds = {G: turn}
        choir[1 + (turn + 2) % 4].holds = {G: turn}
        choir.sing(1)
        choir.sing(1)
        if choir.problems():
            assert choir.problems()[0].startswith("7.129 is doubled: on ")
            assert DOUBLED_AFTER_US <= choir.now_us <= 20 * SECOND_US
            return
    raise AssertionError("never noticed")


def test_a_lost_glyph_is_lost_after_a_while_and_found_again(choir: Choir) -> None:
    del choir[3].holds[G]
    choir.sing(9)
    assert choir.problems() == []
    choir.sing(3)
    assert choir.kinds() == [LOST]
    assert choir.problems() == ["7.129 is lost: last on 3, 12 s ago"]
    assert choir.text == "1 glyph, energy 100; 7.129 is lost: last on 3, 12 s ago"
    choir[5].holds[G] = 3
    choir.sing(1)
    assert choir.problems() == []


def test_it_stays_lost_while_others_come_and_go(choir: Choir) -> None:
    del choir[3].holds[G]
    choir.sing(12)
    assert choir.kinds() == [LOST]
    choir[5].tell((9, 9), choir.now_us)
    assert not choir.roster.nodes[5].confirmed
    assert choir.kinds() == [LOST]


def test_an_end_that_is_told_is_no_loss(choir: Choir) -> None:
    choir[3].tell(G, choir.now_us, ENDING)
    del choir[3].holds[G]
    choir.sing(60)
    assert choir.kinds() == []
    assert [row.name for row in choir.roster.glyphs(choir.now_us)] == ["3.5"]


def test_an_end_that_is_overtaken_by_a_beacon_has_come_all_the_same(choir: Choir) -> None:
    ended = choir[3].sequence
    del choir[3].holds[G]
    choir[3].sequence += 1
    choir[3].beacon(choir.now_us)
    later, choir[3].sequence = choir[3].sequence, ended
    choir[3].tell(G, choir.now_us + 1, ENDING, hops=2)
    choir[3].sequence = later
    choir.sing(20)
    assert choir.kinds() == []


def test_an_end_that_may_have_been_missed_is_no_loss_either(choir: Choir) -> None:
    choir[3].sequence += 3
    del choir[3].holds[G]
    choir.sing(12)
    (finding,) = choir.roster.findings(choir.now_us)
    assert finding.kind == MISSING
    assert finding.text == (
        "7.129 is missing: last on 3, 12 s ago; packets were missed, and its end may have been "
        "in them"
    )
    assert choir.problems() == []
    choir.sing(MISSING_FOR_US // SECOND_US)
    assert choir.text == "1 glyph, energy 100, all accounted for"
    choir[5].holds[G] = 3
    choir.sing(3)
    assert choir.text == "2 glyphs, energy 200, all accounted for"


def test_an_end_that_was_to_be_expected_is_no_loss(choir: Choir) -> None:
    choir[3].tell(G, choir.now_us, lifetime=8)
    choir[3].beacon(choir.now_us)
    del choir[3].holds[G]
    choir.sing(13)
    assert choir.kinds() == [MISSING]
    assert "its lifetime is over" in choir.text


def test_a_glyph_may_be_on_a_node_that_is_not_heard(choir: Choir) -> None:
    del choir[3].holds[G]
    choir.sing(13, 5)
    assert choir.kinds() == [MISSING]
    assert choir.text.endswith("perhaps on 5, which is not heard")
    choir.sing(1)
    assert choir.kinds() == [LOST]
