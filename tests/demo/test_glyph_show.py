"""The comet and the counter, with nodes that are a few lines, and a flash that a test writes."""

from pathlib import Path

import pytest

from ascpi import telemetry
from ascpi.cluster import BOARD, DESKTOP, NodePlan
from ascpi.demo.cast import births
from ascpi.demo.ear import Birth
from ascpi.demo.glyph_show import CUT_TAKES_US, GlyphShow
from ascpi.demo.power_cut import OFF_US
from ascpi.demo.scene import NO_POWER
from ascpi.demo.watch import Watch
from ascpi.truth import MonotonicClock
from tests.demo.ears import FakeEar, row
from tests.demo.test_power_cut import Stage, write_counter
from tests.demo.test_watch import START_US, report

COUNT = 8


class SlowEar(FakeEar):
    """The test says when a birth has been carried out."""

    def bear(self, birth: Birth) -> None:
        assert birth not in self.born


class Play:
    """Three boards, locked and stable; the third holds the counter, with `COUNT` on its flash."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, folder: Path, until_s: float | None = None
    ) -> None:
        self.now_us = START_US
        self.away: set[int] = set()
        self.epochs = {1: 1, 2: 1, 3: 1}
        self.stable = "stable"
        self.count = COUNT
        self.hops = 0
        journal = folder / "journal"
        self.counter = write_counter(journal, COUNT)
        self.stage = Stage(journal)
        monkeypatch.setattr("ascpi.demo.glyph_show.monotonic_us", lambda: self.now_us)
        nodes = [NodePlan(number, f"board {number}", BOARD, 0.0, 0.0) for number in (1, 2, 3)]
        clocks = {node.node_id: MonotonicClock() for node in nodes}
        self.watch = Watch(nodes, clocks, "wifi", 7, START_US)
        self.ear = SlowEar()
        until_us = None if until_s is None else START_US + round(until_s * 1e6)
        self.show = GlyphShow(self.stage, self.watch, self.ear, until_us, ends=True)
        self.comet_birth, self.counter_birth = births(nodes)

    def bear(self) -> None:
        self.ear.born[self.comet_birth] = "1.100"
        self.ear.born[self.counter_birth] = self.counter
        self.tell(1, f"event glyph_born glyph={self.show.comet} kind=comet")
        self.tell(3, f"event glyph_born glyph={self.counter} kind=counter")

    def tell(self, node_id: int, words: str) -> None:
        said = self.watch.take(node_id, f"ASCPI {words}", self.now_us)
        self.show.take(node_id, said, self.now_us)

    def hop(self) -> None:
        self.hops += 1
        to = self.hops % 3 + 1
        self.tell(to, f"event glyph_arrived glyph={self.show.comet} hops={self.hops}")

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds * 10)):
            self.now_us += 100_000
            for number in {1, 2, 3} - self.away:
                line = report(number, self.now_us, (self.now_us - START_US) / 1e6)
                line = line.replace("epoch=1", f"epoch={self.epochs[number]}")
                said = self.watch.take(number, f"{line} stable={self.stable}", self.now_us)
                self.show.take(number, said, self.now_us)
            place = self.show.book.places.get(self.show.comet)
            holder = 1 if place is None else place.node_id
            self.ear.show(
                row(self.show.comet or "1.1", holder, kind=4, hops=self.hops),
                row(self.counter, 3, count=self.count, told_us=self.now_us),
            )
            self.show.advance(self.now_us, self.watch.advance(self.now_us))

    def told(self) -> list[str]:
        return [line.text for line in self.show.tell(self.watch.look(self.now_us)).told]


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Play:
    return Play(monkeypatch, tmp_path)


def begin(play: Play, hops: int = 2) -> None:
    """Both are born, and the comet has hopped."""
    play.run(0.2)
    play.bear()
    play.run(0.8)
    for _ in range(hops):
        play.hop()
        play.run(1)


def test_who_bears_what() -> None:
    boards = [NodePlan(number, f"board {number}", BOARD, 0.0, 0.0) for number in range(1, 6)]
    desktop = NodePlan(6, "desktop", DESKTOP, 0.0, 0.0)
    assert [birth.node_id for birth in births([*boards, desktop])] == [1, 3]
    assert [birth.node_id for birth in births([boards[0], desktop])] == [1, 1]
    alike = [NodePlan(number, f"node {number}", DESKTOP, 0.0, 0.0) for number in (1, 2)]
    assert [birth.node_id for birth in births(alike)] == [1, 2]
    comet, counter = births(boards)
    # Or the comet's visits would make the policy move the counter.
    assert comet.energy < counter.energy


def test_the_power_is_cut_by_itself_and_the_counter_counts_on(play: Play) -> None:
    begin(play)
    assert play.stage.power == [("off", 3)]
    play.away.add(3)
    scene = play.show.tell(play.watch.look(play.now_us))
    assert scene.nodes[2].state == NO_POWER
    play.stage.now_us = play.now_us
    play.run(OFF_US / 1e6)
    assert play.stage.power == [("off", 3), ("on", 3)]
    play.away.clear()
    play.epochs[3] = 2
    play.count += 1
    play.run(0.5)
    assert play.told()[-1].startswith(
        f"board 3 lost its power while it held counter {play.counter}"
    )
    assert play.told()[-1].endswith("it is back and counts on: 9")
    assert not play.show.finished
    for _ in range(2):
        play.hop()
        play.run(1)
    assert play.show.finished
    assert play.stage.power == [("off", 3), ("on", 3)]


@pytest.mark.parametrize("why", ["restless", "unlocked"])
def test_no_power_is_cut_as_long_as_the_network_is_not_stable(play: Play, why: str) -> None:
    play.stable = why
    begin(play, 3)
    assert play.stage.power == []


def test_no_power_is_cut_before_the_count_is_on_the_flash(play: Play) -> None:
    play.count = COUNT + 1
    begin(play, 3)
    assert play.stage.power == []


def test_no_power_is_cut_when_it_could_not_be_seen_to_its_end(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    play = Play(monkeypatch, tmp_path, until_s=CUT_TAKES_US / 1e6 + 1)
    begin(play, 3)
    assert play.stage.power == []
    assert not play.show.finished


def test_that_none_was_cut_is_said(play: Play) -> None:
    play.stable = "unsure"
    begin(play, 1)
    assert play.show.ending(plain=True).startswith("No power was cut: the network was not stable")


def test_a_portrait_is_taken_after_the_cut_as_the_comet_comes(play: Play) -> None:
    def is_portrait() -> bool:
        return play.show.is_portrait(play.watch.look(play.now_us))

    begin(play)
    assert not is_portrait()
    play.stage.now_us = play.now_us
    play.run(OFF_US / 1e6)
    play.epochs[3] = 2
    play.count += 1
    play.run(0.5)
    play.hop()
    # From the last to the first: there is no node beside it that it came from.
    assert not is_portrait()
    play.run(1)
    play.hop()
    assert is_portrait()


def test_a_key_cuts_it_at_any_moment(play: Play) -> None:
    play.stable = "restless"
    play.run(0.2)
    play.show.press("k")
    assert play.told()[-1] == "the counter is not there yet: no power is cut"
    play.bear()
    play.count = COUNT + 4
    play.run(1)
    play.show.press("xk")
    assert play.stage.power == [("off", 3)]
    # Once is enough.
    play.show.press("k")
    assert play.stage.power == [("off", 3)]


def test_what_is_told_fits_the_picture(play: Play) -> None:
    begin(play)
    assert [text.split(" is ")[0] for text in play.told()[:2]] == [
        f"comet {play.show.comet}",
        f"counter {play.counter}",
    ]
    assert all(len(line.text) <= 69 for line in play.watch.log)
    kinds = [view.kind for view in play.show.tell(play.watch.look(play.now_us)).glyphs]
    assert kinds == ["comet", "counter"]


def test_the_end_and_its_figures(play: Play) -> None:
    begin(play, 1)
    assert play.show.settled
    assert play.show.failure() == ""
    assert (
        play.show.ending(plain=True)
        .splitlines()[-1]
        .startswith("2 glyphs, each of them once; the comet has hopped 1 time. Energy: ")
    )
    figures = play.show.figures()
    assert figures["glyphs"]["each_once"] is True
    assert figures["comet"] == {"glyph": play.show.comet, "hops": 1, "path": [1, 2]}
    assert figures["counter"]["count"] == COUNT
    play.show.close()
    assert play.ear.stopped


def test_a_glyph_that_is_not_there_is_a_failure(play: Play) -> None:
    begin(play, 1)
    play.ear.show(row(play.counter, 3))
    assert not play.show.settled
    assert play.show.failure() == f"{play.show.comet} is seen nowhere."
    assert play.show.figures()["glyphs"]["each_once"] is False
    assert "each of them once" not in play.show.ending(plain=True)


def test_a_glyph_that_was_never_born_is_a_failure(play: Play) -> None:
    play.run(1)
    assert not play.show.settled
    assert play.show.failure() == "The comet was not born; the counter was not born."


def test_a_refused_birth_is_told(play: Play) -> None:
    play.run(0.2)
    play.ear.trouble = "node 1 bore no glyph: no room for another glyph"
    play.run(0.1)
    assert play.told()[-1] == play.ear.trouble


def test_a_line_that_is_no_telemetry_changes_nothing(play: Play) -> None:
    play.show.take(1, telemetry.parse("Traceback (most recent call last):"), 0)
    assert not play.show.book.places
