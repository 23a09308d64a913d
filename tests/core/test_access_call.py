"""An access point's call: what it says, and what is not taken for one."""

import hashlib

import pytest

from ascpi_core.access_point import CALL_NAME_BYTES, AccessCall
from ascpi_core.layout import CALL_LAYOUT
from ascpi_core.ssep import DROP_FOREIGN, PACKET_BYTES, Beacon, Tagger, examine_head

ADDRESS = bytes((2, 0xA5, 0, 0, 0, 8))
NODE_ID = 0x12345678


def tagger(key: bytes = b"sesame") -> Tagger:
    return Tagger(key, hashlib.sha256)


def called(name: bytes = b"field", key: Tagger | None = None, stations: int = 3) -> bytearray:
    packet = bytearray(b"\xee" * PACKET_BYTES)
    AccessCall(name, key).encode(packet, NODE_ID, stations, ADDRESS)
    return packet


@pytest.mark.parametrize("key", [None, tagger()])
@pytest.mark.parametrize("name", [b"f", "größe".encode(), b"x" * CALL_NAME_BYTES])
def test_what_is_called_is_heard(name: bytes, key: Tagger | None) -> None:
    call = AccessCall(name, key)
    assert call.decode(called(name, key), PACKET_BYTES)
    assert (call.node_id, call.stations, call.address) == (NODE_ID, 3, ADDRESS)


def test_more_stations_than_a_byte_holds() -> None:
    call = AccessCall(b"field", None)
    assert call.decode(called(stations=1000), PACKET_BYTES)
    assert call.stations == 255


def test_the_layout_is_as_the_table_says() -> None:
    end = 0
    for _, offset, size, _ in CALL_LAYOUT:
        assert offset == end
        end += size
    assert end == PACKET_BYTES
    packet = called()
    assert packet[:4] == b"\xcf\x81\x01\x03"
    assert packet[4:8] == NODE_ID.to_bytes(4, "little")
    assert packet[8:14] == ADDRESS
    assert packet[14:47] == b"\5field" + bytes(27)
    assert not any(packet[47:])


@pytest.mark.parametrize(
    ("name", "key"),
    [(b"fields", None), (b"Field", None), (b"field", tagger()), (b"field", tagger(b"other"))],
)
def test_a_call_of_another_network_or_key_is_not_heard(name: bytes, key: Tagger | None) -> None:
    call = AccessCall(name, key)
    assert not call.decode(called(key=tagger(b"mine") if key else None), PACKET_BYTES)
    assert call.node_id == 0


def test_a_tagged_call_is_nothing_to_an_open_field() -> None:
    assert not AccessCall(b"field", None).decode(called(key=tagger()), PACKET_BYTES)


@pytest.mark.parametrize("offset", range(PACKET_BYTES))
def test_any_altered_byte_is_seen_with_a_key(offset: int) -> None:
    packet = called(key=tagger())
    packet[offset] ^= 1
    assert not AccessCall(b"field", tagger()).decode(packet, PACKET_BYTES)


def test_other_lengths_and_impossible_ids_are_refused() -> None:
    call = AccessCall(b"field", None)
    assert not call.decode(called(), PACKET_BYTES - 1)
    for first, last in ((0, 0), (0xFF, 0xFF)):
        packet = called()
        packet[4:8] = bytes((first, 0, 0, last))
        assert not call.decode(packet, PACKET_BYTES)


def test_neither_a_beacon_nor_a_call_passes_for_the_other() -> None:
    assert examine_head(called(), PACKET_BYTES, 0) == DROP_FOREIGN
    beacon = Beacon()
    beacon.node_id = 7
    packet = bytearray(PACKET_BYTES)
    beacon.encode(packet)
    assert not AccessCall(b"field", None).decode(packet, PACKET_BYTES)
