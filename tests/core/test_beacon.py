"""Encoding and decoding of beacons."""

from hypothesis import given
from hypothesis import strategies as st

from ascpi_core import refusal, wire
from ascpi_core.beacon import Beacon
from ascpi_core.head import examine
from tests.core.packets import RANGES, beacon, packet

fields = st.fixed_dictionaries({name: st.integers(*RANGES[name]) for name in RANGES})
ROWS = {row[0]: row for row in wire.HEADER + wire.BEACON}


@given(fields)
def test_what_was_encoded_is_decoded(values: dict[str, int]) -> None:
    encoded = packet(**values)
    decoded = Beacon()
    assert examine(encoded, len(encoded), values["cluster"]) == refusal.ACCEPTED
    assert decoded.decode(encoded) == refusal.ACCEPTED
    assert vars(decoded) == values


@given(fields)
def test_every_field_stands_where_the_table_says(values: dict[str, int]) -> None:
    encoded = packet(**values)
    for name, value in values.items():
        _, offset, size, *_ = ROWS[name]
        assert int.from_bytes(encoded[offset : offset + size], "little") == value, name
    assert encoded[wire.TAG_OFFSET :] == bytes(wire.TAG_BYTES)


def test_a_value_beyond_its_range_is_refused_and_changes_nothing() -> None:
    for name, offset, size, smallest, largest, _ in wire.HEADER[3:] + wire.BEACON:
        for value in {largest + 1, (1 << 8 * size) - 1} | ({smallest - 1} if smallest else set()):
            if value >= 1 << 8 * size or smallest <= value <= largest:
                continue
            damaged = bytearray(packet())
            damaged[offset : offset + size] = value.to_bytes(size, "little")
            decoded = beacon(node_id=9)
            before = dict(vars(decoded))
            assert decoded.decode(damaged) == refusal.FIELD, (name, value)
            assert vars(decoded) == before


def test_the_largest_values_are_accepted() -> None:
    top = {name: largest for name, (_, largest) in RANGES.items()}
    assert Beacon().decode(packet(**top)) == refusal.ACCEPTED


@given(st.binary(max_size=200), st.integers(0, 0xFFFF))
def test_examine_takes_any_bytes(data: bytes, cluster: int) -> None:
    status = examine(data, len(data), cluster)
    if len(data) != 64:
        assert status == (refusal.LENGTH if data else refusal.EMPTY)
    elif status == refusal.ACCEPTED:
        assert data[:2] == "π".encode()


def test_examine_gives_the_first_reason() -> None:
    good = packet(cluster=7)
    for place, value, reason in (
        (0, 0, refusal.FOREIGN),
        (1, 0x81, refusal.FOREIGN),
        (2, 2, refusal.VERSION),
        (3, 0, refusal.KIND),
        (3, wire.KIND_LAST + 1, refusal.KIND),
        (16, 8, refusal.CLUSTER),
        (17, 1, refusal.CLUSTER),
    ):
        damaged = bytearray(good)
        damaged[place] = value
        assert examine(damaged, 64, 7) == reason
    assert examine(good, 64, 7) == refusal.ACCEPTED


@given(st.binary(min_size=64, max_size=64))
def test_decode_takes_any_64_bytes(data: bytes) -> None:
    decoded = Beacon()
    before = dict(vars(decoded))
    if decoded.decode(data) == refusal.FIELD:
        assert vars(decoded) == before
    else:
        assert all(low <= getattr(decoded, name) <= top for name, (low, top) in RANGES.items())
