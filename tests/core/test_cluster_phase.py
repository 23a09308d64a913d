"""Θ_cluster as one node sees it: who counts, and whom to follow where the phases cancel."""

import pytest
import scipy.stats

from ascpi_core.fixed import TURN
from ascpi_core.peers import Peer
from ascpi_core.phase import ACQUIRING, ALONE, HOLDOVER, LOCKED, ClusterPhase
from ascpi_core.settings import phase_of_ratio
from ascpi_core.ssep import ROLE_MEMBER
from ascpi_core.topology import MESH, TOPOLOGY_NAMES, Mesh, make_topology

SELF = 10
TOLERANCE = TURN // 10**6
MEAN_OF_THREE = float(scipy.stats.circmean([0, 0.1, 0.1], high=1.0))


def peer(node_id: int, turns: float, state: int = ACQUIRING, drift: int = 0) -> Peer:
    made = Peer()
    made.begin(node_id, 1)
    made.state = state
    made.offset = round(turns * TURN) % TURN
    made.drift = drift
    return made


def look(
    *peers: Peer,
    shift: int = 0,
    state: int = ACQUIRING,
    now: int = 0,
    mesh: Mesh | None = None,
) -> ClusterPhase:
    view = ClusterPhase(SELF, 40)
    view.look(list(peers), shift, state, mesh or make_topology(MESH), now)
    return view


def near(error: int, turns: float) -> bool:
    return abs(error - turns * TURN) <= TOLERANCE


def test_the_mean_of_all_self_included() -> None:
    assert near(look(peer(2, 0.1)).error, 0.05)
    assert near(look(peer(2, 0.9)).error, -0.05)
    assert near(look(peer(2, 0.1), peer(3, -0.1), peer(4, 0.04), peer(5, -0.04)).error, 0)


def test_relative_to_where_the_node_itself_has_moved() -> None:
    assert near(look(peer(2, 0.6), shift=phase_of_ratio(1, 2)).error, 0.05)
    assert near(look(peer(2, 0.05), shift=phase_of_ratio(95, 100)).error, 0.05)


def test_a_peer_is_carried_on_by_its_own_measured_rate() -> None:
    """40 ppm of 1 turn/s over 10 s are 400 µturn; it works before the measurement, too."""
    drift = round(40e-12 * 2**46)
    for start, now in ((0, 10_000_000), ((1 << 30) - 5_000_000, 5_000_000)):
        moving = peer(2, 0, drift=drift)
        moving.offset_ticks = start
        assert near(look(moving, now=now).error, 0.0002)
    moving.offset_ticks = 10_000_000
    assert near(look(moving, now=0).error, -0.0002)


def test_a_newcomer_follows_the_locked_or_else_those_in_holdover() -> None:
    others = [peer(4, 0.4), peer(5, 0.45, ALONE)]
    assert near(look(peer(2, 0.1, LOCKED), peer(3, 0.2, HOLDOVER), *others).error, 0.1)
    assert near(look(peer(3, 0.2, HOLDOVER), *others).error, 0.2)


def test_who_was_in_holdover_comes_to_the_locked_and_they_stay() -> None:
    assert near(look(peer(2, 0.1, LOCKED), state=HOLDOVER).error, 0.1)
    assert look(peer(2, 0.1, HOLDOVER), state=LOCKED).error == 0
    assert near(look(peer(2, 0.1, HOLDOVER), peer(3, 0.4), state=HOLDOVER).error, 0.05)


def test_a_locked_node_does_not_follow_newcomers() -> None:
    view = look(peer(2, 0.02, LOCKED), peer(3, 0.4), peer(4, 0.4), state=LOCKED)
    assert near(view.error, 0.01)
    assert look(peer(3, 0.4), peer(4, 0.4), state=LOCKED).error == 0


@pytest.mark.parametrize("state", [ACQUIRING, LOCKED, HOLDOVER])
def test_among_equals_everyone_counts(state: int) -> None:
    view = look(peer(2, 0.1, state), peer(3, 0.1, state), state=state)
    assert near(view.error, MEAN_OF_THREE)


def test_coherence_is_that_of_everyone_present_newcomers_too() -> None:
    view = look(peer(2, 0, LOCKED), peer(3, 0.5), state=LOCKED)
    assert abs(view.length - 32768 // 3) < 3


@pytest.mark.parametrize(("lowest", "error"), [(2, -0.5), (99, 0)])
def test_of_two_exactly_half_a_turn_apart_the_lowest_id_stays(lowest: int, error: float) -> None:
    assert look(peer(lowest, 0.5)).error == error * TURN


def test_where_phases_cancel_the_lowest_id_is_followed() -> None:
    thirds = [peer(12, 1 / 3), peer(3, 2 / 3)]
    assert near(look(*thirds).error, -1 / 3)
    # Among authorities only, as for the mean.
    two = [peer(7, 0.1, LOCKED), peer(8, 0.6, LOCKED), peer(1, 0.3)]
    assert near(look(*two).error, 0.1)
    assert look(peer(30, 0.5, LOCKED), peer(2, 0.2), state=LOCKED).error == 0


def test_all_nodes_of_an_even_scatter_follow_the_same_one() -> None:
    """Seen from each of five nodes a fifth apart: the errors lead to node 1's place."""
    for own in range(5):
        view = ClusterPhase(own + 1, 40)
        peers = [peer(other + 1, (other - own) / 5) for other in range(5) if other != own]
        view.look(peers, 0, ACQUIRING, make_topology(MESH), 0)
        target = (own / 5 + view.error / TURN) % 1
        assert min(target, 1 - target) < 1e-6


class OnlyEven(Mesh):
    """Listens to even ids."""

    counts_all = False

    def counts(self, peer: Peer) -> bool:
        return peer.node_id % 2 == 0


def test_a_topology_decides_whose_phase_counts() -> None:
    view = look(peer(2, 0.1), peer(3, 0.4), mesh=OnlyEven(ROLE_MEMBER))
    assert near(view.error, 0.05)
    view = look(peer(4, 0.5), peer(3, 0.5), peer(1, 0), mesh=OnlyEven(ROLE_MEMBER))
    assert abs(view.error) == TURN // 2


def test_topologies_by_number() -> None:
    mesh = make_topology(MESH)
    assert (mesh.number, mesh.role, TOPOLOGY_NAMES[mesh.number]) == (MESH, ROLE_MEMBER, "mesh")
    assert mesh.counts(peer(2, 0))
    with pytest.raises(ValueError, match="topology 9 is not known"):
        make_topology(9)
