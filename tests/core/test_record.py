"""A record holds all that a glyph is, in 68 bytes, and knows when one of them has changed."""

import binascii

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ascpi_core.glyphs import journal, lifecycle
from ascpi_core.glyphs.glyph import STATE_BYTES, Glyph
from ascpi_core.glyphs.journal import (
    CHECKED_BYTES,
    CHECKPOINT_US,
    RECORD_BYTES,
    put_long,
    seal,
    write_record,
)
from ascpi_core.glyphs.lifecycle import RECORD_ARRIVED, RECORD_KEPT, RECORD_RESUMED, RECORD_STOPPED
from ascpi_core.glyphs.replay import get_long, is_whole, read_record
from ascpi_core.layout import RECORD_FIELDS, RECORD_TOTALS_FIELDS, RECORD_TYPES
from tests.core.journals import held

WORDS = st.integers(0, (1 << 30) - 1)
COUNTS = st.integers(0, 0xFFFFFF)
RANGES = {
    "birth_node": st.integers(1, (1 << 30) - 1),
    "birth_count": COUNTS,
    "kind": st.integers(1, 255),
    "dphi": st.integers(0, 0x7FFF),
    "kappa": st.integers(0, 0x7FFF),
    "theta": st.integers(0, (1 << 28) - 1),
    "energy": COUNTS,
    "lifetime": COUNTS,
    "coherence": st.integers(0, 0x8000),
    "hops": COUNTS,
    "peer": WORDS,
    "origin": WORDS,
    "identity": WORDS,
    "nonce": WORDS,
}
HELD_RECORDS = (RECORD_KEPT, RECORD_STOPPED, RECORD_RESUMED)
"""In them the peer is the node that the glyph came from."""


def made(values: dict[str, int], state: bytes) -> Glyph:
    glyph = Glyph()
    for name, value in values.items():
        setattr(glyph, name, value)
    glyph.state[:] = state
    return glyph


def sealed(kind: int, glyph: Glyph) -> bytearray:
    buffer = bytearray(RECORD_BYTES)
    write_record(buffer, 0, kind, glyph)
    seal(buffer, 0, binascii.crc32)
    return buffer


def test_the_fields_fill_the_record() -> None:
    offset = 0
    for _, at, width, _ in RECORD_FIELDS:
        assert at == offset
        offset += width
    assert offset == RECORD_BYTES
    assert RECORD_FIELDS[-1][1] == CHECKED_BYTES
    assert {name for name, *_ in RECORD_FIELDS} == {*RANGES, "type", "state", "crc32"} - {"origin"}
    following = 0
    for _, at, width, _ in RECORD_TOTALS_FIELDS:
        assert at >= following
        following = at + width


def test_types_are_numbered_as_the_tables_are() -> None:
    assert [number for number, *_ in RECORD_TYPES] == list(range(1, 14))
    for number, name, _ in RECORD_TYPES:
        assert getattr(lifecycle, "RECORD_" + name.upper()) == number


@given(st.integers(2, 13), st.fixed_dictionaries(RANGES), st.binary(min_size=24, max_size=24))
def test_a_glyph_comes_back_as_it_was(kind: int, values: dict[str, int], state: bytes) -> None:
    buffer = sealed(kind, made(values, state))
    assert is_whole(buffer, 0, binascii.crc32)
    assert buffer[0] == kind
    # By the table, and not by the reader: each field lies where it says.
    for name, offset, width, _ in RECORD_FIELDS:
        if name == "peer" and kind in HELD_RECORDS:
            assert int.from_bytes(buffer[offset : offset + width], "little") == values["origin"]
        elif name in values:
            assert int.from_bytes(buffer[offset : offset + width], "little") == values[name]
    assert buffer[28 : 28 + STATE_BYTES] == state
    assert int.from_bytes(buffer[64:], "little") == binascii.crc32(buffer[:64])
    again = Glyph()
    read_record(buffer, 0, again)
    if kind in HELD_RECORDS:
        values = {**values, "peer": values["origin"]}
    elif kind == RECORD_ARRIVED:
        values = {**values, "origin": values["peer"]}
    else:
        values = {**values, "origin": 0}
    assert {name: getattr(again, name) for name in values} == values
    assert again.state == state


@given(st.integers(0, (1 << 48) - 1), st.integers(0, 9))
def test_sums_have_48_bits(value: int, offset: int) -> None:
    buffer = bytearray(20)
    assert put_long(buffer, offset, 6, value) == offset + 6
    assert buffer == bytes(offset) + value.to_bytes(6, "little") + bytes(14 - offset)
    assert get_long(buffer, offset, 6) == value


def test_a_snapshot_begins_with_totals_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    node = held(1)
    node.journal.identity, node.journal.births = 0x3FFFFFFF, 0xFFFFFF
    sums = {"born": 1 << 33, "received": 5, "spent": 1 << 40, "sent": (1 << 48) - 1}
    node.ledger.set(*sums.values())
    values = {"type": 1, "identity": 0x3FFFFFFF, "next_nonce": 1, "next_birth": 0xFFFFFF, **sums}
    monkeypatch.setattr(journal, "LIMIT_BYTES", 0)
    node.holding.slots[0].unsaved = True
    node.pass_time(CHECKPOINT_US)
    assert node.flush() == 3
    content = node.files.content
    assert content[:RECORD_BYTES] == content[RECORD_BYTES : 2 * RECORD_BYTES]
    rest = bytearray(content[:CHECKED_BYTES])
    for name, offset, width, _ in RECORD_TOTALS_FIELDS[:-1]:
        assert int.from_bytes(content[offset : offset + width], "little") == values[name]
        rest[offset : offset + width] = bytes(width)
    assert not any(rest)
    assert is_whole(content, 0, binascii.crc32)


def test_one_bit_and_it_is_no_record() -> None:
    buffer = sealed(RECORD_KEPT, made({"birth_node": 7, "energy": 300}, bytes(range(24))))
    for bit in range(RECORD_BYTES * 8):
        buffer[bit >> 3] ^= 1 << (bit & 7)
        assert not is_whole(buffer, 0, binascii.crc32), bit
        buffer[bit >> 3] ^= 1 << (bit & 7)
    assert is_whole(buffer, 0, binascii.crc32)


def test_what_a_file_system_leaves_behind_is_no_record() -> None:
    for filling in (b"\0", b"\xff"):
        assert not is_whole(filling * RECORD_BYTES, 0, binascii.crc32)
    # Not even with the right sum: nothing has type 0.
    blank = bytes(64) + binascii.crc32(bytes(64)).to_bytes(4, "little")
    assert not is_whole(blank, 0, binascii.crc32)
