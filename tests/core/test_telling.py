"""What a node tells of its glyphs: each in its turn, and never too often."""

from types import SimpleNamespace
from typing import Any

import pytest

from ascpi_core.fixed import Prng, ticks_add, ticks_diff
from ascpi_core.glyphs.glyph import GlyphTable
from ascpi_core.glyphs.lifecycle import DEPARTED, DEPARTING, ENDING, HELD, NASCENT, PREPARED
from ascpi_core.glyphs.messages import Message
from ascpi_core.glyphs.motor import ANNOUNCE_PERIOD_US, ANNOUNCE_SHARE_US, Announcements

START = (1 << 30) - 3_000_000
SECOND_US = 1_000_000


class Teller:
    def __init__(self, peers: int = 0, glyphs: int = 0) -> None:
        self.holding = GlyphTable(0, 0)
        for count in range(glyphs):
            self.hold(count)
        members: Any = SimpleNamespace(present=[None] * peers)
        self.telling = Announcements(self.holding, members, Prng(1), START)
        self.message = Message()
        self.now = START

    def hold(self, count: int, standing: int = HELD) -> Any:
        glyph = self.holding.free_slot()
        assert glyph is not None
        glyph.birth_node, glyph.birth_count, glyph.standing = 5, count, standing
        return glyph

    def told(self, duration_us: int) -> list[tuple[int, int, int]]:
        """(ticks since the start, birth count, standing) of all that is told meanwhile."""
        until = ticks_add(self.now, duration_us)
        found = []
        while ticks_diff(until, self.now) > 0:
            if self.telling.compose(self.message, self.now):
                message = self.message
                at = ticks_diff(self.now, START)
                found.append((at, message.birth_count, message.standing))
            self.now = ticks_add(self.now, max(1, min(self.telling.due_in(self.now), SECOND_US)))
        return found


@pytest.mark.parametrize("glyphs", [1, 3, 32])
def test_each_in_its_turn(glyphs: int) -> None:
    teller = Teller(glyphs=glyphs)
    told = [count for _, count, _ in teller.told(30 * SECOND_US)]
    assert sorted(set(told)) == list(range(glyphs))
    assert max(map(told.count, told)) - min(map(told.count, told)) <= 1


@pytest.mark.parametrize("peers", [0, 1, 4, 59])
def test_how_often(peers: int) -> None:
    """At most four times a second one node, and ten times all together, give or take jitter."""
    teller = Teller(peers, glyphs=5)
    told = teller.told(120 * SECOND_US)
    period = max(ANNOUNCE_PERIOD_US, ANNOUNCE_SHARE_US * (peers + 1))
    assert 0.8 * 120 * SECOND_US <= len(told) * period <= 1.2 * 120 * SECOND_US


def test_who_has_none_says_nothing() -> None:
    teller = Teller(peers=3)
    assert teller.telling.due_in(START) > 100 * SECOND_US
    assert teller.told(10 * SECOND_US) == []
    for standing in (PREPARED, NASCENT, DEPARTED):
        teller.hold(9, standing)
    assert teller.told(10 * SECOND_US) == []


def test_what_departs_is_told_with_where_it_goes() -> None:
    teller = Teller()
    glyph = teller.hold(9, DEPARTING)
    glyph.peer = 77
    assert {entry[1:] for entry in teller.told(SECOND_US)} == {(9, DEPARTING)}
    assert teller.message.peer == 77


def test_an_end_is_told_three_times_and_soon() -> None:
    teller = Teller(peers=2, glyphs=2)
    teller.told(2 * SECOND_US)
    began = ticks_diff(teller.now, START)
    ended = teller.holding.slots[0]
    ended.standing = ENDING
    teller.telling.ended(ended, teller.now)
    ended.clear()
    told = [entry for entry in teller.told(10 * SECOND_US) if entry[2] == ENDING]
    assert [count for _, count, _ in told] == [0, 0, 0]
    assert told[0][0] - began < 100_000


def test_what_somebody_should_know_is_told_next() -> None:
    teller = Teller(peers=1, glyphs=20)
    teller.told(2 * SECOND_US)
    wanted = teller.holding.slots[13]
    began = ticks_diff(teller.now, START)
    teller.telling.next_is(wanted, teller.now)
    at, count, _ = teller.told(SECOND_US)[0]
    assert count == 13
    assert at - began < 100_000


def test_after_a_long_time_without_glyphs_it_begins_at_once() -> None:
    """The ticks have wrapped meanwhile: what was due long ago is not due in nine minutes."""
    teller = Teller()
    teller.now = ticks_add(teller.now, 1 << 29)
    teller.now = ticks_add(teller.now, 1 << 28)
    teller.hold(1)
    assert len(teller.told(SECOND_US)) >= 3
