"""Boards on ports, their pulse pins wired to a probe on another: judged by edges."""

from pathlib import Path

from ascpi.hil.cluster import BoardCluster
from ascpi.hil.options import ProbeChoice, RackOptions
from ascpi.hil.rack import Rack
from ascpi.hil.selection import Selection
from ascpi.probe.trial import probe_options
from ascpi.virtual import VirtualBoard, Wires
from tests.hil_harness.desk import Desk

# What a computer adds that runs boards and probe on two cores; a probe by itself sees to 10 µs.
WITHIN_US = 10_000.0

NAMES = ("desk-0", "desk-1", "desk-2")


def test_with_a_probe_phases_are_judged_by_edges(tmp_path: Path) -> None:
    wires = Wires()
    desk = Desk(tmp_path, wires=wires)
    probe = VirtualBoard(probe_options(tmp_path, wires))
    try:
        probe.start()
        probe.wait_running()
        choice = ProbeChoice(
            probe.serial_path, {8: "desk-0", 9: "02:a5:00:00:00:0c", 10: "desk-2"}
        )
        with Rack(
            RackOptions(Selection(ports=tuple(desk.ports)), "wifi", 1, probe=choice)
        ) as rack:
            cluster = BoardCluster(rack.boards, rack.watch, rack.network, WITHIN_US)
            lock = cluster.locked(for_s=1)
            assert lock.uncertain_us <= WITHIN_US
            (turn,) = cluster.pulses(turns=1)
            assert turn.fronts_us.keys() == set(NAMES)
            assert turn.spread_us < 2 * WITHIN_US
    finally:
        probe.stop()
        desk.close()
        wires.close()
