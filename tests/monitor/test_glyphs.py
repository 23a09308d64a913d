"""Glyphs in the monitor: the list of a board, and the line that says how it stands with all."""

import json

import pytest
from textual.pilot import Pilot

from ascpi.glyphs.roster_judge import LOST_AFTER_US
from ascpi.monitor import record
from ascpi.monitor.ear import Ear
from ascpi.monitor.glyphs import LOOK_EVERY_US, TELL_EVERY_US
from ascpi.monitor.heard import Connection, Line, Packet
from ascpi.monitor.record import Record, as_json
from ascpi.monitor.roster import Roster
from ascpi.monitor.sources import now_us
from ascpi.monitor.summary import glyph_line, notices
from ascpi.monitor.window.layout import layout
from ascpi_core.glyphs.lifecycle import STOPPED
from ascpi_core.ssep import ROLE_OBSERVER
from tests.monitor.synthetic import packet, report, telling
from tests.monitor.test_window import app_of, boards, play, until

SECOND_US = 1_000_000
LEDGER: dict[str, object] = {
    "born": 100,
    "received": 0,
    "energy": 90,
    "spent": 5,
    "sent_energy": 5,
}


class Field:
    """Nodes that tell all that they hold, twice a second; `records` is what the monitor says."""

    def __init__(self) -> None:
        self.roster = Roster(1000, Ear())
        self.now_us = SECOND_US
        self.records: list[Record] = []
        self._sequences: dict[int, int] = {}

    def tell(self, seconds: int, holds: dict[int, tuple[int, ...]]) -> None:
        for _ in range(2 * seconds):
            for node_id, counts in holds.items():
                sequence = self._sequences.get(node_id, 0)
                told = telling(node_id, sequence, *counts)
                self._sequences[node_id] = sequence + len(told)
                for data in told:
                    self.records += self.roster.take(Packet(data, self.now_us))
            self.now_us += SECOND_US // 2

    def lines(self, kind: str) -> list[str]:
        return [each.plain for each in self.records if each.kind == kind]

    @property
    def line(self) -> str:
        said = glyph_line(self.roster, self.now_us)
        return "" if said is None else said.text


def test_all_is_accounted_for() -> None:
    field = Field()
    assert field.line == ""
    field.tell(2, {3: (128, 129), 5: (130,)})
    assert field.line == "3 glyphs, energy 300, all accounted for"
    said = glyph_line(field.roster, field.now_us)
    assert said is not None
    assert (said.is_well, said.has_problem) == (True, False)
    assert field.lines(record.GLYPHS)[-1] == (
        "cluster glyphs: 3 glyphs, energy 300, all accounted for"
    )
    assert field.lines(record.GLYPH)[0] == (
        "node-3 ASCPI glyph glyph=7.128 node=3 kind=counter standing=held energy=100 hops=0 "
        "state=8100000000000000"
    )
    assert [board.node_id for board in field.roster.boards] == [3, 5]


def test_a_doubled_glyph_is_said() -> None:
    field = Field()
    field.tell(2, {3: (129,), 5: ()})
    field.tell(4, {3: (129,), 5: (129,)})
    assert field.line == "1 glyph, energy 200; 7.129 is doubled: on 3 and 5"
    told = json.loads(as_json([r for r in field.records if r.kind == record.GLYPHS][-1], ""))
    assert (told["name"], told["kind"], told["port"]) == ("cluster", "glyphs", None)
    assert told["words"] == {
        "glyphs": 1,
        "energy": 200,
        "nodes": 2,
        "waiting": 0,
        "away": 0,
        "well": "no",
        "problems": "7.129 is doubled: on 3 and 5",
    }


