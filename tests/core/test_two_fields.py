"""A node that takes part in two fields: one oscillator, one transmitter, two of all the rest."""

import hashlib

import pytest

from ascpi.simulation.board import make_node
from ascpi_core.fixed import TURN, arc
from ascpi_core.node import FIELDS_MAXIMUM, Node
from ascpi_core.peers import Peer
from ascpi_core.phase import ALONE, LOCKED
from ascpi_core.ssep import (
    ACCEPTED,
    DROP_OTHER_FIELD,
    NOBODY,
    ROLE_MEMBER,
    ROLE_OBSERVER,
    TAG_OFFSET,
    Beacon,
    Tagger,
)
from ascpi_core.topology import Mesh
from tests.core.packets import packet

STEP_US = 50_000
OWN, OUTER, NEITHER = 1, 2, 3


class OfAddress(Mesh):
    """Hears one field address alone, and observers."""

    def __init__(self, address: int) -> None:
        super().__init__(ROLE_MEMBER)
        self.address = address

    def hears(self, packet: bytes | bytearray) -> bool:
        return packet[54] == self.address or packet[35] >> 4 == ROLE_OBSERVER


class FarOff(OfAddress):
    """Behind a node that leads it: a bound of its own."""

    counts_all = counts_self = False

    def bound_us(self, mean_us: int) -> int:
        return mean_us + 1000

    def echoes(self, peer: Peer) -> bool:
        return False


def between_two(outer: Mesh | None = None) -> Node:
    node = make_node(9, 1, 0)
    node.field.topology = OfAddress(OWN)
    node.join(outer or OfAddress(OUTER))
    return node


def spend(node: Node, seconds: int, phases: dict[int, float]) -> list[int]:
    """Beacons ten times a second of node 10·address + 1, 2 in each field, at these phases
    (turns); the ids that were echoed."""
    echoed = []
    mine = bytearray(64)
    for step in range(seconds * 20):
        now = step * STEP_US
        if step % 2:
            for address, ahead in phases.items():
                for node_id in (10 * address + 1, 10 * address + 2):
                    theta = round((now / 1e6 + ahead) * TURN) % TURN
                    sent = packet(
                        node_id=node_id,
                        sequence=step,
                        timestamp=now,
                        theta=theta,
                        address=address,
                        mode=LOCKED << 2,
                    )
                    heard = node.receive(sent, 64, now)
                    assert heard == (DROP_OTHER_FIELD if address == NEITHER else ACCEPTED)
        node.tick(now)
        if node.poll(mine, now):
            beacon = Beacon()
            assert beacon.decode(mine) == ACCEPTED
            echoed.append(beacon.echo_id)
    return echoed


def test_each_field_has_its_own_peers_and_coherence_and_the_first_one_leads() -> None:
    node = between_two()
    spend(node, 20, {OWN: 0.25, OUTER: 0.75, NEITHER: 0.5})
    own, outer = node.fields
    assert {peer.node_id for peer in own.membership.present} == {11, 12}
    assert {peer.node_id for peer in outer.membership.present} == {21, 22}
    assert own.lock.state == LOCKED
    assert own.coherence > TURN >> 14
    # Θ_local is the first field's; two of three phases of the other lie half a turn off.
    assert abs(arc(node.theta(0), TURN // 4)) < TURN // 500
    assert abs(outer.error) > TURN // 4
    assert outer.coherence < own.coherence // 4


def test_what_no_field_hears_costs_no_tag_and_no_place() -> None:
    tags = []

    class Counting(Tagger):
        def verify(self, packet: bytes | bytearray) -> bool:
            tags.append(packet[TAG_OFFSET])
            return super().verify(packet)

    node = between_two()
    node.reception._tagger = Counting(b"key", hashlib.sha256)
    assert node.receive(packet(address=NEITHER), 64, 0) == DROP_OTHER_FIELD
    assert node.reception.counters[DROP_OTHER_FIELD] == 1
    assert tags == []
    assert all(field.membership.find(2) is None for field in node.fields)


def test_peers_of_both_fields_are_echoed_in_turn() -> None:
    echoed = spend(between_two(), 10, {OWN: 0, OUTER: 0})
    counts = [echoed.count(node_id) for node_id in (11, 12, 21, 22)]
    assert min(counts) >= len(echoed) // 5


def test_a_topology_decides_who_is_echoed_who_counts_and_what_bound_follows() -> None:
    node = between_two(FarOff(OUTER))
    echoed = spend(node, 10, {OWN: 0, OUTER: 0})
    assert set(echoed) <= {11, 12, NOBODY}
    own, outer = node.fields
    own.clocks.bound_us = outer.clocks.bound_us = 40
    assert outer.claim_us() - own.claim_us() == pytest.approx(1000, abs=2)
    assert (own.phase.counts_self, outer.phase.counts_self) == (True, False)


def test_a_field_that_falls_silent_takes_nothing_from_the_other() -> None:
    node = between_two()
    spend(node, 5, {OWN: 0, OUTER: 0})
    for step in range(100, 500):
        now = step * STEP_US
        if step % 2:
            sent = packet(
                node_id=11,
                sequence=step,
                timestamp=now,
                theta=round(now / 1e6 * TURN) % TURN,
                address=OWN,
                mode=LOCKED << 2,
            )
            node.receive(sent, 64, now)
        node.tick(now)
    own, outer = node.fields
    assert [len(own.membership.present), len(outer.membership.present)] == [1, 0]
    assert (outer.coherence, own.lock.state) == (0, LOCKED)
    assert outer.lock.state != ALONE  # it keeps what it knew: holdover, or as far as it came


def test_a_node_has_two_fields_at_most() -> None:
    node = between_two()
    assert len(node.fields) == FIELDS_MAXIMUM
    with pytest.raises(ValueError, match="no third field"):
        node.join(OfAddress(NEITHER))
