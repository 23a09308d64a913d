"""One field: it locks, and stays locked whatever happens to a part of it.

The same tests for virtual boards (`--boards virtual:4`, the default) and for boards on a desk.
"""

import pytest

from ascpi.hil import BoardCluster
from ascpi.hil.pulse_turns import typical_spread_us

# A board that stays may be moved so far by others that come and go. docs/bench.md has 0.43 ms
# for one that loses its power, measured in the same air.
MOVED_US = 1_000.0
# So near, in limits, is who has just become locked. The rest takes some seconds, as a locked board
# moves by a hundredth of the way each 50 ms.
NEAR = 4
# Far beyond what a locked board takes for an error of its own (1/32 turn), so that it strays.
JUMP_US = 200_000


@pytest.mark.fresh
def test_boards_lock_from_any_start(cluster: BoardCluster) -> None:
    lock = cluster.locked()
    assert lock.worst_us + lock.uncertain_us <= cluster.within_us
    assert cluster.coherence() > 0.99


def test_a_third_of_all_packets_lost_does_not_part_them(cluster: BoardCluster) -> None:
    cluster.locked(for_s=1)
    cluster.loss(300_000)
    cluster.locked(for_s=3)


def test_a_clock_that_jumps_moves_its_own_board_only(cluster: BoardCluster) -> None:
    cluster.require(boards=3)
    cluster.locked(for_s=1)
    broken = cluster[2]
    with cluster.steady(cluster.others(broken), within_us=MOVED_US):
        cluster.clock_step(broken, JUMP_US)
        cluster.locked(within_us=NEAR * cluster.within_us, for_s=1)


def test_a_board_without_wifi_keeps_its_phase_and_comes_back(cluster: BoardCluster) -> None:
    cluster.require(boards=3)
    cluster.locked(for_s=1)
    lonely = cluster[1]
    with cluster.steady(cluster.others(lonely), within_us=MOVED_US):
        cluster.wifi_off(lonely)
        lonely.wait_state("holdover")
        cluster.wifi_on(lonely)
        lonely.wait_state("locked")
        cluster.locked(for_s=1)


def test_two_halves_part_and_are_one_again(cluster: BoardCluster) -> None:
    cluster.require(boards=4)
    cluster.locked(for_s=1)
    half = len(cluster) // 2
    one, other = cluster.boards[:half], cluster.boards[half:]
    # From before the partition on: while one board is waited for, the others notice it as well.
    since = {board.name: board.transcript.count for board in cluster}
    cluster.partition(one, other)
    for board in cluster:
        board.wait_event("silent", since=since[board.name])
    cluster.locked(boards=one, for_s=1)
    cluster.locked(boards=other, for_s=1)
    cluster.heal()
    cluster.locked(for_s=2)


def test_pulses_come_together(cluster: BoardCluster) -> None:
    cluster.locked(for_s=1)
    # Each phase within the limit of the mean, either way.
    assert typical_spread_us(cluster.pulses(turns=7)) <= 2 * cluster.within_us


def test_a_killed_board_rejoins_and_the_others_are_not_moved(cluster: BoardCluster) -> None:
    cluster.require(boards=3)
    cluster.locked(for_s=1)
    victim = cluster[0]
    others = cluster.others(victim)
    with cluster.steady(others, within_us=MOVED_US):
        since = {board.name: board.transcript.count for board in others}
        cluster.kill(victim)
        for board in others:
            board.wait_event("silent", since=since[board.name])
        cluster.restart(victim)
        cluster.locked(within_us=NEAR * cluster.within_us, for_s=1)
