"""What a datagram changes, and why it changes nothing."""

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ascpi.simulation import make_node
from ascpi_core.node import Node
from ascpi_core.peers import EVENT_COLLISION, EVENT_JOINED, EVENT_RESTARTED, EVENT_TABLE_FULL
from ascpi_core.ssep import (
    ACCEPTED,
    DROP_DUPLICATE,
    DROP_FORGED,
    DROP_OWN,
    DROP_REASONS,
    ECHO_SPAN_US,
    WORD_MAXIMUM,
    Tagger,
)
from tests.core.packets import RANGES, packet

KEY = Tagger(b"a key", hashlib.sha256)
OTHER_KEY = Tagger(b"another key", hashlib.sha256)
fields = st.fixed_dictionaries({name: st.integers(*RANGES[name]) for name in RANGES})


def held(thing: object) -> object:
    """Everything that an object holds, down to its integers: what `changes nothing` means."""
    if isinstance(thing, list | tuple):
        return [held(one) for one in thing]
    if isinstance(thing, dict):
        return {key: held(value) for key, value in thing.items()}
    if type(thing).__module__.startswith("ascpi_core") and not isinstance(thing, Tagger):
        return {name: held(value) for name, value in vars(thing).items()}
    return thing


def state(node: Node) -> Any:
    """All that a node holds but its counters, and what it decodes packets into."""
    found = held(node)
    assert isinstance(found, dict)
    found["reception"].pop("counters")
    found["reception"].pop("_beacon")
    found["reception"].pop("_message")
    return found


def told(node: Node) -> list[tuple[int, int]]:
    found = []
    while node.events.pop():
        found.append((node.events.event, node.events.subject))
    return found


