"""Whose turn it is to be the access point, and which of two gives way."""

import itertools

import pytest

from ascpi_core.access_point import (
    ALONE_LONGEST_MS,
    ALONE_SHORTEST_MS,
    PAUSE_MS,
    RANK_LAST,
    ROUND_MS,
    START_SPREAD_MS,
    RecentRank,
    alone_ms,
    first_turn_ms,
    may_lead,
    pause_ms,
    rank,
    turn_ms,
    yields,
)
from ascpi_core.peers import Peer


def peers(*ids: int) -> list[Peer]:
    made = []
    for node_id in ids:
        peer = Peer()
        peer.begin(node_id, 1)
        made.append(peer)
    return made


@pytest.mark.parametrize(
    ("node_id", "leader_id", "present", "expected"),
    [
        (5, 0, (), 0),
        (5, 0, (9, 7), 0),
        (5, 0, (9, 3, 1), 2),
        (5, 3, (9, 3, 1), 1),  # the one that has just gone is not waited for
        (5, 9, (9, 3, 1), 2),
        (1, 3, (9, 3, 5), 0),
    ],
)
def test_the_rank_is_how_many_survivors_have_a_lower_id(
    node_id: int, leader_id: int, present: tuple[int, ...], expected: int
) -> None:
    assert rank(node_id, leader_id, peers(*present)) == expected


def test_ranks_of_one_field_are_all_different() -> None:
    ids = (12, 3, 44, 7, 100)
    ranks = [
        rank(own, 44, peers(*(other for other in ids if other != own))) for own in ids if own != 44
    ]
    assert sorted(ranks) == [0, 1, 2, 3]


def test_a_slot_has_room_for_a_round_of_the_one_before() -> None:
    assert turn_ms(0) == 0
    for position in range(RANK_LAST):
        first, second = turn_ms(position), turn_ms(position + 1)
        # The one before begins its round at its turn, and comes up when that is over.
        assert first + ROUND_MS < second
    assert turn_ms(14) == turn_ms(RANK_LAST)


def test_first_turns_lie_behind_the_first_round_and_far_apart() -> None:
    turns = [first_turn_ms(chance) for chance in (0, 32_768, 65_535)]
    assert turns[0] > ROUND_MS
    assert turns == sorted(turns)
    assert turns[2] - turns[0] == pytest.approx(START_SPREAD_MS, abs=2)


@pytest.mark.parametrize("turn", [0, 3000, 4000, 7321, 36_000])
@pytest.mark.parametrize("taken_ms", [500, 2100, 3000])
def test_the_deciding_round_begins_at_the_turn(turn: int, taken_ms: int) -> None:
    """Whatever a round takes, nobody decides before its turn, or later than a pause after it."""
    began_ms = 0
    for _ in range(100):
        if may_lead(began_ms, turn):
            break
        began_ms += taken_ms
        began_ms += pause_ms(began_ms, turn)
    assert turn <= began_ms <= turn + ROUND_MS + PAUSE_MS
    if turn > ROUND_MS + PAUSE_MS:
        assert began_ms <= turn + PAUSE_MS


def test_an_access_point_alone_looks_round_after_half_a_minute_to_a_minute() -> None:
    waits = [alone_ms(chance) for chance in (0, 20_000, 65_535)]
    assert waits[0] == ALONE_SHORTEST_MS
    assert waits == sorted(waits)
    assert waits[2] == pytest.approx(ALONE_LONGEST_MS, abs=10)


def test_of_two_access_points_exactly_one_gives_way() -> None:
    addresses = (b"\x02\xa5\0\0\0\2", b"\x02\xa5\0\0\0\3", b"\x02\xa4\xff\xff\xff\xff")
    all_there_are = list(itertools.product((0, 1, 7), addresses))
    for own, other in itertools.permutations(all_there_are, 2):
        if own[1] == other[1]:
            continue
        assert yields(*own, *other) != yields(*other, *own)
    assert yields(1, b"a", 2, b"b"), "the one with fewer stations"
    assert yields(2, b"b", 2, b"a"), "of equals the one with the higher address"
    assert not yields(3, b"b", 2, b"a")


def test_the_rank_of_late_outlasts_peers_that_fall_silent() -> None:
    standing = RecentRank()
    for _ in range(100):
        standing.note(3)
    for _ in range(standing.LOOKS - 1):
        standing.note(0)
        assert standing.rank == 3
    for _ in range(standing.LOOKS + 1):
        standing.note(0)
    assert standing.rank == 0
    standing.note(2)
    assert standing.rank == 2
    standing.forget()
    assert standing.rank == 0
