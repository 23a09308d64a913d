"""Virtual boards for a test: the firmware in the real MicroPython, all of it known exactly.

Their clocks are crystals whose error is known, so their phases are known to the microsecond. Each
has an address of its own, by which the air can name it.
"""

import random
import socket
import sys
from collections.abc import Sequence
from contextlib import ExitStack

from ascpi import telemetry
from ascpi.address import is_loopback, parse_address
from ascpi.air.process import AirProcess
from ascpi.cluster import BOARD, PPM_SPAN, Cluster, Heard, NodePlan, spread_ppm
from ascpi.errors import BoardFailed
from ascpi.hil import console
from ascpi.hil.board import EDGES, Board, Placed
from ascpi.hil.errors import Impossible
from ascpi.hil.options import is_address
from ascpi.hil.transcript import Heard as Line
from ascpi.ports.repl import Repl
from ascpi.virtual import EdgeReader, VirtualBoard, flash
from ascpi_core.settings import BOARDS

PULSE_PIN = BOARDS["virtual"].pulse_pin
# In a field with other boards: ids that a test's own hardly have.
FIRST_ID_AMONG_OTHERS = 1001


class VirtualHilBoard(Board):
    """One of a `VirtualSet`; `address` is what the air calls it, `ppm` its crystal's error."""

    def __init__(self, plan: NodePlan) -> None:
        super().__init__(plan.name)
        self.node_id = plan.node_id
        self.report_ms = plan.report_ms
        self.ppm = plan.ppm
        self.address = plan.bind.removesuffix(":0")
        self.mac = self.port = self.version = ""
        self._has_harness = "harness" in plan.settings
        self._board: VirtualBoard | None = None
        self._reader: EdgeReader | None = None

    def attach(self, cluster: Cluster) -> None:
        """The cluster is running."""
        self._board = cluster.board(self.node_id)
        self._reader = EdgeReader(cluster.edges(self.node_id))
        self.port = self._board.serial_path

    @property
    def virtual(self) -> VirtualBoard:
        """The board itself, for what only a virtual one can do."""
        assert self._board is not None, "the boards are not started"
        return self._board

    def cannot(self, capability: str) -> str:
        return ""

    def power_off(self) -> None:
        self.powered = False
        self.virtual.kill()

    def power_on(self) -> None:
        self.powered = True
        self.virtual.restart()

    def reset(self) -> None:
        self.power_on()

    def flash(self) -> None:
        since = self.transcript.count
        self.power_off()
        flash.prepare(self.virtual.options)
        self.power_on()
        self.wait_booted(since)

    def repl(self) -> Repl:
        return Repl(self.port)

    def place(self, heard: Line) -> Placed | None:
        report = heard.report
        # Lines of the last life can still be read when the next has begun.
        if report is None or report.epoch != self.epoch:
            return None
        return Placed(self.virtual.crystal.true_us(report.ticks, heard.at_us), 0.0)

    def edges(self) -> Sequence[int]:
        self.require(EDGES)
        assert self._reader is not None, "the boards are not started"
        return [
            edge.monotonic_us
            for edge in self._reader.read_edges()
            if edge.pin == PULSE_PIN and edge.level
        ]

    def wifi(self, on: bool) -> None:
        self.virtual.set_access_point(on)

    def step_clock(self, step_us: int) -> None:
        self.virtual.change_clock(step_us=step_us)

    def command(self, words: str) -> telemetry.Event:
        if not self._has_harness:
            raise Impossible(
                f"{self.name}: a virtual board on the session's own air heeds no commands; "
                "its faults are the air's"
            )
        return console.ask(self.transcript, self.virtual.send, words)

    def take(self, heard: Line) -> None:
        super().take(heard)
        if heard.event is not None and heard.event.name == "boot":
            self.mac = heard.event.words.get("mac", "")


class VirtualSet:
    """Virtual boards and their air, in a `with`.

    `air` is a preset of an air of their own, or ADDR:PORT of one that others run, or of a
    network's broadcast: then they are in one field with whoever is there.
    """

    def __init__(self, count: int, air: str, seed: int) -> None:
        self._broadcast = air if is_address(air) else ""
        chance = random.Random(seed)
        rates = [spread_ppm(index, count, PPM_SPAN) for index in range(count)]
        chance.shuffle(rates)
        plans = [
            self._plan(index, ppm, round(chance.random(), 6)) for index, ppm in enumerate(rates)
        ]
        self.boards = [VirtualHilBoard(plan) for plan in plans]
        self._by_id = {board.node_id: board for board in self.boards}
        self._cluster = Cluster(
            plans,
            "wifi" if self._broadcast else air,
            seed,
            broadcast=self._broadcast,
            on_heard=self._take,
        )
        self._stack = ExitStack()

    @property
    def air(self) -> AirProcess | None:
        """The air of their own; None if it is another's."""
        return None if self._broadcast else self._cluster.air

    def __enter__(self) -> "VirtualSet":
        with ExitStack() as stack:
            stack.enter_context(self._cluster)
            for board in self.boards:
                board.attach(self._cluster)
                if failure := board.virtual.failure:
                    raise BoardFailed(f"{board.name} only crashes. It said: {failure}")
                board.wait_booted(0)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _plan(self, index: int, ppm: float, phase: float) -> NodePlan:
        first = FIRST_ID_AMONG_OTHERS if self._broadcast else 1
        return NodePlan(
            first + index,
            f"virtual-{index + 1}",
            BOARD,
            ppm,
            phase,
            settings={"harness": True} if self._broadcast else {},
            edges=True,
            bind=_own_address(index, self._broadcast),
        )

    def _take(self, heard: Heard) -> None:
        self._by_id[heard.node_id].transcript.add(heard.line, heard.at_us)


def _own_address(index: int, broadcast: str) -> str:
    """Where virtual board `index` (0, 1, …) receives."""
    host, port = parse_address(broadcast, "--hil-air") if broadcast else ("127.0.0.1", 0)
    if host.endswith(".255"):
        # Several nodes of one machine share it, and each hears all.
        return f"{host}:{port}"
    if not is_loopback(host):
        return "0.0.0.0:0"
    if sys.platform == "linux":
        return f"127.0.1.{index + 1}:0"
    # Elsewhere one address is all there is, and the port tells them apart.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"
