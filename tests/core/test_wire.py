"""The table of the format: no gap, no overlap, no value that a board would allocate."""

from ascpi_core import wire
from ascpi_core.beacon import Beacon
from tests.core.packets import RANGES

ROWS = wire.HEADER + wire.BEACON


def test_the_fields_fill_the_packet_without_gap_or_overlap() -> None:
    taken = sorted(
        byte for _, offset, size, *_ in ROWS for byte in range(offset, offset + size)
    ) + list(range(wire.TAG[1], wire.TAG[1] + wire.TAG[2]))
    assert taken == list(range(wire.PACKET_BYTES))


def test_every_range_fits_its_bytes_and_a_small_integer() -> None:
    for name, _, size, smallest, largest, meaning in ROWS:
        assert 0 <= smallest <= largest < 1 << 8 * size, name
        assert largest < 1 << 30, name
        assert meaning


def test_the_magic_is_pi() -> None:
    assert bytes([wire.MAGIC_LOW, wire.MAGIC_HIGH]) == "π".encode()
    assert ROWS[0][3] == wire.MAGIC_LOW | wire.MAGIC_HIGH << 8


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
