"""The switch of the duel: who gets which frame, when, and what is counted."""

import json
import socket
import struct

import pytest

from ascpi.air.model import Air
from ascpi.air.preset import PRESETS, Preset
from ascpi.bench.duel import frame as frames
from ascpi.bench.duel.switch import Delivery, Switch
from ascpi.bench.duel.switching import Switching
from ascpi.errors import AscpiError

BROADCAST = b"\xff" * 6
# What Link's packets for everybody are addressed to: 224.76.78.75.
MULTICAST = bytes.fromhex("01005e4c4e4b")
STILL = Preset("still", base_delay_us=100, jitter_mean_us=0)


def station(number: int) -> bytes:
    return bytes([2, 0, 0, 0, 0, number])


def udp_frame(destination: bytes, source: bytes, payload: bytes, padding: int = 0) -> bytes:
    length = 8 + len(payload)
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + length, 0, 0, 64, 17, 0, bytes(4), bytes(4))
    udp = struct.pack(">HHHH", 1000, 2000, length, 0)
    return destination + source + b"\x08\x00" + ip + udp + payload + bytes(padding)


def arp_frame(destination: bytes, source: bytes) -> bytes:
    return destination + source + b"\x08\x06" + bytes(28)


def all_due(switch: Switch, now_us: int = 1 << 40) -> list[Delivery]:
    found = []
    while (delivery := switch.due(now_us)) is not None:
        found.append(delivery)
    return found


def ports(switch: Switch) -> list[int]:
    return sorted(delivery.port for delivery in all_due(switch))


@pytest.mark.parametrize("address", [BROADCAST, MULTICAST])
def test_what_is_for_a_group_goes_to_all_others(address: bytes) -> None:
    switch = Switch(Air(STILL, 1), 4)
    switch.accept(0, 2, arp_frame(address, station(2)))
    assert ports(switch) == [1, 3, 4]


def test_an_unknown_address_goes_to_all_others_and_a_known_one_to_its_port() -> None:
    switch = Switch(Air(STILL, 1), 4)
    switch.accept(0, 1, arp_frame(station(3), station(1)))
    assert ports(switch) == [2, 3, 4]
    switch.accept(0, 3, arp_frame(station(1), station(3)))
    assert ports(switch) == [1]
    switch.accept(0, 1, arp_frame(station(3), station(1)))
    assert ports(switch) == [3]


def test_a_station_that_moves_is_found_again() -> None:
    switch = Switch(Air(STILL, 1), 3)
    switch.accept(0, 1, arp_frame(BROADCAST, station(1)))
    switch.accept(0, 2, arp_frame(BROADCAST, station(1)))
    all_due(switch)
    switch.accept(0, 3, arp_frame(station(1), station(3)))
    assert ports(switch) == [2]


def test_a_frame_for_its_own_port_goes_nowhere() -> None:
    switch = Switch(Air(STILL, 1), 3)
    switch.accept(0, 1, arp_frame(BROADCAST, station(1)))
    all_due(switch)
    switch.accept(0, 1, arp_frame(station(1), station(9)))
    assert ports(switch) == []


def test_a_group_is_never_learned_as_a_sender() -> None:
    switch = Switch(Air(STILL, 1), 3)
    switch.accept(0, 1, arp_frame(BROADCAST, BROADCAST))
    all_due(switch)
    switch.accept(0, 2, arp_frame(BROADCAST, station(2)))
    assert ports(switch) == [1, 3]


def test_a_stump_of_a_frame_is_dropped() -> None:
    switch = Switch(Air(STILL, 1), 2)
    switch.accept(0, 1, BROADCAST + station(1) + b"\x08")
    assert switch.next_due_us() is None
    assert all(count.frames == 0 for count in switch.counts.values())


