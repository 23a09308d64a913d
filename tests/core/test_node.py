"""One node by itself, and two that only hear each other: deadlines, stalls, states, silence."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ascpi.simulation import make_node
from ascpi_core.clock_filter import UNKNOWN_US
from ascpi_core.fixed import TURN, arc, ticks_add
from ascpi_core.node import Node
from ascpi_core.peers import EVENT_BAND_CHANGED, EVENT_STATE_CHANGED
from ascpi_core.phase import (
    ACQUIRING,
    ALONE,
    HOLDOVER,
    LOCK_DESERTED,
    LOCK_HEARD,
    LOCK_SETTLED,
    LOCKED,
    LOOSE,
    SHARED,
)
from ascpi_core.ssep import CLAIM_UNKNOWN, WORD_MAXIMUM
from tests.core.packets import packet

STEP_US = 50_000


def pass_time(node: Node, start: int, elapsed_us: int) -> int:
    """Tick and poll as asked for; returns the ticks at the end."""
    now, end = start, ticks_add(start, elapsed_us)
    while now != end:
        node.tick(now)
        node.poll(bytearray(64), now)
        left = (end - now) & WORD_MAXIMUM
        now = ticks_add(now, min(left, max(1, node.next_deadline(now))))
    return end


def hear(node: Node, now: int, sequence: int, theta: int, state: int = ACQUIRING) -> None:
    data = packet(sequence=sequence, timestamp=now, theta=theta % TURN, mode=state << 2)
    assert node.receive(data, 64, now) == 0


def test_alone_a_node_says_so() -> None:
    node = make_node(1, 1, 0)
    pass_time(node, 0, 10_000_000)
    assert (node.field.coherence, node.field.band, node.field.lock.state) == (0, LOOSE, ALONE)
    assert (node.field.error, node.stalls) == (0, 0)
    assert not node.events.pop()
    assert node.is_open


@pytest.mark.parametrize("start", [0, WORD_MAXIMUM - 3_000_000], ids=["", "over the wrap"])
def test_alone_its_phase_is_its_clock_s(start: int) -> None:
    node = make_node(1, 1, start, phase=0.25)
    end = pass_time(node, start, 10_300_000)
    assert abs(arc(node.theta(end), round(0.55 * TURN))) < 300


@given(st.lists(st.integers(1, 400_000), min_size=1, max_size=40))
def test_how_often_a_node_ticks_changes_nothing_of_its_phase(pauses: list[int]) -> None:
    node = make_node(1, 1, 0, rate_mhz=10_000)
    now = 0
    for pause in pauses:
        now += pause
        node.tick(now)
    assert abs(arc(node.theta(now), round(now * TURN / 100_000))) <= 20


def test_deadlines_are_when_there_is_something_to_do() -> None:
    node = make_node(1, 1, 1000)
    now = 1000
    steps = beacons = 0
    while now < 5_000_000:
        before = node._step_due
        node.tick(now)
        steps += before != node._step_due
        beacons += node.poll(bytearray(64), now) != 0
        assert node.poll(bytearray(64), now) == 0
        assert 0 < node.next_deadline(now) <= STEP_US
        now += node.next_deadline(now)
    assert steps == 100
    assert 45 <= beacons <= 55


def test_a_step_that_comes_late_is_made_as_of_its_own_moment() -> None:
    """Two nodes hear the same; one ticks 40 ms late each time. They end up alike."""
    chance = random.Random(1)
    punctual, late = make_node(1, 1, 0), make_node(1, 1, 0)
    for number in range(1, 200):
        now = number * STEP_US
        punctual.tick(now)
        late.tick(now + chance.randrange(40_000))
        for node in (punctual, late):
            hear(node, now + 45_000, number, (now + 45_000) * TURN // 1_000_000 + TURN // 3)
    now = 200 * STEP_US
    punctual.tick(now)
    late.tick(now)
    assert abs(arc(punctual.theta(now), late.theta(now))) <= 40
    assert late.field.lock.state == punctual.field.lock.state == LOCKED


def test_after_a_long_stall_the_rhythm_begins_anew() -> None:
    node = make_node(1, 1, 0)
    node.tick(0)
    node.tick(60_000_000)
    assert node.stalls == 1
    assert node.next_deadline(60_000_000) <= STEP_US
    assert abs(arc(node.theta(60_000_000), 0)) <= 20


@pytest.mark.parametrize("back_us", [200_000, 5_000_000, 300_000_000])
def test_a_clock_that_is_set_back_stops_neither_steps_nor_beacons(back_us: int) -> None:
    node = make_node(1, 1, 400_000_000)
    now = pass_time(node, 400_000_000, 5_000_000)
    sent = node.transmission.sequence
    now = pass_time(node, now - back_us, 2_000_000)
    assert node.stalls == 1
    assert node.transmission.sequence >= sent + 14
    assert node.next_deadline(now) <= STEP_US


def test_a_node_joins_locks_is_deserted_and_is_heard_of_again() -> None:
    node = make_node(1, 1, 0)
    states: list[int] = []
    bands: list[int] = []
    other: list[int] = []

    def collect() -> None:
        while node.events.pop():
            kind = {EVENT_STATE_CHANGED: states, EVENT_BAND_CHANGED: bands}
            kind.get(node.events.event, other).append(node.events.subject)

    sequence = 0
    for heard in (True, False, True):
        for _ in range(60):
            sequence += 1
            now = sequence * 100_000
            if heard:
                hear(node, now, sequence, now * TURN // 1_000_000 + TURN // 4)
            node.tick(now)
            node.tick(now + STEP_US)
        collect()
    assert states == [ACQUIRING, LOCKED, HOLDOVER, LOCKED]
    assert bands[0] > LOOSE
    assert bands.index(SHARED) < bands.index(LOOSE)
    assert node.field.band == SHARED
    assert other == [2, 2, 2]  # joined, silent, joined


def test_a_peer_is_silent_after_eight_periods_and_a_second() -> None:
    node = make_node(1, 1, 0)
    hear(node, 1000, 1, 0)
    now = 1000
    while node.field.membership.present:
        now += STEP_US
        node.tick(now)
    assert 4_200_000 <= now - 1000 < 4_500_000
    assert node.field.coherence == 0


def test_of_two_half_a_turn_apart_the_one_with_the_higher_id_moves() -> None:
    node = make_node(1, 1, 0)
    hear(node, 0, 1, TURN // 2)
    node.tick(0)
    assert node.field.error == 0
    higher = make_node(3, 1, 0)
    hear(higher, 0, 1, TURN // 2)
    higher.tick(0)
    assert abs(higher.field.error) == TURN // 2
    assert arc(higher.theta(0), 0) != 0


def test_a_lone_authority_is_not_moved_by_newcomers() -> None:
    node = make_node(1, 1, 0)
    for event in (LOCK_HEARD, LOCK_SETTLED, LOCK_DESERTED):
        node.field.lock.on(event)
    for number in range(1, 100):
        now = number * STEP_US
        hear(node, now, number, now * TURN // 1_000_000 + TURN // 5)
        node.tick(now)
    assert node.field.lock.state == LOCKED
    assert abs(arc(node.theta(now), now * TURN // 1_000_000 % TURN)) < 30


def test_the_field_is_the_fusion_of_all_present() -> None:
    node = make_node(1, 1, 0, dphi=0.19, kappa=0.11)
    data = packet(timestamp=0, dphi=round(0.10 * 32768), kappa=round(0.18 * 32768))
    node.receive(data, 64, 0)
    assert node.means().dphi() / 32768 == pytest.approx(0.145, abs=5e-5)
    assert node.means().kappa() / 32768 == pytest.approx(0.1366, abs=1e-4)


def test_error_in_microseconds() -> None:
    node = make_node(1, 1, 0, phase=0.9, rate_mhz=500)
    node.field.error = TURN // 1000
    assert node.error_us() == pytest.approx(2000, abs=1)
    node.field.error = -TURN // 1000
    assert node.error_us() == pytest.approx(-2000, abs=1)


@pytest.mark.parametrize("turns", [-0.5, -0.1, 0, 0.25, 0.49])
@pytest.mark.parametrize("start", [0, WORD_MAXIMUM - 200_000], ids=["", "over the wrap"])
def test_what_is_shown_leads_by_the_offset_and_the_field_hears_nothing_of_it(
    turns: float, start: int
) -> None:
    plain, leading = make_node(1, 1, start), make_node(1, 1, start, phase_offset=turns)
    buffers = bytearray(64), bytearray(64)
    now = start
    for _ in range(100):
        now = ticks_add(now, 20_011)
        for node in (plain, leading):
            node.tick(now)
        assert leading.theta(now) == plain.theta(now) == plain.shown(now)
        assert abs(arc(leading.shown(now), plain.theta(now)) - turns * TURN) % TURN < 300
        wait_us = leading.local.duration(-leading.shown(now) % TURN)
        assert 0 <= wait_us <= 1_000_000
        assert abs(arc(leading.shown(ticks_add(now, wait_us)), 0)) < 4 * TURN // 10**6
        lengths = {plain.poll(buffers[0], now), leading.poll(buffers[1], now)}
        assert len(lengths) == 1
        assert buffers[0] == buffers[1]
    assert plain.transmission.sequence > 10


def test_a_claim_is_the_known_error_and_what_that_may_be_off_by() -> None:
    node = make_node(1, 1, 0)
    assert node.field.claim_us() == CLAIM_UNKNOWN
    hear(node, 0, 1, 0)
    node.tick(0)
    assert node.field.claim_us() == CLAIM_UNKNOWN
    node.field.clocks.bound_us = 40
    for error_us, claim_us in ((0, 40), (16, 57), (-16, 57), (1600, 1740), (400_000, 65534)):
        node.field.error = error_us * TURN // 1_000_000
        assert node.field.claim_us() == pytest.approx(claim_us, abs=2)
    node.field.clocks.bound_us = UNKNOWN_US
    assert node.field.claim_us() == CLAIM_UNKNOWN


def test_who_has_lost_everybody_claims_nothing() -> None:
    node = make_node(1, 1, 0)
    hear(node, 1000, 1, 0)
    node.field.clocks.bound_us = 40
    assert node.field.claim_us() < CLAIM_UNKNOWN
    pass_time(node, 0, 6_000_000)
    assert not node.field.membership.present
    assert node.field.claim_us() == CLAIM_UNKNOWN


def test_what_a_beacon_says() -> None:
    node = make_node(5, 9, 0, phase=0.5, dphi=0.25, kappa=0.5, cluster=77)
    buffer = bytearray(64)
    now = node.next_deadline(0)
    while not node.poll(buffer, now):
        now += 1000
    listener = make_node(1, 1, 0, cluster=77)
    assert listener.receive(buffer, 64, now) == 0
    peer = listener.field.membership.present[0]
    assert (peer.node_id, peer.epoch, peer.dphi, peer.kappa) == (5, 9, 8192, 16384)
    assert (peer.state, peer.role) == (ALONE, 0)
