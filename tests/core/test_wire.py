"""The tables of the format: no gap, no overlap, no value that a board would allocate."""

import pytest

from ascpi_core import ssep
from ascpi_core.layout import BEACON, HEADER, TABLES, TAG
from ascpi_core.ssep import (
    KIND_BEACON,
    KIND_LAST,
    MAGIC_HIGH,
    MAGIC_LOW,
    PACKET_BYTES,
    TAG_OFFSET,
    Beacon,
)
from tests.core.packets import RANGES

ROWS = HEADER + BEACON


def test_the_fields_fill_the_packet_without_gap_or_overlap() -> None:
    taken = sorted(
        byte for _, offset, size, *_ in ROWS for byte in range(offset, offset + size)
    ) + list(range(TAG[1], TAG[1] + TAG[2]))
    assert taken == list(range(PACKET_BYTES))


@pytest.mark.parametrize("form", TABLES, ids=lambda form: form[0])
def test_packets_about_glyphs_have_no_gap_before_their_end(form: tuple[object, ...]) -> None:
    rows = form[3]
    assert isinstance(rows, tuple)
    end = 18
    for name, offset, size, *_ in rows:
        assert offset == end, name
        end += size
    assert end <= TAG_OFFSET


def test_every_kind_but_the_beacon_has_a_table() -> None:
    kinds = {
        name: number
        for name, number in vars(ssep).items()
        if name.startswith("KIND_") and name != "KIND_LAST"
    }
    assert sorted(kinds.values()) == list(range(1, KIND_LAST + 1))
    assert {kind for _, kind, _, _ in TABLES} == set(kinds.values()) - {KIND_BEACON}
    meaning = HEADER[2][5]
    for name, number in kinds.items():
        assert f"{number} {name[5:].lower()}" in str(meaning)


def test_every_range_fits_its_bytes_and_a_small_integer() -> None:
    tables = [rows for *_, rows in TABLES]
    for name, _, size, smallest, largest, meaning in (*ROWS, *(row for t in tables for row in t)):
        assert 0 <= smallest <= largest < 1 << 8 * size, name
        assert largest < 1 << 30, name
        assert meaning


def test_the_magic_is_pi() -> None:
    assert bytes([MAGIC_LOW, MAGIC_HIGH]) == "π".encode()
    assert ROWS[0][3] == MAGIC_LOW | MAGIC_HIGH << 8


def test_a_beacon_has_every_field_of_the_table() -> None:
    names = {row[0] for row in ROWS} - {"magic", "version", "kind"}
    assert names == set(vars(Beacon())) == set(RANGES)
    for name, _, _, smallest, largest, _ in ROWS:
        if name in RANGES:
            assert RANGES[name] == (smallest, largest), name


def test_the_resolutions_that_the_protocol_promises() -> None:
    """Phase 2^-24 turn or finer, timestamps of 1 µs, all eight fields of the source."""
    ranges = {row[0]: row[4] for row in ROWS}
    assert ranges["theta"] + 1 >= 1 << 24
    assert ranges["timestamp"] == (1 << 30) - 1
    source = {"node_id", "timestamp", "dphi", "kappa", "theta", "glyph_digest"}
    assert source | {"coherence", "energy"} <= set(ranges)
