"""An observer: known, so that it may give orders, and nobody's peer."""

import hashlib

import pytest

from ascpi.simulation import make_node
from ascpi_core.glyphs.messages import Message
from ascpi_core.node import Node
from ascpi_core.peers import EVENT_SILENT
from ascpi_core.ssep import DROP_REASONS, ROLE_OBSERVER, Tagger
from tests.core.packets import message_packet, packet

KEY = Tagger(b"a key", hashlib.sha256)
ROLE = ROLE_OBSERVER << 4
STEP_US = 50_000


class Heard:
    """Takes the place of a motor."""

    def __init__(self) -> None:
        self.numbers: list[int] = []

    def take(self, message: Message, now: int) -> None:
        self.numbers.append(message.number)


def a_node(tagger: Tagger | None = None) -> tuple[Node, Heard]:
    node, heard = make_node(1, 1, 0, tagger), Heard()
    node.reception.deliver(heard, Message())
    return node, heard


def order(sequence: int, tagger: Tagger | None = None, **fields: int) -> bytes:
    values = {"node_id": 9, "epoch": 3, "to": 1, "number": 5, "sequence": sequence}
    return message_packet("kill", tagger, **{**values, **fields})


def beacon(sequence: int, tagger: Tagger | None = None, **fields: int) -> bytes:
    values = {"node_id": 9, "epoch": 3, "role": ROLE, "timestamp": sequence * 1000}
    return packet(tagger, **{**values, "sequence": sequence, **fields})


def give(node: Node, data: bytes, now: int = 1000) -> str:
    return DROP_REASONS[node.receive(data, len(data), now)]


def told(node: Node) -> list[int]:
    found = []
    while node.events.pop():
        found.append(node.events.event)
    return found


def test_it_changes_nothing_of_the_field() -> None:
    node, _ = a_node()
    changes = node.field.membership.changes
    for sequence in range(8):
        assert give(node, beacon(sequence, theta=1 << 27, energy=99), sequence * STEP_US) == (
            "accepted"
        )
        node.tick(sequence * STEP_US)
    assert (node.field.membership.present, node.field.membership.changes) == ([], changes)
    assert (node.field.coherence, node.field.error, node.field.lock.state) == (0, 0, 0)
    assert told(node) == []


def test_it_is_never_echoed() -> None:
    node, _ = a_node()
    give(node, beacon(1))
    buffer = bytearray(64)
    assert node.poll(buffer, 200_000)
    assert buffer[44:48] == bytes(4)


def test_its_restart_is_nobodys_news() -> None:
    node, heard = a_node()
    give(node, beacon(1))
    assert give(node, beacon(0, epoch=4)) == "accepted"
    assert give(node, order(1, epoch=4)) == "accepted"
    assert heard.numbers == [5]
    assert told(node) == []


def test_its_orders_are_taken_once() -> None:
    node, heard = a_node()
    assert give(node, order(0)) == "stranger"
    give(node, beacon(1))
    assert give(node, order(2)) == "accepted"
    assert give(node, order(2)) == "duplicate"
    assert give(node, order(4, number=6)) == "accepted"
    assert give(node, order(3, number=7)) == "accepted", "overtaken is as good as any"
    assert heard.numbers == [5, 6, 7]


def test_of_the_packets_of_glyphs_only_orders_are_taken() -> None:
    node, heard = a_node()
    give(node, beacon(1))
    commit = message_packet("commit", node_id=9, epoch=3, sequence=2, to=1)
    assert give(node, commit) == "stranger"
    assert heard.numbers == []


def test_with_a_key_what_was_recorded_is_refused_for_ever() -> None:
    node, heard = a_node(KEY)
    recorded = [beacon(1, KEY), order(2, KEY)]
    assert [give(node, data) for data in recorded] == ["accepted", "accepted"]
    assert [give(node, data) for data in recorded] == ["duplicate", "duplicate"]
    give(node, beacon(0, KEY, epoch=4))
    assert [give(node, data) for data in recorded] == ["old_epoch", "old_epoch"]
    assert [give(node, data) for data in (beacon(5), order(6))] == ["untagged", "untagged"]
    assert heard.numbers == [5]


def test_a_node_that_is_here_may_look_on_from_now_on_and_falls_silent() -> None:
    node, _ = a_node()
    give(node, beacon(1, role=0), 0)
    assert [peer.node_id for peer in node.field.membership.present] == [9]
    for now in range(STEP_US, 30_000_000, STEP_US):
        give(node, beacon(1 + now // STEP_US), now)
        node.tick(now)
    assert node.field.membership.present == []
    assert told(node).count(EVENT_SILENT) == 1
    give(node, beacon(2_000, role=0), 30_000_000)
    assert [peer.node_id for peer in node.field.membership.present] == [9]


def test_a_full_house_has_no_room_for_one() -> None:
    node = make_node(1, 1, 0, max_peers=1)
    give(node, packet(node_id=2))
    assert give(node, beacon(1)) == "table_full"


@pytest.mark.parametrize("newcomer", [3, 4])
def test_it_gives_way_to_a_node(newcomer: int) -> None:
    node = make_node(1, 1, 0, max_peers=1)
    give(node, beacon(1))
    assert give(node, packet(node_id=newcomer)) == "accepted"
    assert [peer.node_id for peer in node.field.membership.present] == [newcomer]
    peer = node.field.membership.find(newcomer)
    assert peer is not None
    assert peer.role == 0