def give(node: Node, now: int, tagger: Tagger | None = None, /, **values: int) -> str:
    """One beacon of node 2; the name of what became of it."""
    values = {"sequence": now // 1000, "timestamp": now & WORD_MAXIMUM, **values}
    data = packet(tagger, **values)
    return DROP_REASONS[node.receive(data, len(data), now & WORD_MAXIMUM)]


@pytest.mark.parametrize("tagger", [None, KEY], ids=["open", "keyed"])
@given(data=st.binary(max_size=200))
def test_any_bytes_change_nothing_but_a_counter(tagger: Tagger | None, data: bytes) -> None:
    node = make_node(1, 1, 0, tagger)
    before = state(node)
    status = node.receive(data, len(data), 1000)
    assert node.reception.counters[status] == sum(node.reception.counters) == 1
    assert status != ACCEPTED
    assert state(node) == before


@given(data=st.binary(min_size=52, max_size=52), now=st.integers(0, WORD_MAXIMUM))
def test_any_bytes_behind_a_good_head_never_raise(data: bytes, now: int) -> None:
    """In an open field a liar can say anything; it is taken or counted, and the node goes on."""
    node = make_node(1, 1, now)
    for sequence in (1, 2, 3):
        body = bytearray(b"\xcf\x80\x02\x01" + data + bytes(8))
        body[12] = sequence
        body[16:18] = b"\0\0"
        node.receive(body, 64, now)
        node.tick((now + sequence * 50_000) & WORD_MAXIMUM)
        node.poll(bytearray(64), (now + sequence * 50_000) & WORD_MAXIMUM)
    assert sum(node.reception.counters) == 3


@given(st.lists(fields, min_size=1, max_size=10), st.integers(0, WORD_MAXIMUM))
def test_any_well_formed_beacons_never_raise(many: list[dict[str, int]], now: int) -> None:
    node = make_node(1, 1, now)
    for number, values in enumerate(many):
        data = packet(**{**values, "cluster": 0, "node_id": 2 + number % 3})
        node.receive(data, 64, now)
        now = (now + 30_000) & WORD_MAXIMUM
        node.tick(now)
    assert sum(node.reception.counters) == len(many)


MALFORMED = [
    ("empty", b""),
    ("length", bytes(63)),
    ("length", bytes(65)),
    ("foreign", bytes(64)),
    ("version", packet()[:2] + b"\x01" + packet()[3:]),
    ("kind", packet()[:3] + b"\x0b" + packet()[4:]),
    ("cluster", packet(cluster=5)),
    ("field", packet()[:7] + b"\x40" + packet()[8:]),
    ("field", packet()[:4] + bytes(4) + packet()[8:]),
    ("keyed", packet(KEY)),
]


@pytest.mark.parametrize(("reason", "data"), MALFORMED)
def test_every_malformed_input_is_counted_by_its_reason(reason: str, data: bytes) -> None:
    node = make_node(1, 1, 0)
    before = state(node)
    assert DROP_REASONS[node.receive(data, len(data), 5)] == reason
    assert node.reception.refused() == 1
    assert state(node) == before


@pytest.mark.parametrize(
    ("reason", "tagger"), [("accepted", KEY), ("forged", OTHER_KEY), ("untagged", None)]
)
def test_in_a_keyed_field_only_the_key_opens(reason: str, tagger: Tagger | None) -> None:
    node = make_node(1, 1, 0, KEY)
    before = state(node)
    assert give(node, 1000, tagger) == reason
    assert (state(node) == before) == (reason != "accepted")


def test_in_a_keyed_field_an_altered_bit_is_a_forgery() -> None:
    node = make_node(1, 1, 0, KEY)
    before = state(node)
    good = packet(KEY, timestamp=5)
    for bit in range(18 * 8, 56 * 8):
        altered = bytearray(good)
        altered[bit // 8] ^= 1 << bit % 8
        assert node.receive(altered, 64, 1000) == DROP_FORGED
    assert state(node) == before
    assert node.receive(good, 64, 1000) == ACCEPTED


def test_a_beacon_introduces_its_sender_with_all_it_says() -> None:
    node = make_node(1, 1, 0)
    said = {"dphi": 11, "kappa": 12, "coherence": 13, "energy": 14, "glyph_count": 15}
    more = {"glyph_digest": 16, "address": 17, "role": 18, "mode": 3 | 2 << 2}
    assert give(node, 1000, **said, **more) == "accepted"
    assert told(node) == [(EVENT_JOINED, 2)]
    peer = node.field.membership.present[0]
    assert {name: getattr(peer, name) for name in said} == said
    assert (peer.glyph_digest, peer.address, peer.role, peer.state) == (16, 17, 18, 2)


def test_duplicates_replays_and_late_packets() -> None:
    node = make_node(1, 1, 0)
    assert give(node, 10_000, sequence=10, theta=1) == "accepted"
    assert give(node, 20_000, sequence=12, theta=2) == "accepted"
    before = state(node)
    assert give(node, 21_000, sequence=12, timestamp=20_000) == "duplicate"
    assert state(node) == before
    assert give(node, 22_000, sequence=11, timestamp=15_000) == "late"
    assert give(node, 23_000, sequence=11, timestamp=15_000) == "duplicate"
    peer = node.field.membership.present[0]
    assert peer.offset == before["field"]["membership"]["present"][0]["offset"]
    assert told(node) == [(EVENT_JOINED, 2)]


def test_a_whole_recorded_stream_played_again_moves_nothing() -> None:
    node = make_node(1, 1, 0, KEY)
    stream = []
    for number in range(100):
        at = number * 100_000
        stream.append(packet(KEY, sequence=number, timestamp=at, theta=number))
        assert node.receive(stream[-1], 64, at) == ACCEPTED
    peer = node.field.membership.present[0]
    known = (peer.offset, peer.offset_ticks, peer.heard_ticks, peer.drift, peer.clock.skew)
    for number, data in enumerate(stream):
        assert node.receive(data, 64, 10_000_000 + number * 100_000) == DROP_DUPLICATE
    assert known == (peer.offset, peer.offset_ticks, peer.heard_ticks, peer.drift, peer.clock.skew)
    # Who plays recordings sends with another's id, and that is said.
    assert (EVENT_COLLISION, 2) in told(node)


def test_a_restart_is_told_and_the_old_epoch_is_over() -> None:
    node = make_node(1, 1, 0)
    assert give(node, 100_000, epoch=4, sequence=900) == "accepted"
    assert give(node, 200_000, epoch=5, sequence=0) == "accepted"
    assert told(node) == [(EVENT_JOINED, 2), (EVENT_RESTARTED, 2)]
    before = node.field.membership.present[0].heard_ticks
    assert give(node, 300_000, epoch=4, sequence=901) == "old_epoch"
    assert node.field.membership.present[0].heard_ticks == before
    assert give(node, 400_000, epoch=5, sequence=1) == "accepted"
    assert told(node) == []


def silent(node: Node, now: int) -> int:
    """Let time pass until the node has dropped everybody."""
    while node.field.membership.present:
        now += 50_000
        node.tick(now)
    return now


@pytest.mark.parametrize(("tagger", "reason"), [(None, "accepted"), (KEY, "old_epoch")])
def test_a_board_with_an_erased_flash_comes_back_in_an_open_field_only(
    tagger: Tagger | None, reason: str
) -> None:
    """With a key, an old epoch is a replay for as long as the id is remembered."""
    node = make_node(1, 1, 0, tagger)
    assert give(node, 100_000, tagger, epoch=4) == "accepted"
    now = silent(node, 100_000)
    assert give(node, now, tagger, epoch=1) == reason


def test_who_comes_back_after_a_silence_joins_again_with_a_fresh_clock() -> None:
    node = make_node(1, 1, 0)
    give(node, 100_000, sequence=1)
    now = silent(node, 100_000)
    told(node)
    assert give(node, now, sequence=1, timestamp=100_000) == "duplicate"
    assert not node.field.membership.present
    # Its clock stood still in a deep sleep: no conflict, since all was forgotten.
    assert give(node, now, sequence=2, timestamp=200_000) == "accepted"
    assert told(node) == [(EVENT_JOINED, 2)]


@pytest.mark.parametrize("stalls", [1, 5])
def test_what_waited_in_a_queue_is_not_taken_for_another_clock(stalls: int) -> None:
    """This board stood still, or the access point held all back: six packets, seconds late."""
    node = make_node(1, 1, 0)
    now = sequence = 0
    for _ in range(stalls):
        for _ in range(100):
            now, sequence = now + 250_000, sequence + 1
            assert give(node, now, sequence=sequence) == "accepted"
        known = node.field.membership.present[0].clock.offset(now)
        for waited in range(6):
            late = {"sequence": sequence + 1 + waited, "timestamp": now + 250_000 * waited}
            assert give(node, now + 10_000_000 + waited * 2000, **late) == "collision"
        now, sequence = now + 10_250_000, sequence + 40
        assert give(node, now, sequence=sequence) == "accepted"
        assert node.field.membership.present[0].clock.offset(now) == known
    assert EVENT_COLLISION not in [event for event, _ in told(node)]


def test_a_peer_s_clock_that_jumps_is_believed_the_third_time() -> None:
    node = make_node(1, 1, 0)
    for number in range(5):
        assert give(node, number * 100_000) == "accepted"
    reasons = [
        give(node, number * 100_000, timestamp=number * 100_000 + 300_000_000)
        for number in range(5, 10)
    ]
    assert reasons == ["collision", "collision", "collision", "accepted", "accepted"]
    assert EVENT_COLLISION not in [event for event, _ in told(node)]


def test_a_full_table_refuses_and_says_so_once() -> None:
    node = make_node(1, 1, 0, max_peers=2)
    reasons = [give(node, 1000 + number, node_id=2 + number % 4) for number in range(8)]
    assert reasons.count("table_full") == 4
    assert [event for event, _ in told(node)].count(EVENT_TABLE_FULL) == 1


def test_own_packets_heard_again_are_no_news() -> None:
    node = make_node(1, 3, 0)
    sent = bytearray(64)
    for now in range(100_000, 2_000_000, 250_000):
        if node.poll(sent, now):
            assert node.receive(sent, 64, now + 3000) == DROP_OWN
    assert node.reception.refused() == 0
    assert told(node) == []


def test_a_packet_of_our_own_last_boot_is_no_collision_yet() -> None:
    node = make_node(1, 3, 0)
    assert give(node, 1000, node_id=1, epoch=2, sequence=500) == "own"
    assert told(node) == []


@pytest.mark.parametrize("age_us", [-1, ECHO_SPAN_US - 1, 5_000_000])
def test_an_absurd_echo_is_left_alone(age_us: int) -> None:
    """A round trip of less than nothing, or of more than two seconds."""
    node = make_node(1, 1, 0)
    give(node, 20_000_000)
    sent_us = 20_100_000 - max(age_us, 0)
    echo = {"echo_id": 1, "echo_timestamp": sent_us & 0xFFFFFF, "echo_age": max(0, -age_us)}
    assert give(node, 20_100_000, **echo) == "accepted"
    assert node.field.membership.present[0].clock.half_gap == -1


def echoed_by(node: Node, node_id: int, now: int, one_way_us: int, sequence: int = 0) -> None:
    """One beacon that was `one_way_us` on its way, with the echo of one that was as slow."""
    sent = now - 2 * one_way_us - 50_000
    fields = {
        "node_id": node_id,
        "sequence": sequence,
        "timestamp": now - one_way_us,
        "echo_id": node.node_id,
        "echo_timestamp": sent & 0xFFFFFF,
        "echo_age": 50_000,
    }
    assert give(node, now, **fields) == "accepted"


def test_the_usual_delay_is_soon_the_least_though_the_first_echo_was_slow() -> None:
    """It stands in for all peers that have not echoed: one spike would shift a whole field."""
    node = make_node(1, 1, 0)
    echoed_by(node, 2, 1_000_000, 50_000)
    assert node.field.usual_half_gap == pytest.approx(50_000, abs=1)
    for number in range(3, 9):
        echoed_by(node, number, 1_000_000 + number * 200_000, 2000)
    assert node.field.usual_half_gap < 3000


def test_the_usual_delay_is_not_led_away_by_a_slow_peer() -> None:
    node = make_node(1, 1, 0)
    for number in range(2, 8):
        echoed_by(node, number, 1_000_000 + number * 200_000, 2000)
    usual = node.field.usual_half_gap
    assert usual == pytest.approx(2000, abs=1)
    echoed_by(node, 9, 4_000_000, 60_000)
    assert node.field.usual_half_gap < 4000


def test_an_echo_of_a_packet_from_before_we_met_counts() -> None:
    """The peer heard us before we heard it: in a large field that is most of the first echoes."""
    node = make_node(1, 1, 0)
    assert give(node, 2_000_000, timestamp=1_998_000) == "accepted"
    echo = {"echo_id": 1, "echo_timestamp": 1_000_000, "echo_age": 1_098_000 - 2000}
    assert give(node, 2_100_000, sequence=2001, timestamp=2_098_000, **echo) == "accepted"
    assert node.field.membership.present[0].clock.half_gap == pytest.approx(2000, abs=1)
