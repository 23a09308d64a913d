"""When beacons are due, and what they say of echoes and of themselves."""

import pytest

from ascpi_core.clock_filter import COARSE_US, UNKNOWN_US
from ascpi_core.field import Field
from ascpi_core.fixed import ticks_diff
from ascpi_core.glyphs.messages import Message
from ascpi_core.node import (
    BEACON_PERIOD_ACQUIRING_US,
    BEACON_PERIOD_LONGEST_US,
    BEACON_PERIOD_US,
    BEACON_SHARE_US,
    PRECISE_US,
    Transmission,
)
from ascpi_core.peers import EventRing, Membership
from ascpi_core.phase import Oscillator
from ascpi_core.settings import ROWS, NodeSettings, check_settings
from ascpi_core.ssep import ECHO_SPAN_US, NOBODY, WORD_MAXIMUM, Beacon
from ascpi_core.topology import MESH, make_topology


def field_of(present: int, room: int = 1, first: int = 2) -> Field:
    """A field with so many present, `first` and the next ids, and room for more."""
    values, mistakes = check_settings({"id": 1, "max_peers": max(present, room)}, ROWS)
    assert not mistakes
    field = Field(NodeSettings(values), make_topology(MESH), Oscillator(1000, 0), EventRing())
    for node_id in range(first, first + present):
        enter(field.membership, node_id)
    return field


def enter(members: Membership, node_id: int) -> None:
    peer = members.add(node_id, 1, 0)
    assert peer is not None
    members.enter(peer)


def made(present: int = 0, now: int = 0, epoch: int = 1) -> tuple[Transmission, Membership]:
    field = field_of(present)
    return Transmission(epoch, 5, now, [field]), field.membership


def intervals(
    transmission: Transmission, acquiring: bool, bound_us: int, count: int = 2000
) -> list[int]:
    found = []
    now = 0
    for _ in range(count):
        transmission.schedule(now, acquiring, bound_us)
        found.append(transmission.due_in(now))
        now = (now + found[-1]) & WORD_MAXIMUM
    return found


@pytest.mark.parametrize("present", [0, 1, 4, 8, 19, 59, 199, 380, 381, 510])
@pytest.mark.parametrize("acquiring", [False, True])
@pytest.mark.parametrize("bound_us", [0, UNKNOWN_US])
def test_a_field_stays_under_100_packets_a_second_whatever_its_size(
    present: int, acquiring: bool, bound_us: int
) -> None:
    transmission, _ = made(present)
    found = intervals(transmission, acquiring, bound_us)[10:]
    shortest = BEACON_PERIOD_ACQUIRING_US if acquiring else BEACON_PERIOD_US
    if not acquiring and not bound_us:
        shortest = BEACON_PERIOD_LONGEST_US
    period = max(shortest, (present + 1) * BEACON_SHARE_US)
    assert sum(found) / len(found) == pytest.approx(period, rel=0.01)
    assert (present + 1) * 1_000_000 / (sum(found) / len(found)) < 85
    assert min(found) >= period * 0.75 - 1
    assert max(found) <= period * 1.25
    assert len(set(found)) > 100


