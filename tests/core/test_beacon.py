"""Encoding and decoding of beacons."""

from hypothesis import assume, given
from hypothesis import strategies as st

from ascpi_core.layout import BEACON, HEADER
from ascpi_core.ssep import (
    ACCEPTED,
    DROP_CLUSTER,
    DROP_EMPTY,
    DROP_FIELD,
    DROP_FOREIGN,
    DROP_KIND,
    DROP_LENGTH,
    DROP_VERSION,
    EXTENSION_ECHO,
    KIND_LAST,
    TAG_BYTES,
    TAG_OFFSET,
    Beacon,
    examine_head,
)
from tests.core.packets import RANGES, beacon, packet

ECHO = {"mode": st.integers(0x10, 0x1F)}
fields = st.fixed_dictionaries({name: st.integers(*RANGES[name]) for name in RANGES} | ECHO)
ROWS = {row[0]: row for row in HEADER + BEACON}


@given(fields)
def test_what_was_encoded_is_decoded(values: dict[str, int]) -> None:
    encoded = packet(**values)
    decoded = Beacon()
    assert examine_head(encoded, len(encoded), values["cluster"]) == ACCEPTED
    assert decoded.decode(encoded) == ACCEPTED
    assert vars(decoded) == values


@given(fields)
def test_every_field_stands_where_the_table_says(values: dict[str, int]) -> None:
    encoded = packet(**values)
    for name, value in values.items():
        _, offset, size, *_ = ROWS[name]
        assert int.from_bytes(encoded[offset : offset + size], "little") == value, name
    assert encoded[TAG_OFFSET:] == bytes(TAG_BYTES)


def test_a_value_beyond_its_range_is_refused_and_changes_nothing() -> None:
    for name, offset, size, smallest, largest, _ in HEADER[3:] + BEACON:
        for value in {largest + 1, (1 << 8 * size) - 1} | ({smallest - 1} if smallest else set()):
            if value >= 1 << 8 * size or smallest <= value <= largest:
                continue
            damaged = bytearray(packet(mode=EXTENSION_ECHO << 4))
            damaged[offset : offset + size] = value.to_bytes(size, "little")
            decoded = beacon(node_id=9)
            before = dict(vars(decoded))
            assert decoded.decode(damaged) == DROP_FIELD, (name, value)
            assert vars(decoded) == before


def test_the_largest_values_are_accepted() -> None:
    top = {name: largest for name, (_, largest) in RANGES.items()}
    assert Beacon().decode(packet(**top)) == ACCEPTED


@given(st.binary(max_size=200), st.integers(0, 0xFFFF))
def test_examine_takes_any_bytes(data: bytes, cluster: int) -> None:
    status = examine_head(data, len(data), cluster)
    if len(data) != 64:
        assert status == (DROP_LENGTH if data else DROP_EMPTY)
    elif status == ACCEPTED:
        assert data[:2] == "π".encode()


def test_examine_gives_the_first_reason() -> None:
    good = packet(cluster=7)
    for place, value, reason in (
        (0, 0, DROP_FOREIGN),
        (1, 0x81, DROP_FOREIGN),
        (2, 1, DROP_VERSION),
        (3, 0, DROP_KIND),
        (3, KIND_LAST + 1, DROP_KIND),
        (16, 8, DROP_CLUSTER),
        (17, 1, DROP_CLUSTER),
    ):
        damaged = bytearray(good)
        damaged[place] = value
        assert examine_head(damaged, 64, 7) == reason
    assert examine_head(good, 64, 7) == ACCEPTED


@given(st.binary(min_size=64, max_size=64))
def test_decode_takes_any_64_bytes(data: bytes) -> None:
    decoded = Beacon()
    before = dict(vars(decoded))
    if decoded.decode(data) == DROP_FIELD:
        assert vars(decoded) == before
    else:
        assert all(low <= getattr(decoded, name) <= top for name, (low, top) in RANGES.items())


@given(st.integers(0, 15), st.integers(0, 15), st.binary(min_size=10, max_size=10))
def test_an_extension_that_is_not_known_is_passed_over(
    kind: int, state: int, octets: bytes
) -> None:
    assume(kind != EXTENSION_ECHO)
    whole = bytearray(packet(mode=kind << 4 | state, theta=5, address=7))
    whole[44:54] = octets
    decoded = beacon(echo_id=3, echo_timestamp=4, echo_age=5)
    assert decoded.decode(whole) == ACCEPTED
    assert (decoded.echo_id, decoded.echo_timestamp, decoded.echo_age) == (0, 0, 0)
    assert (decoded.theta, decoded.address, decoded.mode & 15) == (5, 7, state)
