"""Who is here: slots, silence, and the room that a newcomer needs."""

import random

import pytest

from ascpi_core.peers import (
    EVENT_JOINED,
    EVENT_SILENT,
    EVENT_TABLE_FULL,
    EventRing,
    Membership,
    Peer,
)

TIMEOUT_US = 3_000_000


def told(ring: EventRing) -> list[tuple[int, int]]:
    found = []
    while ring.pop():
        found.append((ring.event, ring.subject))
    return found


@pytest.fixture
def ring() -> EventRing:
    return EventRing()


@pytest.fixture
def table(ring: EventRing) -> Membership:
    return Membership(3, ring)


def enter(table: Membership, node_id: int, now: int, epoch: int = 1) -> Peer:
    peer = table.find(node_id) or table.add(node_id, epoch, now)
    assert peer is not None
    peer.heard_ticks = now
    if not peer.present:
        table.enter(peer)
    return peer


def sweep_all(table: Membership, now: int) -> list[int]:
    swept = [table.sweep(now, TIMEOUT_US) for _ in range(10)]
    return [peer.node_id for peer in swept if peer is not None]


def test_a_node_is_found_and_announced(table: Membership, ring: EventRing) -> None:
    peer = enter(table, 7, 0)
    assert table.find(7) is peer
    assert table.find(8) is None
    assert table.present == [peer]
    assert told(ring) == [(EVENT_JOINED, 7)]


@pytest.mark.parametrize("start", [0, (1 << 30) - 1_500_000], ids=["", "over the wrap"])
def test_who_falls_silent_is_dropped_but_remembered(
    table: Membership, ring: EventRing, start: int
) -> None:
    mask = (1 << 30) - 1
    peer = enter(table, 7, start)
    enter(table, 8, (start + 1_000_000) & mask)
    assert sweep_all(table, (start + TIMEOUT_US) & mask) == []
    assert sweep_all(table, (start + TIMEOUT_US + 1) & mask) == [7]
    assert [other.node_id for other in table.present] == [8]
    assert (EVENT_SILENT, 7) in told(ring)
    assert table.find(7) is peer
    assert not peer.present


def test_a_step_made_late_drops_nobody_that_was_heard_after_its_moment(table: Membership) -> None:
    for lateness_us in (1, 300, 10_000, 16_000_000):
        enter(table, 7, 20_000_000)
        assert sweep_all(table, 20_000_000 - lateness_us) == []


def test_a_clock_set_far_back_drops_all_rather_than_keeping_them_for_ever(
    table: Membership,
) -> None:
    enter(table, 7, 100_000_000)
    assert sweep_all(table, 50_000_000) == [7]


def test_everyone_is_looked_at(table: Membership) -> None:
    for node_id in (1, 2, 3):
        enter(table, node_id, 0)
    assert sorted(sweep_all(table, 2 * TIMEOUT_US)) == [1, 2, 3]
    assert table.sweep(2 * TIMEOUT_US, TIMEOUT_US) is None


def test_a_table_full_of_present_nodes_says_so_once(table: Membership, ring: EventRing) -> None:
    for node_id in (1, 2, 3):
        enter(table, node_id, 0)
    told(ring)
    assert table.add(4, 1, 0) is None
    assert table.add(5, 1, 0) is None
    assert told(ring) == [(EVENT_TABLE_FULL, 4)]
    assert table.find(4) is None


def test_a_newcomer_takes_the_place_of_the_longest_silent(
    table: Membership, ring: EventRing
) -> None:
    for node_id, now in ((1, 300), (2, 100), (3, 200)):
        enter(table, node_id, now)
    sweep_all(table, 2 * TIMEOUT_US)
    assert table.add(4, 1, 2 * TIMEOUT_US) is not None
    assert table.find(2) is None
    assert table.find(1) is not None
    assert table.find(3) is not None


def test_after_room_was_made_a_full_table_is_told_again(
    table: Membership, ring: EventRing
) -> None:
    for node_id in (1, 2, 3):
        enter(table, node_id, 0)
    assert table.add(4, 1, 0) is None
    sweep_all(table, 2 * TIMEOUT_US)
    for node_id in (4, 5, 6):
        enter(table, node_id, 2 * TIMEOUT_US)
    assert table.add(7, 1, 2 * TIMEOUT_US) is None
    full = [subject for event, subject in told(ring) if event == EVENT_TABLE_FULL]
    assert full == [4, 7]


def test_no_sequence_of_comings_and_goings_loses_track(ring: EventRing) -> None:
    chance = random.Random(1)
    table = Membership(5, ring)
    now = 0
    for _ in range(5000):
        now = (now + chance.randrange(2_000_000)) & (1 << 30) - 1
        node_id = chance.randrange(1, 12)
        peer = table.find(node_id) or table.add(node_id, 1, now)
        if peer is not None:
            assert peer.node_id == node_id
            peer.heard_ticks = now
            if not peer.present:
                table.enter(peer)
        table.sweep(now, TIMEOUT_US)
        assert len({id(one) for one in table.present}) == len(table.present) <= 5
        assert all(one.present and table.find(one.node_id) is one for one in table.present)
