"""Nodes and the air between them, started and stopped together."""

import os
import queue
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from ascpi.address import format_address
from ascpi.air.process import AirProcess
from ascpi.cluster.members import BoardMember, Member, make_member
from ascpi.cluster.plan import NodePlan
from ascpi.errors import NodeFailed
from ascpi.truth import Clock
from ascpi.virtual import VirtualBoard

KEY_VARIABLE = "ASCPI_KEY"


@dataclass(frozen=True)
class Heard:
    """A line of a node, and when it came in (µs of CLOCK_MONOTONIC)."""

    node_id: int
    line: str
    at_us: int


class Cluster:
    """Use it in a `with`: on the way out everything is stopped, also what was half started.

    A key in the environment (ASCPI_KEY) is the key of all; without one the field is open.
    `apart`: nobody hears anybody of the first two, until `heal`.
    `broadcast`: ADDR:PORT to send to; then no air is started here.
    `trace`: a file for the air's diary.
    `on_heard` is called with each line, from the node's own thread; `hear` then has none.
    """

    def __init__(
        self,
        nodes: Sequence[NodePlan],
        preset: str,
        seed: int,
        apart: bool = False,
        broadcast: str = "",
        on_heard: Callable[[Heard], object] | None = None,
        trace: Path | None = None,
    ) -> None:
        self.nodes = list(nodes)
        self.air = AirProcess(preset, seed, trace=trace)
        self.members: dict[int, Member] = {}
        self._apart = apart
        self._broadcast = broadcast
        # No SimpleQueue, whose timed get may outlast a signal for ever (CPython 3.11).
        self._heard: queue.Queue[Heard] = queue.Queue()
        self._on_heard = self._heard.put if on_heard is None else on_heard
        self._stack = ExitStack()

    def __enter__(self) -> "Cluster":
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def clocks(self) -> dict[int, Clock]:
        return {node_id: member.clock for node_id, member in self.members.items()}

    def hear(self, longest_s: float) -> list[Heard]:
        """All lines that have come in; waits for the first, if need be."""
        lines = []
        try:
            lines.append(self._heard.get(timeout=max(0.0, longest_s)))
            while True:
                lines.append(self._heard.get_nowait())
        except queue.Empty:
            return lines

    def board(self, node_id: int) -> VirtualBoard:
        """A node that is a virtual board."""
        return self._board_member(node_id).board

    def edges(self, node_id: int) -> Path:
        """The file of what a board's pins do; its plan has asked for `edges`."""
        edges = self._board_member(node_id).edges
        assert edges is not None, "the plan asked for no edges"
        return edges

    def set_clock(self, node_id: int, step_us: int) -> None:
        """Put a virtual board's clock on by so much."""
        self.board(node_id).change_clock(step_us=step_us)

    def cut_power(self, node_id: int) -> None:
        """A power cut: SIGKILL. What the node has written is kept."""
        self.members[node_id].cut_power()

    def power_on(self, node_id: int) -> None:
        """Start a node again after a power cut. Does not wait for it."""
        self.members[node_id].power_on()

    def journal(self, node_id: int) -> Path:
        """The file that keeps a node's glyphs; it may not be there yet."""
        return self.members[node_id].journal

    def heal(self) -> None:
        """From now on everybody hears everybody."""
        self.air.control(partition=[])

    def require_alive(self) -> None:
        for member in self.members.values():
            if member.failure:
                raise NodeFailed(member.failure)

    def _start(self) -> None:
        folder = Path(
            self._stack.enter_context(
                # A process that is just ending may still write its last there.
                tempfile.TemporaryDirectory(prefix="ascpi-cluster-", ignore_cleanup_errors=True)
            )
        )
        broadcast = self._broadcast or self._start_air()
        key = os.environ.get(KEY_VARIABLE, "")
        for node in self.nodes:
            member = make_member(node, folder, broadcast, key, self._take)
            self.members[node.node_id] = member
            self._stack.callback(member.stop)
            member.start()
        for member in self.members.values():
            member.wait_running()

    def _start_air(self) -> str:
        self._stack.callback(self.air.stop)
        self.air.start()
        if self._apart:
            self.air.control(partition=[[1], [2]])
        return format_address(self.air.address)

    def _board_member(self, node_id: int) -> BoardMember:
        member = self.members[node_id]
        assert isinstance(member, BoardMember), "this node is no virtual board"
        return member

    def _take(self, node_id: int, line: str, at_us: int) -> None:
        self._on_heard(Heard(node_id, line, at_us))