def test_frames_come_out_when_they_are_due_and_in_order() -> None:
    switch = Switch(Air(STILL, 1), 2)
    switch.accept(1000, 1, arp_frame(BROADCAST, station(1)))
    switch.accept(1050, 1, udp_frame(BROADCAST, station(1), b"later"))
    assert switch.next_due_us() == 1100
    assert switch.due(1099) is None
    first = switch.due(1100)
    assert first is not None
    assert (first.due_us, first.port) == (1100, 2)
    assert switch.due(1149) is None
    assert [delivery.due_us for delivery in all_due(switch)] == [1150]


def test_fates_are_those_of_the_air_of_the_same_seed() -> None:
    """Frame for frame: the model knows the ports by their numbers."""
    switch, air = Switch(Air(PRESETS["harsh"], 7), 3), Air(PRESETS["harsh"], 7)
    expected = []
    for moment_us in range(0, 2_000_000, 10_000):
        switch.accept(moment_us, 2, arp_frame(BROADCAST, station(2)))
        for receiver in (1, 3):
            expected += [(due, receiver) for due in air.deliveries(moment_us, 2, receiver)]
    came = [(each.due_us, each.port) for each in all_due(switch)]
    assert came == sorted(expected, key=lambda pair: pair[0])
    assert switch.air.counters == air.counters
    assert air.counters.lost > 50
    assert air.counters.duplicated > 5


def test_datagrams_are_counted_by_what_they_carry() -> None:
    switch = Switch(Air(STILL, 1), 3)
    switch.accept(0, 1, udp_frame(BROADCAST, station(1), bytes(64)))
    # A short one is padded to 60 bytes by some devices.
    switch.accept(0, 1, udp_frame(BROADCAST, station(1), b"ab", padding=16))
    switch.accept(0, 1, arp_frame(BROADCAST, station(1)))
    switch.accept(0, 1, BROADCAST + station(1) + b"\x86\xdd" + bytes(40))
    udp, arp, other = (switch.counts[kind] for kind in (frames.UDP, frames.ARP, frames.OTHER))
    assert (udp.frames, udp.payload_bytes, udp.bytes) == (2, 66, 106 + 60)
    assert (arp.frames, arp.payload_bytes) == (1, 0)
    assert (other.frames, other.payload_bytes) == (1, 0)


def test_a_later_fragment_carries_no_datagram_of_its_own() -> None:
    frame = bytearray(udp_frame(BROADCAST, station(1), bytes(64)))
    frame[frames.HEADER_BYTES + 7] = 185
    assert frames.payload_bytes(bytes(frame)) == 0


def test_a_cut_off_header_carries_nothing() -> None:
    frame = udp_frame(BROADCAST, station(1), bytes(64))
    assert frames.payload_bytes(frame[:36]) == 0
    assert frames.kind(frame[:20]) == frames.OTHER


def test_the_process_carries_frames_counts_them_and_ends() -> None:
    """Pairs of sockets that keep frames apart stand in for the devices."""
    pairs = [socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(3)]
    try:
        for inner, outer in pairs:
            inner.setblocking(False)
            outer.settimeout(20)
        taps = [inner.fileno() for inner, _ in pairs]
        sent = udp_frame(BROADCAST, station(1), b"hello")
        with Switching("clean", 1, taps) as switching:
            pairs[0][1].send(sent)
            assert pairs[1][1].recv(2000) == sent
            assert pairs[2][1].recv(2000) == sent
            report = switching.report()
        assert report["counts"]["udp"] == {"frames": 1, "bytes": len(sent), "payload_bytes": 5}
        assert report["fates"]["delivered"] == 2
        assert report["lateness"]["count"] == 2
        json.dumps(report)
    finally:
        for inner, outer in pairs:
            inner.close()
            outer.close()


def test_a_switch_that_does_not_start_says_its_last_words() -> None:
    with (
        pytest.raises(AscpiError, match=r"the switch has ended with 2: .*invalid choice"),
        Switching("vacuum", 1, []),
    ):
        pass
