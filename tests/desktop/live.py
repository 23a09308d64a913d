"""Desktop nodes in this process, in a thread of their own, for tests that talk to a field."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from ascpi.address import Address
from ascpi.desktop.motor import GlyphOptions
from ascpi.desktop.network import LOOPBACK_BROADCAST
from ascpi.desktop.node import DesktopNode, DesktopOptions
from ascpi_core.glyphs.lifecycle import COUNTS
from ascpi_core.glyphs.motor import Motor
from ascpi_core.glyphs.policy import STABLE

DEADLINE_S = 30.0

T = TypeVar("T")


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class LiveField:
    """Nodes with these ids on one loopback broadcast, or on `air`. Use it in a `with`."""

    def __init__(
        self,
        folder: Path,
        ids: Sequence[int] = (1, 2, 3),
        key: str = "",
        air: Address | None = None,
        without_glyphs: Sequence[int] = (),
        epoch: int = 1,
    ) -> None:
        self.broadcast = air or (LOOPBACK_BROADCAST, free_port())
        self.lines: dict[int, list[str]] = {node_id: [] for node_id in ids}
        self.nodes: dict[int, DesktopNode] = {}
        bind = ("127.0.0.1", 0) if air is not None else self.broadcast
        for node_id in ids:
            glyphs = GlyphOptions(folder / f"{node_id}.journal", folder / "no-types")
            self.nodes[node_id] = DesktopNode(
                DesktopOptions(
                    bind,
                    self.broadcast,
                    epoch=epoch,
                    settings={"id": node_id, "key": key},
                    seed=node_id,
                    glyphs=None if node_id in without_glyphs else glyphs,
                ),
                self.lines[node_id].append,
            )
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._tasks: list[asyncio.Task[None]] = []

    def __enter__(self) -> "LiveField":
        self._loop = asyncio.new_event_loop()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(lambda: [task.cancel() for task in self._tasks])
        self._thread.join(DEADLINE_S)
        assert not self._thread.is_alive(), "the nodes do not end"

    @property
    def options(self) -> list[str]:
        """How a command finds it."""
        return ["--broadcast", f"{self.broadcast[0]}:{self.broadcast[1]}"]

    def motor(self, node_id: int) -> Motor:
        motor = self.nodes[node_id].node.motor
        assert motor is not None
        return motor

    def ask(self, question: Callable[[], T]) -> T:
        """Its answer, found between two steps of the nodes."""

        async def answer() -> T:
            return question()

        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(answer(), self._loop).result(DEADLINE_S)

    def wait_for(self, holds: Callable[[], bool], what: str) -> None:
        """Until it holds for the nodes; an AssertionError at the deadline."""
        until_s = time.monotonic() + DEADLINE_S
        while not self.ask(holds):
            last = "\n".join(lines[-1] for lines in self.lines.values() if lines)
            assert time.monotonic() < until_s, f"{what} did not happen; last lines:\n{last}"
            time.sleep(0.02)

    def wait_stable(self) -> None:
        """Until all glyphs may move."""

        def stable() -> bool:
            return all(
                self.motor(node_id).stability.why == STABLE
                for node_id, node in self.nodes.items()
                if node.node.motor is not None
            )

        self.wait_for(stable, "a stable network")

    def births(self) -> dict[int, int]:
        """Quanta born on each node so far."""
        return self.ask(
            lambda: {
                node_id: self.motor(node_id).holding.ledger.born
                for node_id, node in self.nodes.items()
                if node.node.motor is not None
            }
        )

    def where(self, name: str) -> list[int]:
        """The nodes that hold this glyph."""
        birth_node, birth_count = (int(word) for word in name.split("."))

        def look() -> list[int]:
            return [
                node_id
                for node_id, node in self.nodes.items()
                if node.node.motor is not None
                and (found := node.node.motor.holding.find(birth_node, birth_count)) is not None
                and found.stands(COUNTS)
            ]

        return self.ask(look)

    def refused(self, node_id: int, reason: int) -> int:
        """Datagrams that a node has refused for this reason."""
        return self.nodes[node_id].node.reception.counters[reason]

    def _run(self) -> None:
        assert self._loop is not None
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._all())
        self._loop.close()

    async def _all(self) -> None:
        self._tasks = [asyncio.ensure_future(node.run()) for node in self.nodes.values()]
        await asyncio.gather(*self._tasks, return_exceptions=True)