def test_a_lost_glyph_is_said_once_and_then_now_and_again() -> None:
    field = Field()
    field.tell(2, {3: (128, 129)})
    field.records.clear()
    since_us = field.now_us
    seconds = 40
    field.tell(seconds, {3: (128,)})
    assert field.line == "1 glyph, energy 100; 7.129 is lost: last on 3, 40 s ago"
    said = [each for each in field.records if each.kind == record.GLYPHS]
    lost = [each for each in said if "7.129 is lost" in each.line]
    assert LOST_AFTER_US <= lost[0].at_us - since_us <= LOST_AFTER_US + 2 * LOOK_EVERY_US
    assert len(said) <= seconds * SECOND_US // TELL_EVERY_US + 2


def test_an_observer_has_no_row_and_is_nobodys_silence() -> None:
    field = Field()
    field.tell(2, {3: (129,)})
    field.roster.take(Packet(bytes(packet(77, role=ROLE_OBSERVER << 4)), field.now_us))
    assert [board.node_id for board in field.roster.boards] == [3]
    field.tell(20, {3: ()})
    assert "7.129 is lost" in field.line


def test_by_cable_boards_only_count() -> None:
    roster = Roster(1000)
    for number, glyphs in ((1, 2), (2, 0), (3, 1)):
        line = report(number, glyphs=glyphs, energy=100 * glyphs)
        roster.take(Line(f"/dev/tty{number}", line, SECOND_US))
    said = glyph_line(roster, SECOND_US)
    assert said is not None
    assert said.text.startswith("3 glyphs, energy 300, as their boards count them")
    assert said.is_well is None
    roster = Roster(1000)
    roster.take(Line("/dev/tty1", report(1, glyphs=0, energy=0), SECOND_US))
    assert glyph_line(roster, SECOND_US) is None


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            {"stopped": "7.129:ValueError:_pin_3,7.130:before"},
            "glyph 7.129 was stopped: ValueError: pin 3",
        ),
        (
            {"born": 100, "received": 0, "energy": 90, "spent": 5, "sent_energy": 0},
            "its energy is not balanced: born 100 + received 0 is not held 90 + spent 5 + sent 0",
        ),
    ],
)
def test_what_is_wrong_with_a_boards_glyphs(words: dict[str, object], sentence: str) -> None:
    roster = Roster(1000)
    roster.take(Connection("/dev/tty7", "", SECOND_US))
    roster.take(Line("/dev/tty7", report(7, **words), SECOND_US))  # type: ignore[arg-type]
    assert sentence in [notice.text for notice in notices(roster, SECOND_US)]
    roster.take(Line("/dev/tty7", report(7, **LEDGER), SECOND_US))  # type: ignore[arg-type]
    assert notices(roster, SECOND_US) == []


def test_a_boards_glyphs_are_listed() -> None:
    at_us = now_us()
    told = telling(1, 0, 128, hops=4) + telling(2, 0, *range(40), standing=STOPPED)
    app = app_of(
        *boards(1, 2, mode="shared", stable="stable", moved_in=3, glyphs=1, **LEDGER),
        *[Packet(data, at_us) for data in told],
    )

    async def script(pilot: Pilot[None]) -> None:
        text = await until(app, pilot, lambda text: "all accounted for" in text)
        text = await until(app, pilot, lambda text: "glyphs: mode shared" in text)
        assert "7.128 counter energy 100 · 4 hops · count=129 nodes=0 " in text
        assert "41 glyphs, energy 4100, all accounted for" in text
        assert "glyphs: mode shared · network stable · 3 came" in text
        assert "energy 90 = born 100 + received 0 − spent 5 − sent 5" in text
        await pilot.press("down")
        text = await until(app, pilot, lambda text: "more glyphs" in text)
        assert "7.1  counter energy 100 · 0 hops · stopped · count=129 nodes=0" in text
        assert "7.39 " not in text

    play(app, script)


def test_the_layout_gives_the_line_of_the_glyphs_a_row() -> None:
    for height in range(8, 60):
        without, with_line = layout(120, height, 3, 2), layout(120, height + 1, 3, 2, 1)
        assert (without.table, without.wheel) == (with_line.table, with_line.wheel)
