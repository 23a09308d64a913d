"""Θ_cluster where one of the authorities has a wild phase, and where they are at odds."""

import cmath
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ascpi_core.fixed import TURN
from ascpi_core.peers import Peer
from ascpi_core.phase import (
    ACQUIRING,
    ALPHA_DEFAULT,
    HOLDOVER,
    LOCKED,
    NEAR_ARC,
    SMALL_ARC,
    ClusterPhase,
    correction,
)
from ascpi_core.ssep import ROLE_MEMBER
from ascpi_core.topology import MESH, Mesh, make_topology
from tests.core.test_cluster_phase import peer

SELF = 10
REACH = 1 << 15
"""0.12 ms at 1 turn/s: such as four deviations of 25 µs."""
FAR = 6
CUT = 32
"""Where all is as it should be arcs are counted in 2^6 units, rounded: 0.1 µs at 1 turn/s."""
UNIT_TURNS = 4e-7
"""What may be lost where arcs are taken for their sines."""


class Slowly(Mesh):
    """Counts everyone, but one after the other."""

    counts_all = False


def at(*units: int, state: int = LOCKED) -> list[Peer]:
    """Peers with ids from 2 on at these phases, 2^-28 turn from ours."""
    return [peer(2 + place, unit / TURN, state) for place, unit in enumerate(units)]


def look(
    peers: list[Peer],
    state: int = LOCKED,
    reach: int = REACH,
    mesh: Mesh | None = None,
    view: ClusterPhase | None = None,
) -> ClusterPhase:
    view = ClusterPhase(SELF, 600) if view is None else view
    view.look(peers, 0, state, mesh or make_topology(MESH), 0, reach)
    return view


@pytest.mark.parametrize("liar", [-1, 1])
@pytest.mark.parametrize("arcs", [0.2, 1, 1.01, 2, 5.9])
@pytest.mark.parametrize("state", [LOCKED, HOLDOVER])
def test_one_liar_of_five_moves_the_mean_by_a_fifth_of_the_reach_at_most(
    liar: int, arcs: float, state: int
) -> None:
    away = round(liar * arcs * REACH)
    view = look(at(0, 0, 0, away, state=state), state)
    expected = max(-REACH, min(REACH, away)) / 5
    assert view.error == pytest.approx(expected, abs=CUT)
    assert abs(view.error) <= REACH / 5 + CUT


