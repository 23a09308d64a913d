"""What hand-offs cost a flash: the figures of docs/journal.md, on a LittleFS that counts."""

import re
from pathlib import Path

import pytest

from ascpi_core.glyphs.journal import BURST, CHECKPOINT_US, LIMIT_BYTES, RECORD_BYTES
from ascpi_core.glyphs.lifecycle import ARRIVING, COMMITTING, DEPARTED, HELD, OFFERED
from ascpi_core.layout import RECORD_FIELDS, RECORD_TOTALS_FIELDS, RECORD_TYPES
from tests.core.journals import SECOND_US, Memory, Node, held
from tests.host.littlefs_board import BLOCK_BYTES, CountingFlash, file_on_littlefs

BLOCKS = 2 * 1024 * 1024 // BLOCK_BYTES
CYCLES = 100_000
"""Erasures that makers of such flash promise for a block."""
FREE_BLOCKS = BLOCKS - 50
"""The firmware and its files take the others; LittleFS does not move what is not written."""
WRITES_PER_HOUR = 1800
HOURS_PER_YEAR = 24 * 365


@pytest.fixture(scope="module")
def page(request: pytest.FixtureRequest) -> str:
    root = Path(__file__).parents[2]
    return (root / "docs" / "journal.md").read_text("utf-8")


def said(page: str, row: str) -> str:
    """What the page's table of figures has in a row."""
    found = re.search(rf"^\| {re.escape(row)} \| (.*) \|$", page, re.MULTILINE)
    assert found is not None, row
    return found[1]


def costs(node: Node) -> tuple[int, int]:
    return node.journal.writes, node.journal.records * RECORD_BYTES


def send(node: Node) -> None:
    glyph = next(each for each in node.holding.slots if each.standing == HELD)
    glyph.standing = OFFERED
    assert not node.holding.pending
    glyph.standing = COMMITTING
    node.holding.pending = True
    node.settle()
    glyph.standing = DEPARTED


def receive(node: Node, number: int) -> None:
    glyph = node.prepare(10, number)
    assert glyph is not None
    node.settle()
    glyph.hops += 1
    glyph.standing = ARRIVING
    node.holding.pending = True
    node.settle()


def test_writes_and_bytes_of_a_hand_off(page: str) -> None:
    node = held(20)
    writes, octets = costs(node)
    send(node)
    assert costs(node) == (writes + 1, octets + 68)
    node.pass_time(CHECKPOINT_US)
    assert node.flush() == 1
    assert costs(node) == (writes + 2, octets + 136)
    assert said(page, "a sender's writes, bytes") == "1, or 2 if no other write comes; 136"
    writes, octets = costs(node)
    for _ in range(10):
        send(node)  # each takes the last one's *gone* along
    assert costs(node)[0] == writes + 10

    node = held(0)
    writes, octets = costs(node)
    receive(node, 1)
    assert costs(node) == (writes + 2, octets + 136)
    assert said(page, "a receiver's writes, bytes") == "2; 136"


def test_life_of_a_flash(page: str) -> None:
    flash = CountingFlash(BLOCKS)
    node = Node(file_on_littlefs(flash, BLOCKS))
    made = sum(flash.erased.values())
    flash.erased.clear()
    before = node.journal.writes
    for number in range(600):
        receive(node, number)
        send(node)
    writes = node.journal.writes - before
    erasures = sum(flash.erased.values()) / writes
    assert made < 20
    assert writes == 1800
    # LittleFS begins with other blocks at every mount, and uses them in turn.
    assert max(flash.erased.values()) <= 10
    years = FREE_BLOCKS * CYCLES / (erasures * WRITES_PER_HOUR) / HOURS_PER_YEAR
    assert said(page, "blocks erased for a write") == f"{erasures:.2f}"
    assert said(page, "life of 2 MB at 1800 writes an hour, day and night") == f"{years:.1f} years"
    assert said(page, "at 60 writes an hour") == f"{years * 30:.0f} years"


def test_bounds(page: str) -> None:
    assert said(page, "writes in any hour, at most") == f"{WRITES_PER_HOUR + BURST}"
    assert said(page, "the file, at most") == f"{LIMIT_BYTES} bytes, {LIMIT_BYTES // 68} records"
    assert said(page, "lost at a power cut, at most") == (
        f"{CHECKPOINT_US // SECOND_US} s of what glyphs did"
    )


def test_a_whole_snapshot(page: str) -> None:
    node = held(32)
    snapshot = Memory(b"?")  # no record: so the next write is a snapshot
    again = Node(snapshot)
    for glyph in node.holding.slots:
        assert again.bear(glyph.energy) is not None
    again.settle()
    assert said(page, "a snapshot of 32 glyphs") == f"{len(snapshot.content)} bytes"


def test_the_tables_are_the_formats(page: str) -> None:
    for name, offset, width, meaning in RECORD_FIELDS:
        assert f"| {offset} | {width} | {name} | {meaning} |" in page
    for name, offset, width, meaning in RECORD_TOTALS_FIELDS[1:-1]:
        assert f"| {offset} | {width} | {name} | {meaning} |" in page
    for number, name, meaning in RECORD_TYPES:
        assert f"| {number} | {name} | {meaning} |" in page
    assert len(page.splitlines()) <= 130
