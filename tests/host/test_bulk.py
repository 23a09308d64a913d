"""The bulk codec against the core's, packet by packet."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ascpi import bulk
from ascpi_core.layout import BEACON, HEADER
from ascpi_core.ssep import (
    ACCEPTED,
    DROP_CLUSTER,
    DROP_KIND,
    DROP_REASONS,
    EXTENSION_ECHO,
    KIND_BEACON,
    PACKET_BYTES,
    Beacon,
    examine_head,
)

CLUSTER = 7
RANGES = {
    name: (low, high)
    for name, _, _, low, high, _ in (*HEADER, *BEACON)
    if name not in ("magic", "version", "kind")
}

ECHO = dict.fromkeys(("echo_id", "echo_timestamp", "echo_age"), 0)


def meant(values: dict[str, int]) -> dict[str, int]:
    """As a sender says it: where the extension is no echo there is none."""
    return values if values["mode"] >> 4 == EXTENSION_ECHO else values | ECHO


fields = st.fixed_dictionaries(
    {name: st.integers(low, high) for name, (low, high) in RANGES.items()}
    | {"mode": st.one_of(st.integers(0x10, 0x1F), st.integers(0, 0xFF))}
).map(meant)


def packed(values: dict[str, int]) -> bytes:
    beacon = Beacon()
    for name, value in values.items():
        setattr(beacon, name, value)
    packet = bytearray(PACKET_BYTES)
    beacon.encode(packet)
    return bytes(packet)


def judged(packet: bytes, beacon: Beacon) -> int:
    """As the core does, but for packets about glyphs, which are no beacons."""
    code = examine_head(packet, len(packet), CLUSTER)
    if code in (ACCEPTED, DROP_CLUSTER) and packet[3] != KIND_BEACON:
        return DROP_KIND
    return code or beacon.decode(packet)


@st.composite
def spoilt(draw: st.DrawFn) -> bytes:
    """A packet of this cluster or nearly so, with up to three bytes altered."""
    values = draw(fields) | {"cluster": draw(st.sampled_from((CLUSTER, CLUSTER, CLUSTER + 256)))}
    packet = bytearray(packed(values))
    for _ in range(draw(st.integers(0, 3))):
        packet[draw(st.integers(0, 63))] = draw(st.integers(0, 255))
    return bytes(packet)


def agree(datagrams: list[bytes]) -> None:
    data = b"".join(datagrams)
    decoded, codes = bulk.decode(data), bulk.refusals(data, CLUSTER)
    assert len(decoded) == len(codes) == len(datagrams)
    for number, datagram in enumerate(datagrams):
        beacon = Beacon()
        code = judged(datagram, beacon)
        assert DROP_REASONS[codes[number]] == DROP_REASONS[code]
        if code == ACCEPTED:
            assert {name: int(decoded[name][number]) for name in RANGES} == {
                name: getattr(beacon, name) for name in RANGES
            }


@given(st.lists(spoilt(), max_size=40))
def test_nearly_good_packets_are_judged_as_by_the_core(datagrams: list[bytes]) -> None:
    agree(datagrams)


@given(st.lists(st.binary(min_size=64, max_size=64), max_size=40))
def test_random_bytes_are_judged_as_by_the_core(datagrams: list[bytes]) -> None:
    agree(datagrams)


@given(st.lists(fields, max_size=40))
def test_encoded_as_by_the_core(rows: list[dict[str, int]]) -> None:
    data = bulk.encode(bulk.table(rows))
    assert data == b"".join(packed(row) for row in rows)
    assert bulk.encode(bulk.decode(data)) == data


@pytest.mark.parametrize("offset", range(64))
def test_every_value_of_every_byte_is_judged_as_by_the_core(offset: int) -> None:
    """Of a packet of zeros and of one with every field at its largest."""
    least = dict.fromkeys(RANGES, 0) | {"node_id": 1, "cluster": CLUSTER}
    most = {name: high for name, (_, high) in RANGES.items()} | {"cluster": CLUSTER, "mode": 31}
    datagrams = []
    for values in (least, most):
        for value in range(256):
            packet = bytearray(packed(values))
            packet[offset] = value
            datagrams.append(bytes(packet))
    agree(datagrams)


def test_more_than_a_chunk() -> None:
    count = 2 * bulk.CHUNK_PACKETS + 5
    rows = bulk.table([{"node_id": 1 + number, "energy": number} for number in range(count)])
    data = bulk.encode(rows)
    assert np.array_equal(bulk.decode(data), rows)
    assert not bulk.refusals(data, 0).any()


def test_no_packets() -> None:
    assert len(bulk.decode(b"")) == 0
    assert len(bulk.refusals(b"", 0)) == 0
    assert bulk.encode(bulk.table([])) == b""


def test_a_part_of_a_packet_is_refused() -> None:
    with pytest.raises(bulk.BulkError, match="65 bytes are no whole number of packets of 64"):
        bulk.decode(bytes(65))


def test_a_value_out_of_range_is_refused_by_name() -> None:
    rows = bulk.table([{"node_id": 1}, {"node_id": 2, "theta": 1 << 28}])
    with pytest.raises(bulk.BulkError, match="packet 1: theta is 268435456, give 0 to 268435455"):
        bulk.encode(rows)
    with pytest.raises(bulk.BulkError, match="packet 0: node_id is 0, give 1 to"):
        bulk.encode(bulk.table([{}]))


def test_another_array_is_refused() -> None:
    with pytest.raises(bulk.BulkError, match=r"dtype ascpi\.bulk\.FIELDS"):
        bulk.encode(np.zeros(3, np.dtype([("node_id", "u4")])))
