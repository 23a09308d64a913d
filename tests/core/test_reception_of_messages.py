"""What a packet about glyphs changes: nothing but the order of its sender's packets."""

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ascpi.simulation import make_node
from ascpi_core.glyphs.messages import Message
from ascpi_core.node import Node
from ascpi_core.peers import EVENT_COLLISION, EVENT_JOINED, EVENT_RESTARTED
from ascpi_core.ssep import (
    ACCEPTED,
    DROP_DUPLICATE,
    DROP_FORGED,
    DROP_OWN,
    DROP_REASONS,
    DROP_UNTAGGED,
    KIND_LAST,
    Tagger,
)
from tests.core.packets import FORMS, message_packet
from tests.core.test_reception import give, silent, state, told

KEY = Tagger(b"a key", hashlib.sha256)
ORDER = {"_newest", "_window", "loss"}
"""Of a peer: all that a packet about glyphs may change."""


class Sink:
    """Keeps what it was given: kind, sender, sequence number and ticks."""

    def __init__(self) -> None:
        self.taken: list[tuple[int, int, int, int]] = []

    def take(self, message: Message, now: int) -> None:
        self.taken.append((message.message_kind, message.node_id, message.sequence, now))


def say(node: Node, now: int, form: str = "offer", /, **fields: Any) -> str:
    """One packet about glyphs of node 2; the name of what became of it."""
    data = message_packet(form, **{"sequence": now // 1000, **fields})
    return DROP_REASONS[node.receive(data, len(data), now)]


def all_but_order(node: Node) -> Any:
    return without_order(state(node))


def without_order(thing: Any) -> Any:
    if isinstance(thing, dict):
        return {key: without_order(value) for key, value in thing.items() if key not in ORDER}
    return [without_order(one) for one in thing] if isinstance(thing, list) else thing


@pytest.mark.parametrize("form", sorted(FORMS))
def test_each_form_reaches_the_sink_once(form: str) -> None:
    node, sink = make_node(1, 1, 0), Sink()
    node.reception.deliver(sink, Message())
    assert give(node, 100_000) == "accepted"
    assert say(node, 200_000, form) == "accepted"
    assert say(node, 200_000, form) == "duplicate"
    assert sink.taken == [(FORMS[form][0], 2, 200, 200_000)]
    assert node.reception.counters[ACCEPTED] == 2


@pytest.mark.parametrize("form", sorted(FORMS))
def test_without_a_sink_it_is_counted_and_dropped(form: str) -> None:
    node = make_node(1, 1, 0)
    give(node, 100_000)
    told(node)
    before = all_but_order(node)
    assert say(node, 200_000, form) == "accepted"
    assert node.reception.refused() == 0
    assert all_but_order(node) == before
    assert told(node) == []


def test_it_tells_nothing_of_clock_phase_or_presence() -> None:
    node = make_node(1, 1, 0)
    give(node, 100_000)
    peer = node.field.membership.present[0]
    now = 100_000
    while node.field.membership.present:
        now += 50_000
        say(node, now)
        node.tick(now)
    assert now < 20_000_000
    assert (peer.heard_ticks, peer.packets, peer.clock.known) == (100_000, 1, True)
    assert say(node, now + 1000) == "stranger"


def test_a_stranger_must_be_heard_first() -> None:
    node, sink = make_node(1, 1, 0), Sink()
    node.reception.deliver(sink, Message())
    before = all_but_order(node)
    assert say(node, 100_000) == "stranger"
    assert all_but_order(node) == before
    assert give(node, 200_000) == "accepted"
    assert say(node, 300_000) == "accepted"
    silent(node, 300_000)
    assert say(node, 20_000_000) == "stranger"
    assert len(sink.taken) == 1
    assert node.reception.refused() == 2


def test_only_in_the_epoch_of_its_beacons() -> None:
    node = make_node(1, 1, 0)
    give(node, 100_000, epoch=5)
    before = state(node)["field"]["membership"]
    assert say(node, 200_000, epoch=4) == "old_epoch"
    assert say(node, 200_000, epoch=6) == "stranger"
    assert state(node)["field"]["membership"] == before
    assert say(node, 200_000, epoch=5) == "accepted"
    assert EVENT_RESTARTED not in [event for event, _ in told(node)]


def test_what_was_overtaken_is_taken_and_a_replay_is_not() -> None:
    node, sink = make_node(1, 1, 0), Sink()
    node.reception.deliver(sink, Message())
    give(node, 100_000, sequence=100)
    for number, reason in (
        (105, "accepted"),
        (103, "accepted"),
        (103, "duplicate"),
        (82, "accepted"),
        (81, "duplicate"),
        (105, "duplicate"),
    ):
        assert say(node, 200_000, sequence=number) == reason
    assert [number for _, _, number, _ in sink.taken] == [105, 103, 82]


def test_a_beacon_that_only_these_overtook_is_news() -> None:
    """In fast succession a node sends a beacon and a commit; they may change places on the air."""
    node = make_node(1, 1, 0)
    give(node, 100_000, sequence=100)
    assert say(node, 205_000, sequence=102) == "accepted"
    assert give(node, 210_000, sequence=101, timestamp=200_000, theta=77) == "accepted"
    assert node.field.membership.present[0].newest_timestamp == 200_000
    assert give(node, 215_000, sequence=99, timestamp=90_000) == "late"
    assert give(node, 220_000, sequence=101, timestamp=200_000) == "duplicate"
    assert told(node) == [(EVENT_JOINED, 2)]


def test_many_overtaken_beacons_are_no_collision() -> None:
    node = make_node(1, 1, 0)
    give(node, 0, sequence=0)
    for number in range(1, 40):
        at = number * 100_000
        assert say(node, at + 1000, sequence=2 * number) == "accepted"
        assert give(node, at + 9000, sequence=2 * number - 1, timestamp=at) == "accepted"
        assert give(node, at + 9000, sequence=2 * number - 1, timestamp=at) == "duplicate"
    assert told(node) == [(EVENT_JOINED, 2)]
    assert node.field.membership.present[0].loss == 0


def test_a_twin_s_beacon_is_found_out_all_the_same() -> None:
    """The same number with another time, or a time against the order of numbers."""
    node = make_node(1, 1, 0)
    give(node, 100_000, sequence=100)
    say(node, 200_000, sequence=140)
    assert give(node, 210_000, sequence=100, timestamp=150_000) == "collision"
    assert give(node, 210_000, sequence=99, timestamp=150_000) == "collision"
    assert give(node, 210_000, sequence=110, timestamp=50_000) == "collision"
    assert give(node, 210_000, sequence=110, timestamp=150_000) == "duplicate"
    assert (EVENT_COLLISION, 2) in told(node)


def test_own_ones_heard_again_are_no_news() -> None:
    node, sink = make_node(1, 3, 0), Sink()
    node.reception.deliver(sink, Message())
    packet = bytearray(64)
    for now in range(100_000, 2_000_000, 250_000):
        message = Message()
        message.node_id = message.to = message.birth_node = message.kind = 1
        node.transmission.count(message, now)
        message.encode(packet)
        assert node.receive(packet, 64, now + 3000) == DROP_OWN
    assert node.reception.refused() == 0
    assert sink.taken == []


@pytest.mark.parametrize(("epoch", "sequence"), [(3, 0), (3, 900), (4, 0)])
def test_another_with_our_id_is_told_of(epoch: int, sequence: int) -> None:
    node = make_node(1, 3, 0)
    assert say(node, 1000, "glyph", node_id=1, epoch=epoch, sequence=sequence) == "collision"
    assert told(node) == [(EVENT_COLLISION, 1)]


def test_of_our_own_last_boot_a_few_are_no_collision() -> None:
    node = make_node(1, 3, 0)
    reasons = [say(node, 1000, "glyph", node_id=1, epoch=2, sequence=n) for n in range(3)]
    assert reasons == ["own", "own", "collision"]


def test_in_a_keyed_field_only_the_key_opens() -> None:
    node, sink = make_node(1, 1, 0, KEY), Sink()
    node.reception.deliver(sink, Message())
    give(node, 100_000, KEY)
    for tagger, reason in (
        (None, DROP_UNTAGGED),
        (Tagger(b"another", hashlib.sha256), DROP_FORGED),
        (KEY, ACCEPTED),
        (KEY, DROP_DUPLICATE),
    ):
        data = message_packet("commit", tagger, sequence=101, state=b"\x07" * 24)
        assert node.receive(data, 64, 200_000) == reason
    assert len(sink.taken) == 1


@given(
    st.lists(
        st.tuples(st.integers(2, KIND_LAST), st.binary(min_size=52, max_size=52)),
        min_size=1,
        max_size=5,
    )
)
def test_any_bytes_behind_a_good_head_never_raise(said: list[tuple[int, bytes]]) -> None:
    node = make_node(1, 1, 0)
    node.reception.deliver(Sink(), Message())
    give(node, 1000)
    before = all_but_order(node)
    for kind, data in said:
        body = bytearray(b"\xcf\x80\x02" + bytes([kind]) + data + bytes(8))
        body[4:12] = b"\x02\0\0\0\x01\0\0\0"
        body[16:18] = b"\0\0"
        node.receive(body, 64, 2000)
    assert sum(node.reception.counters) == len(said) + 1
    assert all_but_order(node) == before
