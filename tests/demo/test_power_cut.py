"""A power cut, with a journal that the core has written and a node that is a few lines."""

import binascii
from pathlib import Path

from ascpi.demo.ear import Seen
from ascpi.demo.flash import held_on_flash
from ascpi.demo.power_cut import OFF_US, PowerCut, count_on_flash
from ascpi_core.glyphs.glyph import GlyphTable, glyph_name
from ascpi_core.glyphs.journal import Journal
from ascpi_core.glyphs.kind import put_word
from ascpi_core.glyphs.lifecycle import ON_SPAWN
from tests.demo.ears import row

NODE = 3
CUT_US = 10_000_000


class File:
    """A journal's file, without all that makes one durable."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, offset: int, count: int) -> bytes:
        return self._path.read_bytes()[offset : offset + count] if self._path.exists() else b""

    def append(self, data: memoryview) -> None:
        with self._path.open("ab") as file:
            file.write(data)

    def replace(self, data: memoryview) -> None:
        self._path.write_bytes(data)


def write_counter(path: Path, count: int) -> str:
    """A journal with one counter that stands at `count`; its name."""
    holding = GlyphTable(0, 0)
    journal = Journal(File(path), binascii.crc32, holding, 7, 0)
    journal.load(0)
    glyph = holding.free_slot()
    assert glyph is not None
    glyph.birth_node, glyph.birth_count, glyph.kind = NODE, journal.next_birth(), 5
    glyph.energy = 40
    put_word(glyph.state, 0, count)
    assert holding.move(glyph, ON_SPAWN)
    assert journal.flush(0, []) == 1
    return glyph_name(glyph.birth_node, glyph.birth_count)


class Stage:
    def __init__(self, journal_path: Path) -> None:
        self.now_us = CUT_US
        self.power: list[tuple[str, int]] = []
        self._journal = journal_path

    def cut_power(self, node_id: int) -> None:
        self.power.append(("off", node_id))

    def power_on(self, node_id: int) -> None:
        self.power.append(("on", node_id))

    def journal(self, node_id: int) -> Path:
        return self._journal

    def clock_us(self) -> int:
        return self.now_us


def play(stage: Stage, glyph: str, told: int) -> PowerCut:
    """Until the node has told of the counter once with its old count, and once with the next."""
    cut = PowerCut(stage, NODE, glyph, told, stage.clock_us)
    on_flash = cut.on_flash or 0
    old = Seen(rows=(row(glyph, NODE, count=told, told_us=CUT_US - 1),))
    cut.advance(CUT_US + OFF_US - 1, old)
    assert cut.is_off
    stage.now_us = CUT_US + OFF_US
    cut.advance(stage.now_us, old)
    assert not cut.is_off
    cut.advance(stage.now_us + 1, old)
    same = row(glyph, NODE, count=on_flash, told_us=stage.now_us + 400_000)
    cut.advance(stage.now_us + 500_000, Seen(rows=(same,)))
    assert not cut.is_over
    one_more = row(glyph, NODE, count=on_flash + 1, told_us=stage.now_us + 1_000_000)
    cut.advance(stage.now_us + 1_100_000, Seen(rows=(one_more,)))
    assert cut.is_over
    return cut


def test_nothing_is_lost_that_was_on_the_flash(tmp_path: Path) -> None:
    glyph = write_counter(tmp_path / "journal", 41)
    stage = Stage(tmp_path / "journal")
    cut = play(stage, glyph, 41)
    assert stage.power == [("off", NODE), ("on", NODE)]
    assert cut.sentence("board 3") == (
        f"board 3 lost its power while it held counter {glyph} at 41; after 2.0 s it is back and "
        "counts on: 42"
    )
    figures = cut.figures()
    assert (figures.count_before, figures.count_on_flash, figures.count_after) == (41, 41, 42)
    assert (figures.off_s, figures.away_s) == (2.0, 3.0)


def test_what_was_not_written_yet_is_told(tmp_path: Path) -> None:
    glyph = write_counter(tmp_path / "journal", 38)
    cut = play(Stage(tmp_path / "journal"), glyph, 41)
    assert "at 41; after 2.0 s it is back, with 38 from its flash, and counts on: 39" in (
        cut.sentence("board 3")
    )
    assert cut.short("board 3") == (
        "board 3 is back: the counter was at 41, its flash had 38, is at 39"
    )
    # With the time before it, in a log of 80 columns.
    assert len(cut.short("board 16").replace("41", "4100")) <= 69


def test_the_flash_may_know_more_than_was_heard(tmp_path: Path) -> None:
    glyph = write_counter(tmp_path / "journal", 42)
    assert play(Stage(tmp_path / "journal"), glyph, 41).before == 42


def test_a_journal_is_read_without_being_changed(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    glyph = write_counter(path, 5)
    with path.open("ab") as file:
        file.write(b"\x03 a record that is just being written")
    before = path.read_bytes()
    assert count_on_flash(path, glyph) == 5
    assert path.read_bytes() == before
    assert count_on_flash(path, "3.1") is None


def test_a_flash_without_a_journal_holds_nothing(tmp_path: Path) -> None:
    assert held_on_flash(tmp_path / "nothing") == []
    assert not (tmp_path / "nothing").exists()