@pytest.mark.parametrize("away", [FAR * REACH + 64, -FAR * REACH - 64, TURN // 100, TURN // 2 - 1])
def test_a_liar_further_off_than_anybody_can_be_does_not_count_at_all(away: int) -> None:
    assert look(at(0, 0, 0, away)).error == 0
    honest = at(3000, -600, 900)
    assert look([*honest, *at(away)]).error == pytest.approx(look(honest).error, abs=CUT)


def test_with_a_reach_of_0_everyone_counts_in_full() -> None:
    view = look(at(0, 0, 0, 20 * REACH), reach=0)
    assert view.error / TURN == pytest.approx(4 * REACH / TURN, abs=UNIT_TURNS)


def test_two_liars_of_five_who_agree_are_still_the_minority() -> None:
    """Nearer than 6 reaches they count as if they lay one off: two fifths of it."""
    assert look(at(0, 0, 10 * REACH, 10 * REACH)).error == 0
    assert look(at(0, 0, 2 * REACH, 2 * REACH)).error == pytest.approx(2 * REACH / 5, abs=CUT)


def test_a_liar_cannot_walk_a_field_away() -> None:
    """It stays a reach ahead of where it sees the others: they follow at α·reach/5 a step. Where
    it is 0.01 turn ahead they do not follow at all; without a bound, at α·0.01/5."""
    phase = 0
    view = ClusterPhase(SELF, 600)
    for _ in range(1000):
        look(at(0, 0, 0, REACH), view=view)
        phase += correction(view.error, ALPHA_DEFAULT)
    assert phase == pytest.approx(1000 * REACH / 5 / 100, rel=0.01)
    phase = 0
    for _ in range(1000):
        look(at(0, 0, 0, TURN // 100), view=view)
        phase += correction(view.error, ALPHA_DEFAULT)
    assert abs(phase) < 1000


@pytest.mark.parametrize("turns", [0.1, 0.25, 0.5])
@pytest.mark.parametrize("place", range(5))
def test_a_newcomer_goes_to_the_honest(turns: float, place: int) -> None:
    """Four of them and one liar, whichever of the five is heard first; from anywhere."""
    for start in (0, 0.3, 0.7):
        phases = [start + 1e-5 * number for number in range(4)]
        phases.insert(place, start + turns)
        peers = [peer(2 + number, phase, LOCKED) for number, phase in enumerate(phases)]
        view = look(peers, ACQUIRING)
        assert (view.error / TURN - start - 1.5e-5 + 0.5) % 1 == pytest.approx(0.5, abs=2e-6)
        assert view.agreement > 32700
        assert not view.counts_self


def test_a_newcomer_counts_no_other_newcomers() -> None:
    peers = [*at(TURN // 5, TURN // 5, TURN // 5 + TURN // 2), *at(0, 0, 0, state=ACQUIRING)]
    assert look(peers, ACQUIRING).error / TURN == pytest.approx(0.2, abs=2e-6)


def test_among_newcomers_only_there_is_no_majority_to_follow() -> None:
    """Nobody has a lock yet: it is the plain mean of all."""
    peers = at(0, TURN // 10, TURN // 5, state=ACQUIRING)
    plain = look(peers, ACQUIRING, reach=0).error
    assert look(peers, ACQUIRING).error == plain


@pytest.mark.parametrize("apart", [0.05, 0.1, 0.25, 0.4])
def test_two_against_two_keep_the_plain_mean(apart: float) -> None:
    view = look(at(0, round(apart * TURN), round(apart * TURN)))
    vectors = 2 + 2 * cmath.exp(1j * math.tau * apart)
    assert view.error / TURN == pytest.approx(cmath.phase(vectors) / math.tau, abs=1e-6)
    assert view.counts_self


def test_two_and_two_exactly_opposite_follow_the_lowest() -> None:
    opposite = TURN // 2
    assert look(at(opposite, opposite, 0)).error == -opposite  # id 2 is over there
    assert look(at(0, opposite, opposite)).error == 0


@pytest.mark.parametrize("apart", [0.02, 0.1, 0.25, 0.5])
def test_three_against_two_stay_and_the_two_come_over(apart: float) -> None:
    away = round(apart * TURN)
    of_three = look(at(0, 0, away, away))
    assert of_three.error == 0
    assert of_three.counts_self
    of_two = look(at(0, away, away, away))
    assert (of_two.error / TURN - apart + 0.5) % 1 == pytest.approx(0.5, abs=2e-6)
    assert not of_two.counts_self


def test_who_lies_within_near_arc_of_each_other_is_of_one_side() -> None:
    """A node off by less than that returns to the mean of all, itself included, step by step."""
    near = NEAR_ARC - 100
    vectors = 1 + 4 * cmath.exp(1j * math.tau * near / TURN)
    mean = cmath.phase(vectors) / math.tau
    assert look(at(near, near, near, near)).error / TURN == pytest.approx(mean, abs=1e-6)
    beyond = NEAR_ARC + 100
    assert look(at(*[beyond] * 4)).error == pytest.approx(beyond, abs=1e-6 * TURN)


def test_two_alone_meet_in_the_middle_wherever_they_are() -> None:
    for turns in (1e-5, 0.001, 0.1, 0.4):
        assert look(at(round(turns * TURN))).error / TURN == pytest.approx(turns / 2, abs=1e-6)


small = st.integers(-SMALL_ARC + 1, SMALL_ARC - 1)


def exact(arcs: list[int]) -> float:
    """The circular mean of these and of our own phase, 2^-28 turn."""
    vectors = 1 + sum(cmath.exp(1j * math.tau * arc / TURN) for arc in arcs)
    return cmath.phase(vectors) / math.tau * TURN


@given(st.lists(small, min_size=1, max_size=40), st.sampled_from([ACQUIRING, LOCKED, HOLDOVER]))
def test_the_fast_way_for_small_arcs_agrees_with_the_circular_one(
    arcs: list[int], state: int
) -> None:
    """Each is off by 4·10^-7 turn at most: arcs taken for sines here, tabled sines there."""
    fast = look(at(*arcs, state=state), state, reach=0)
    slow = look(at(*arcs, state=state), state, reach=0, mesh=Slowly(ROLE_MEMBER))
    assert abs(fast.error - exact(arcs)) <= UNIT_TURNS * TURN
    assert abs(fast.error - slow.error) <= 2 * UNIT_TURNS * TURN
    assert abs(fast.length - slow.length) <= 8
    assert abs(fast.agreement - slow.agreement) <= 8


@pytest.mark.parametrize("count", [1, 4, 63, 510])
def test_the_fast_way_for_the_largest_fields_and_arcs(count: int) -> None:
    for arcs in (
        [SMALL_ARC - 1] * count,
        [1 - SMALL_ARC] * count,
        [0] * (count - 1) + [SMALL_ARC - 1],
        [(SMALL_ARC - 1) * (1 if place % 2 else -1) for place in range(count)],
    ):
        assert abs(look(at(*arcs), reach=0).error - exact(arcs)) <= UNIT_TURNS * TURN


@given(st.lists(st.integers(-REACH // 2, REACH // 2), min_size=1, max_size=40))
def test_where_all_are_within_reach_the_bound_changes_nothing(arcs: list[int]) -> None:
    """The first look is about where the node itself is; from then on about their mean."""
    peers = at(*arcs)
    plain = look(peers, reach=0).error
    bounded = look(peers, reach=REACH)
    assert abs(bounded.error - plain) <= 2 * CUT
    again = look(peers, view=bounded)
    assert abs(again.error - plain) <= 2 * CUT


@given(
    st.lists(st.integers(-(TURN // 2), TURN // 2 - 1), min_size=1, max_size=20),
    st.sampled_from([ACQUIRING, LOCKED, HOLDOVER]),
    st.integers(0, 1 << 22),
)
def test_any_phases_give_an_error_on_the_circle(arcs: list[int], state: int, reach: int) -> None:
    view = ClusterPhase(SELF, 600)
    for _ in range(3):
        look(at(*arcs), state, reach, view=view)
        assert abs(view.error) <= TURN // 2
        assert 0 <= view.length <= 32768
        assert 0 <= view.agreement <= 32768
