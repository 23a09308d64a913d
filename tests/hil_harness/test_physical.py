"""Boards on ports, with nothing virtual about them as far as the harness can see, and one beside
them that is virtual: all in one field."""

from collections.abc import Iterator

import pytest

from ascpi.hil.board import EDGES, POWER
from ascpi.hil.cluster import BoardCluster
from ascpi.hil.errors import HilError, Impossible, NotSo
from ascpi.hil.options import RackOptions
from ascpi.hil.physical import PhysicalBoard
from ascpi.hil.rack import Rack
from ascpi.hil.selection import Selection
from tests.hil_harness.desk import Desk
from tests.hil_harness.remote_port import RemotePort

# pyserial's client of RFC 2217 starts its thread in an old way.
pytestmark = pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning")

# A serial line tells phases to 1 or 2 ms on a computer that does other things, too.
WITHIN_US = 8_000.0


@pytest.fixture(scope="module")
def rack(desk: Desk) -> Iterator[Rack]:
    with RemotePort(desk.boards[0]) as remote:
        selection = Selection(virtual=1, ports=(remote.url, *desk.ports[1:]))
        with Rack(RackOptions(selection, desk.address, 1)) as opened:
            yield opened


@pytest.fixture
def cluster(rack: Rack) -> Iterator[BoardCluster]:
    made = BoardCluster(rack.boards, rack.watch, rack.network, WITHIN_US)
    yield made
    made.restore()


def test_boards_are_known_by_mac_and_name_and_lock(cluster: BoardCluster) -> None:
    assert [board.name for board in cluster] == ["virtual-1", "desk-0", "desk-1", "desk-2"]
    assert [board.node_id for board in cluster] == [1001, 11, 12, 13]
    assert cluster["02:a5:00:00:00:0c"] is cluster["desk-1"]
    lock = cluster.locked(for_s=0.5)
    assert 0 < lock.uncertain_us < WITHIN_US


def test_a_phase_is_where_the_harness_says_within_what_it_says(
    cluster: BoardCluster, desk: Desk
) -> None:
    cluster.locked(for_s=0.5)
    for board, virtual in zip(cluster.boards[1:], desk.boards, strict=True):
        reports = [one for one in board.transcript.lines() if one.report is not None]
        assert reports[-1].report is not None
        placed = board.place(reports[-1])
        assert placed is not None
        true_us = virtual.crystal.true_us(reports[-1].report.ticks, reports[-1].at_us)
        assert abs(placed.true_us - true_us) <= placed.within_us + 1


def test_what_the_clock_cannot_tell_fails_and_says_so(cluster: BoardCluster) -> None:
    with pytest.raises(NotSo, match=r"known to \d+ µs only.*wire a probe") as failure:
        cluster.locked(within_us=10, for_s=0.2, deadline_s=0.5)
    assert "desk-2 on /dev/" in str(failure.value)


def test_a_partition_and_the_loss_of_the_network_are_the_boards_own(
    cluster: BoardCluster,
) -> None:
    cluster.locked(for_s=0.2)
    one, other, third, fourth = cluster.boards
    cluster.partition([one], [other, fourth])
    cluster.wifi_off(third)
    cluster.wifi_off(fourth)
    for board in cluster:
        board.wait_state("holdover")
    assert one.command("who").words["deaf"] == "11,12,13"
    assert other.command("who").words["deaf"] == "1001,12"
    assert third.command("who").words["wifi"] == "off"
    cluster.restore()
    assert one.command("who").words["deaf"] == "none"
    assert third.command("who").words["wifi"] == "on"
    for board in cluster:
        board.wait_state("locked")


def test_a_loss_is_told_to_the_boards_and_taken_back(cluster: BoardCluster) -> None:
    virtual, remote, local, _ = cluster.boards
    cluster.loss(250_000, local)
    cluster.loss(150_000, virtual)
    assert local.command("who").words["loss"] == "250000"
    assert virtual.command("who").words["loss"] == "150000"
    assert remote.command("who").words["loss"] == "0"
    cluster.restore()
    assert local.command("who").words["loss"] == virtual.command("who").words["loss"] == "0"
    with pytest.raises(HilError, match="give 0"):
        cluster.loss(1_000_001)


def test_a_stepped_clock_is_found_again(cluster: BoardCluster) -> None:
    board = cluster["desk-1"]
    assert isinstance(board, PhysicalBoard)
    cluster.locked(for_s=0.2)
    before = board.command("ping 0").words["ticks"]
    cluster.clock_step(board, -70_000)
    assert board.command("who").words["step_us"] == "-70000"
    assert int(board.command("ping 0").words["ticks"]) < int(before) + 70_000
    cluster.clock_step(board, 70_000)
    assert board.command("who").words["step_us"] == "0"
    assert board.ping()
    offset = board.clock.offset()
    assert offset is not None
    # Its bounds agree: what was known of the other clock does not count any more.
    assert offset.within_us < 20_000


def test_power_is_cut_where_the_port_can(cluster: BoardCluster, desk: Desk) -> None:
    remote, local = cluster["desk-0"], cluster["desk-1"]
    with pytest.raises(Impossible, match="has no reset line"):
        cluster.kill(local)
    assert local.cannot(POWER)
    epoch = remote.epoch
    cluster.kill(remote)
    assert not desk.boards[0].alive
    assert remote.report is None
    assert cluster.table([remote]).splitlines()[1].split()[-4] == "off"
    cluster.restore()
    assert remote.epoch == epoch + 1
    cluster.reset(local)
    assert local.report is None or local.report.up_ms < 5_000


def test_pulses_need_a_probe(cluster: BoardCluster) -> None:
    assert "wire its pulse pin to a probe" in cluster["desk-0"].cannot(EDGES)
    with pytest.raises(Impossible):
        cluster.pulses()


def test_a_refused_command_and_an_unknown_board_are_said(cluster: BoardCluster) -> None:
    with pytest.raises(HilError, match="desk-0 refuses 'clock soon': harness: clock: give a"):
        cluster["desk-0"].command("clock soon")
    with pytest.raises(HilError, match="no board is called 'moon'; there are virtual-1"):
        cluster.kill("moon")
    with pytest.raises(HilError, match="in two groups"):
        cluster.partition([cluster["desk-0"]], ["desk-0"])
