"""One node on this computer: sockets and clock round the core's state machine."""

import asyncio
import hashlib
import random
import socket
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from ascpi.desktop.clock import ticks_us
from ascpi.desktop.engine import Engine, GlyphOptions
from ascpi.errors import NodeFailed
from ascpi_core import VERSION
from ascpi_core.lines import note_line
from ascpi_core.node import Node
from ascpi_core.settings import ROWS, NodeSettings, check_settings
from ascpi_core.ssep import PACKET_BYTES, Tagger
from ascpi_core.telemetry import node_event_line, report_line

LONGEST_WAIT_US = 100_000
EVENT_INTERVAL_S = 0.1
LONELY_AFTER_S = 20.0
EPOCH_STRIDE = 40_503
SEED_MASK = (1 << 30) - 1

Address = tuple[str, int]


@dataclass(frozen=True)
class DesktopOptions:
    """What a desktop node is asked to be. `settings`: the core's, by name, `id` among them.

    Without `glyphs` it holds none.
    """

    bind: Address
    broadcast: Address
    epoch: int
    settings: dict[str, Any] = field(default_factory=dict)
    report_ms: int = 1000
    seed: int | None = None
    glyphs: GlyphOptions | None = None


class DesktopNode(asyncio.DatagramProtocol):
    """`run` it; lines of telemetry go to `say`."""

    def __init__(self, options: DesktopOptions, say: Callable[[str], None]) -> None:
        values, mistakes = check_settings(options.settings, ROWS)
        if not values["id"]:
            mistakes.append("id: a desktop node needs one, from 1 to 1073741823")
        if mistakes:
            raise NodeFailed("; ".join(mistakes))
        key: str = values["key"]
        tagger = Tagger(key.encode(), hashlib.sha256) if key else None
        seed = options.seed if options.seed is not None else random.SystemRandom().getrandbits(30)
        core_settings = NodeSettings(values)
        self.engine: Engine | None = None
        if options.glyphs is not None:
            # Another one at each start, also where --seed is given: it names a new journal.
            name = (seed + options.epoch * EPOCH_STRIDE) & SEED_MASK
            self.engine = Engine(core_settings, options.glyphs, name, say)
            self.engine.send = self._send_due
        motor = None if self.engine is None else self.engine.motor
        self.node = Node(core_settings, options.epoch, seed, ticks_us(), tagger, motor)
        self.send_failures = 0
        self._options = options
        self._say = say
        self._packet = bytearray(PACKET_BYTES)
        self._transport: asyncio.DatagramTransport | None = None
        self._started_ns = time.monotonic_ns()

    # asyncio.DatagramProtocol

    def datagram_received(self, data: bytes, addr: object) -> None:
        """A datagram, of whatever kind: the core judges it."""
        self.node.receive(data, len(data), ticks_us())
        if self.engine is not None:
            self.engine.look()

    def error_received(self, exc: Exception) -> None:
        """An ICMP answer to something that we sent: nobody there at the moment."""
        self.send_failures += 1

    # Running

    async def run(self, seconds: float | None = None) -> None:
        """Take part until cancelled, or for so many seconds. NodeFailed if the port is taken."""
        loop = asyncio.get_running_loop()
        try:
            opened = open_socket(self._options.bind)
            self._transport, _ = await loop.create_datagram_endpoint(lambda: self, sock=opened)
            self._introduce(opened.getsockname())
            await asyncio.wait_for(asyncio.gather(*self._tasks()), seconds)
        except asyncio.TimeoutError:
            pass
        finally:
            if self._transport is not None:
                self._transport.close()
            if self.engine is not None:
                self.engine.close()

    def _tasks(self) -> list[Coroutine[Any, Any, None]]:
        tasks = [self._drive(), self._tell()]
        if self.engine is not None:
            tasks += [self.engine.run(), self.engine.write()]
        return tasks

    def _introduce(self, address: Address) -> None:
        state = "open: anybody may take part" if self.node.is_open else "keyed"
        self._say(
            note_line(
                f"ASCpi {VERSION} desktop node id={self.node.node_id} on "
                f"{address[0]}:{address[1]}, sending to {self._options.broadcast[0]}:"
                f"{self._options.broadcast[1]}, the field is {state}"
            )
        )

    async def _drive(self) -> None:
        """Supervision steps and our own packets, each at its deadline."""
        node = self.node
        while True:
            node.tick(ticks_us())
            self._send_due()
            if self.engine is not None:
                self.engine.look()
            wait_us = min(node.next_deadline(ticks_us()), LONGEST_WAIT_US)
            await asyncio.sleep(wait_us / 1e6)

    def _send_due(self) -> None:
        """Everything that is to be sent now."""
        while self._transport is not None and self.node.poll(self._packet, ticks_us()):
            self._transport.sendto(self._packet, self._options.broadcast)

    async def _tell(self) -> None:
        """Telemetry, as a board writes it."""
        node = self.node
        due_ms = 0
        lonely_said = False
        while True:
            while node.events.pop():
                self._say(node_event_line(node))
            up_ms = self.up_ms()
            if up_ms >= due_ms:
                due_ms = max(due_ms + self._options.report_ms, up_ms)
                self._say(report_line(node, ticks_us(), up_ms))
            if node.field.membership.present:
                lonely_said = False
            elif up_ms > LONELY_AFTER_S * 1000 and not lonely_said:
                lonely_said = True
                self._say(note_line(_LONELY))
            await asyncio.sleep(min(EVENT_INTERVAL_S, max(0.001, (due_ms - up_ms) / 1000)))

    def up_ms(self) -> int:
        """ms since this node was made."""
        return (time.monotonic_ns() - self._started_ns) // 1_000_000


_LONELY = (
    "no other node is heard: is one running with the same cluster number and key, and does "
    "--broadcast name its network?"
)


def open_socket(bind: Address) -> socket.socket:
    """A socket that may broadcast, bound to an address. NodeFailed if that is taken."""
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        if bind[0] in ("", "0.0.0.0") or bind[0].endswith(".255"):
            # Several nodes of one machine may share a broadcast address, and each hears all.
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        opened.setblocking(False)
        opened.bind(bind)
    except OSError as error:
        opened.close()
        raise NodeFailed(
            f"no socket on {bind[0]}:{bind[1]} ({error.strerror}): if another program uses it, "
            "end that program or give another port with --bind ADDRESS:PORT"
        ) from None
    return opened