def test_precision_doubles_the_period_step_by_step_and_doubt_begins_anew() -> None:
    transmission, _ = made(1)

    def between(low: float, high: float) -> bool:
        return low * BEACON_PERIOD_US <= transmission.due_in(0) <= high * BEACON_PERIOD_US

    transmission.schedule(0, True, UNKNOWN_US)
    assert between(0.37, 0.63)
    for bound_us, mean in (
        (PRECISE_US - 1, 1),
        (PRECISE_US - 1, 2),
        ((PRECISE_US + COARSE_US) // 2, 2),
        (PRECISE_US - 1, 4),
        (PRECISE_US - 1, 4),
        (COARSE_US + 1, 1),
        (PRECISE_US - 1, 2),
    ):
        transmission.schedule(0, False, bound_us)
        assert between(0.74 * mean, 1.26 * mean), (bound_us, mean)
    transmission.hasten(0)
    transmission.schedule(0, False, (PRECISE_US + COARSE_US) // 2)
    assert between(0.74, 1.26)


def test_news_bring_the_next_beacon_forward_in_a_small_field_only() -> None:
    for present, soon in ((1, True), (7, True), (8, False), (100, False)):
        transmission, _ = made(present)
        transmission.schedule(0, False, UNKNOWN_US)
        before = transmission.due_in(0)
        transmission.hasten(0)
        assert (transmission.due_in(0) < before) == soon
        assert not soon or transmission.due_in(0) < BEACON_PERIOD_US >> 3


def test_news_never_put_a_beacon_off() -> None:
    transmission, _ = made(1)
    transmission.schedule(0, False, UNKNOWN_US)
    due = transmission.due_in(0)
    transmission.hasten((due - 1) & WORD_MAXIMUM)
    assert transmission.due_in(0) <= due


def test_in_a_large_field_a_newcomer_takes_its_share_of_the_time() -> None:
    for present, later in ((7, 0), (8, BEACON_SHARE_US), (100, BEACON_SHARE_US)):
        transmission, _ = made(present)
        before = transmission.due_in(0)
        transmission.make_room()
        assert transmission.due_in(0) - before == later


def test_sequence_numbers_and_timestamps() -> None:
    transmission, _ = made(epoch=9)
    beacon = Beacon()
    for number in range(40):
        transmission.stamp(beacon, number * 1000)
        assert (beacon.epoch, beacon.sequence, beacon.timestamp) == (9, number, number * 1000)
        assert beacon.echo_id == NOBODY


def test_echoes_go_round_and_each_packet_is_echoed_once() -> None:
    transmission, members = made(3)
    beacon = Beacon()
    for peer in members.present:
        peer.note_echo(1000, 77 + (1 << 24) + peer.node_id, 0)
    echoed = []
    for now in (2000, 3000, 4000, 5000):
        transmission.stamp(beacon, now)
        echoed.append(beacon.echo_id)
        if beacon.echo_id:
            assert beacon.echo_timestamp == 77 + beacon.echo_id
            assert beacon.echo_age == now - 1000
    assert sorted(echoed) == [NOBODY, 2, 3, 4]


def test_a_field_that_grows_up_together_does_not_echo_one_and_the_same() -> None:
    """All hear the same nodes in the same order, and begin with one of them. Drawn evenly, 40 of
    30 would be 22 different ones on average."""
    echoed = []
    for seed in range(40):
        field = field_of(0, room=30)
        members = field.membership
        transmission = Transmission(1, seed, 0, [field])
        beacon = Beacon()
        for node_id in range(2, 32):
            enter(members, node_id)
            for present in members.present:
                present.note_echo(0, 0, 0)
            transmission.stamp(beacon, 1000)
        echoed.append(beacon.echo_id)
    assert len(set(echoed)) >= 15
    assert max(echoed.count(node_id) for node_id in set(echoed)) <= 6


def test_an_echo_too_old_to_be_told_is_not() -> None:
    transmission, members = made(1)
    beacon = Beacon()
    members.present[0].note_echo(0, 1, 0)
    transmission.stamp(beacon, ECHO_SPAN_US)
    assert beacon.echo_id == NOBODY
    members.present[0].note_echo(0, 1, 0)
    transmission.stamp(beacon, ECHO_SPAN_US - 1)
    assert (beacon.echo_id, beacon.echo_age) == (2, ECHO_SPAN_US - 1)


def test_it_knows_its_own_packets() -> None:
    transmission, _ = made(epoch=3)
    beacon = Beacon()
    for number in range(40):
        transmission.stamp(beacon, number * 1000)
    assert transmission.sent(3, 39, 39_000)
    assert transmission.sent(3, 24, 24_000)
    assert not transmission.sent(3, 39, 39_001)
    assert not transmission.sent(3, 40, 40_000)
    assert not transmission.sent(2, 39, 39_000)
    assert not transmission.is_past(3, 24)
    assert transmission.is_past(3, 23)
    assert transmission.is_past(2, 1000)
    assert not transmission.is_past(4, 0)


def test_it_knows_the_numbers_of_its_packets_of_all_kinds() -> None:
    transmission, _ = made(epoch=3)
    beacon, message = Beacon(), Message()
    for number in range(20):
        transmission.stamp(beacon, number * 1000)
        transmission.count(message, number * 1000 + 500)
    assert (message.epoch, message.sequence) == (3, 39)
    assert transmission.sent_number(3, 39)
    assert transmission.sent_number(3, 24)
    assert not transmission.sent_number(3, 23)
    assert not transmission.sent_number(3, 40)
    assert not transmission.sent_number(2, 39)
    assert transmission.sent(3, 38, 19_000)
    assert not transmission.sent(3, 39, 19_000)


def test_the_first_beacon_comes_within_a_tenth_of_a_second_and_not_all_at_once() -> None:
    dues = [Transmission(1, seed, 500, [field_of(0)]).due_in(500) for seed in range(200)]
    assert 0 <= min(dues) < 5000
    assert 90_000 < max(dues) < 100_000
    assert ticks_diff(500, 500) == 0
