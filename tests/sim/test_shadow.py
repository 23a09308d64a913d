"""The journal's format, read a second time: it agrees with the core's own reader."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ascpi.sim.flash import RECORD_BYTES
from ascpi.sim.shadow import HALTED, HELD, LEFT, NAMES, Shadow, parse, parsed
from ascpi_core.glyphs.glyph import Glyph, GlyphTable
from ascpi_core.glyphs.journal import RECORD_BYTES as CORE_RECORD_BYTES
from ascpi_core.glyphs.journal import seal, write_record
from ascpi_core.glyphs.lifecycle import (
    FREE,
    RECORD_ARRIVED,
    RECORD_BORN,
    RECORD_COMMITTED,
    RECORD_DROPPED,
    RECORD_ENDED,
    RECORD_FENCED,
    RECORD_GONE,
    RECORD_KEPT,
    RECORD_PREPARED,
    RECORD_STOPPED,
    RECORD_TOTALS,
)
from ascpi_core.glyphs.replay import Fold
from ascpi_core.layout import COUNTS, RECORD_TYPES


def made(kind_of: int, count: int = 1, energy: int = 50, hops: int = 0, nonce: int = 0) -> bytes:
    """A record of glyph 7.`count`, or a TOTALS."""
    buffer = bytearray(RECORD_BYTES)
    if kind_of == RECORD_TOTALS:
        buffer[0], buffer[1], buffer[5], buffer[9] = RECORD_TOTALS, 77, 5, 9
    else:
        glyph = Glyph()
        glyph.birth_node, glyph.birth_count = 7, count
        glyph.kind, glyph.energy, glyph.hops, glyph.nonce = 5, energy, hops, nonce
        glyph.identity = 77
        write_record(buffer, 0, kind_of, glyph)
    seal(buffer, 0, zlib.crc32)
    return bytes(buffer)


def test_names_are_those_of_the_core() -> None:
    assert NAMES[1:] == tuple(name.upper() for _, name, _ in RECORD_TYPES)
    assert CORE_RECORD_BYTES == RECORD_BYTES


def test_a_life_told_by_records() -> None:
    shadow = Shadow()
    shadow.read(
        made(RECORD_TOTALS)
        + made(RECORD_BORN, energy=100)
        + made(RECORD_KEPT, energy=90)
        + made(RECORD_COMMITTED, energy=85)
    )
    assert shadow.glyphs[7, 1].standing == LEFT
    assert (shadow.born, shadow.received, shadow.spent, shadow.sent) == (100, 0, 15, 85)
    assert shadow.identity == 77
    shadow.read(shadow_bytes := made(RECORD_TOTALS) + made(RECORD_STOPPED, energy=3))
    assert shadow.glyphs[7, 1].standing == HALTED
    # A snapshot has its sums in TOTALS.
    assert (shadow.born, shadow.spent) == (0, 0)
    assert len(parsed(shadow_bytes)) == 2


def test_what_is_torn_or_damaged_is_no_record() -> None:
    whole = made(RECORD_BORN)
    assert parse(whole) is not None
    assert parse(whole[:-1]) is None
    assert parse(bytes(RECORD_BYTES)) is None
    for place in (0, 20, 63, 67):
        damaged = bytearray(whole)
        damaged[place] ^= 4
        assert parse(bytes(damaged)) is None
    shadow = Shadow()
    shadow.read(made(RECORD_TOTALS) + whole[:30] + made(RECORD_BORN, count=2))
    assert list(shadow.glyphs) == [(7, 2)]
    assert shadow.glyphs[7, 2].standing == HELD


@given(st.lists(st.integers(0, 60), max_size=8), st.booleans())
def test_any_beginning_of_a_true_history_is_read_alike(spends: list[int], twice: bool) -> None:
    """A glyph is born, spends, is handed on and back, and ends: cut anywhere."""
    energy = 1000
    whole = [made(RECORD_TOTALS), made(RECORD_BORN, energy=energy)]
    for hops, spend in enumerate(spends):
        energy -= spend
        whole.append(made(RECORD_KEPT, energy=energy, hops=2 * hops))
        whole.append(made(RECORD_COMMITTED, energy=energy, hops=2 * hops))
        whole.append(made(RECORD_GONE, energy=energy, hops=2 * hops))
        whole.append(made(RECORD_PREPARED, energy=energy, hops=2 * hops + 1, nonce=hops + 1))
        whole.append(made(RECORD_ARRIVED, energy=energy, hops=2 * hops + 2, nonce=hops + 1))
    whole.append(made(RECORD_ENDED, energy=0, hops=2 * len(spends)))
    if twice:
        whole = [one for record_bytes in whole for one in (record_bytes, record_bytes)]
    for length in range(len(whole) + 1):
        assert_alike(b"".join(whole[:length]))


def assert_alike(content: bytes) -> None:
    shadow = Shadow()
    shadow.read(content)
    holding = GlyphTable(0, 0)
    ledger, fold = holding.ledger, Fold(holding)
    for offset in range(0, len(content), RECORD_BYTES):
        fold.take(content, offset)
    sums = (ledger.born, ledger.received, ledger.spent, ledger.sent)
    assert (shadow.born, shadow.received, shadow.spent, shadow.sent) == sums
    core = {
        (glyph.birth_node, glyph.birth_count): (COUNTS[glyph.standing], glyph.energy, glyph.hops)
        for glyph in holding.slots
        if glyph.standing != FREE
    }
    own = {name: (entry.counts, entry.energy, entry.hops) for name, entry in shadow.glyphs.items()}
    assert own == core


@pytest.mark.parametrize("kind_of", [RECORD_GONE, RECORD_ENDED, RECORD_FENCED, RECORD_DROPPED])
def test_an_earlier_stay_takes_nothing_away(kind_of: int) -> None:
    content = made(RECORD_TOTALS) + made(RECORD_ARRIVED, hops=4) + made(kind_of, hops=2)
    assert_alike(content)
    shadow = Shadow()
    shadow.read(content)
    assert (7, 1) in shadow.glyphs
