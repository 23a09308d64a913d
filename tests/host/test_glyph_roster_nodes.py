"""Nodes that are silent, restart, tell too little or too much; and packets of any kind."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ascpi.glyphs.roster import NODES_MOST, Roster
from ascpi.glyphs.roster_judge import (
    ENDED,
    LOST,
    MISSING,
    UNCLEAR,
)
from ascpi.glyphs.roster_node import ENTRIES_MOST
from ascpi.glyphs.roster_view import AWAY, MOVING
from ascpi_core.glyphs.lifecycle import DEPARTING, ENDING, HELD, STOPPED
from ascpi_core.glyphs.messages import Message
from ascpi_core.ssep import KIND_DONE, ROLE_OBSERVER, Beacon
from tests.host.choir import SECOND_US, Choir, G, H, Voice, choir_of_two


@pytest.fixture
def choir() -> Choir:
    return choir_of_two()


def test_what_a_silent_node_holds_is_away_and_not_lost(choir: Choir) -> None:
    choir.sing(60, 3)
    assert choir.kinds() == []
    assert choir.text == (
        "2 glyphs, energy 0, all accounted for; 2 of them on 3, which is not heard"
    )
    assert not choir.roster.account(choir.now_us).is_well
    assert {row.place for row in choir.roster.glyphs(choir.now_us)} == {AWAY}
    choir.sing(1)
    assert {row.place for row in choir.roster.glyphs(choir.now_us)} == {"held"}


def test_a_glyph_that_is_on_its_way_is_not_lost(choir: Choir) -> None:
    del choir[3].holds[G]
    for _ in range(30):
        choir[3].tell(G, choir.now_us, DEPARTING, hops=2, peer=5)
        choir.sing(1)
    assert choir.kinds() == []
    moving = next(row for row in choir.roster.glyphs(choir.now_us) if row.name == "7.129")
    assert (moving.place, moving.entry.peer) == (MOVING, 5)
    choir.sing(8)
    assert choir.kinds() == []
    choir.sing(3)
    assert choir.kinds() == [LOST]


def test_a_board_that_comes_back_with_its_glyphs(choir: Choir) -> None:
    choir[3].restart()
    choir.sing(20)
    assert choir.kinds() == []
    assert choir.roster.nodes[3].confirmed


def test_a_board_that_comes_back_without_them(choir: Choir) -> None:
    choir[3].restart()
    choir[3].holds = {}
    choir.sing(20)
    assert choir.kinds() == [MISSING, MISSING]
    assert "the node has restarted, and it may have ended just before" in choir.text


def test_a_board_whose_flash_was_erased_counts_from_the_beginning(choir: Choir) -> None:
    choir[3].sequence = 0
    choir[3].holds = {}
    choir.sing(2)
    assert choir.roster.nodes[3].count == 2
    choir.sing(3)
    choir.sing(20)
    assert choir.roster.nodes[3].count == 0
    assert choir.kinds() == [LOST, LOST]
    assert choir.problems()[0].endswith("; the flash of 3 was erased")


def test_what_has_ended_and_runs_on(choir: Choir) -> None:
    choir[5].tell(G, choir.now_us, ENDING)
    choir.sing(3)
    assert choir.kinds() == [ENDED]
    assert choir.problems() == ["7.129 has ended on 5 and is still on 3"]


def test_a_node_that_counts_what_it_never_tells(choir: Choir) -> None:
    choir[5].holds = {(9, 9): 1}
    for _ in range(40):
        choir[5].beacon(choir.now_us)
        choir.sing(1, 5)
    assert choir.kinds() == [UNCLEAR]
    assert choir.problems()[0].startswith("what 5 holds is unclear: it counts 1 glyph, and 0")
    assert not choir.roster.account(choir.now_us).is_well
    del choir[3].holds[G]
    choir.sing(20, 5)
    assert LOST not in choir.kinds()


def test_a_list_that_is_not_complete_yet_is_said() -> None:
    choir = Choir(3)
    choir[3].holds = {G: 0, H: 0}
    choir[3].beacon(choir.now_us)
    choir[3].tell(G, choir.now_us)
    assert choir.text == "1 glyph, energy 200; 1 of 1 nodes have more to tell"
    choir[3].tell(H, choir.now_us)
    assert choir.text == "2 glyphs, energy 200, all accounted for"


def test_other_packets_are_no_gaps_and_late_ones_no_news(choir: Choir) -> None:
    done = Message()
    done.message_kind, done.node_id, done.epoch, done.to = KIND_DONE, 3, 1, 5
    for _ in range(5):
        done.sequence = choir[3].sequence
        choir[3].sequence += 1
        choir.roster.hear(done, choir.now_us)
    choir[3].sequence -= 4
    choir[3].tell((9, 9), choir.now_us)
    choir[3].sequence += 3
    assert [row.name for row in choir.roster.glyphs(choir.now_us)] == ["3.5", "7.129"]
    del choir[3].holds[G]
    choir.sing(12)
    assert choir.kinds() == [LOST]


def test_a_stopped_glyph_counts_and_an_observer_does_not(choir: Choir) -> None:
    choir[3].tell(G, choir.now_us, STOPPED)
    assert [row.place for row in choir.roster.glyphs(choir.now_us)] == ["held", "stopped"]
    beacon = Beacon()
    beacon.node_id, beacon.role = 77, ROLE_OBSERVER << 4
    choir.roster.hear(beacon, choir.now_us)
    assert 77 not in choir.roster.nodes


def test_noise_does_not_fill_the_memory() -> None:
    choir = Choir(1)
    for count in range(4 * ENTRIES_MOST):
        choir[1].tell((2, count), choir.now_us)
        choir[1].tell((3, count), choir.now_us, DEPARTING)
    assert len(choir.roster.nodes[1].held) == ENTRIES_MOST
    assert len(choir.roster.nodes[1].departing) == ENTRIES_MOST
    for node_id in range(2, NODES_MOST + 10):
        Voice(choir.roster, node_id).beacon(choir.now_us)
    assert len(choir.roster.nodes) == NODES_MOST
    assert choir.roster.refused_nodes == 9


# Anything at all


@given(
    st.lists(st.one_of(st.binary(max_size=80), st.binary(min_size=60, max_size=60)), max_size=20)
)
def test_no_packet_does_harm(packets: list[bytes]) -> None:
    roster = Roster()
    for at_us, packet in enumerate(packets):
        roster.hear(packet, at_us)
        roster.hear(b"\xcf\x80\x02" + packet, at_us)
    assert roster.account(100).nodes <= len(packets)


voices_steps = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.sampled_from(("beacon", "tell", "restart", "wait")),
        st.tuples(st.integers(1, 2), st.integers(0, 2)),
        st.sampled_from((HELD, DEPARTING, ENDING, STOPPED)),
        st.integers(0, 3),
    ),
    max_size=60,
)


@given(voices_steps)
@settings(max_examples=100, deadline=None)
def test_nonsense_is_taken_calmly(steps: list[tuple[int, str, tuple[int, int], int, int]]) -> None:
    choir = Choir(1, 2, 3)
    for node_id, what, ident, standing, number in steps:
        voice = choir[node_id]
        if what == "beacon":
            voice.holds = {ident: number}
            voice.beacon(choir.now_us)
        elif what == "tell":
            voice.tell(ident, choir.now_us, standing, hops=number)
        elif what == "restart":
            voice.restart()
        choir.now_us += number * SECOND_US
        for trace in choir.roster.traces.by_id.values():
            held = {n for n, told in choir.roster.nodes.items() if trace.ident in told.held}
            assert held == trace.nodes
            assert (trace.gone_us is None) == bool(held) or not held
        assert choir.text
        choir.roster.glyphs(choir.now_us)
