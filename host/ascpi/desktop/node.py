"""One node on this computer: sockets and clock round the core's state machine."""

import asyncio
import hashlib
import random
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ascpi.desktop import clock
from ascpi.desktop.clock import ticks_us
from ascpi.desktop.motor import GlyphOptions, LoadedMotor
from ascpi.errors import NodeFailed
from ascpi_core import VERSION
from ascpi_core.lines import error_line, note_line
from ascpi_core.node import Node
from ascpi_core.runner import Runner
from ascpi_core.settings import ROWS, NodeSettings, check_settings
from ascpi_core.ssep import Tagger
from ascpi_core.telemetry import node_event_line, report_line

SPIN_US = 1_500
"""The event loop wakes on whole milliseconds: the rest before a θ is waited for."""
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
        self._loaded: LoadedMotor | None = None
        if options.glyphs is not None:
            # Another one at each start, also where --seed is given: it names a new journal.
            name = (seed + options.epoch * EPOCH_STRIDE) & SEED_MASK
            self._loaded = LoadedMotor(core_settings, options.glyphs, name, say)
        motor = None if self._loaded is None else self._loaded.motor
        self.node = Node(core_settings, options.epoch, seed, ticks_us(), tagger, motor)
        self.runner = Runner(self.node, self, clock, SPIN_US)
        self.send_failures = 0
        self._options = options
        self._say = say
        self._trouble = ""
        self._wake = asyncio.Event()
        self._transport: asyncio.DatagramTransport | None = None
        self._started_ns = time.monotonic_ns()

    # asyncio.DatagramProtocol

    def datagram_received(self, data: bytes, addr: object) -> None:
        """A datagram, of whatever kind: the core judges it."""
        if self.runner.heard(data, len(data), ticks_us()):
            self._wake.set()

    def error_received(self, exc: Exception) -> None:
        """An ICMP answer to something that we sent: nobody there at the moment."""
        self.send_failures += 1

    # What takes packets, for the runner

    @property
    def is_open(self) -> bool:
        """Whether packets can go."""
        return self._transport is not None

    def send(self, packet: bytearray) -> bool:
        """Send one; False if the network takes none."""
        if self._transport is None:
            return False
        self._transport.sendto(bytes(packet), self._options.broadcast)
        return True

    # Running

    async def run(self, seconds: float | None = None) -> None:
        """Take part until cancelled, or for so many seconds. NodeFailed if the port is taken."""
        loop = asyncio.get_running_loop()
        try:
            opened = open_socket(self._options.bind)
            self._transport, _ = await loop.create_datagram_endpoint(lambda: self, sock=opened)
            self._introduce(opened.getsockname())
            await asyncio.wait_for(asyncio.gather(self._drive(), self._tell()), seconds)
        except asyncio.TimeoutError:
            pass
        finally:
            if self._transport is not None:
                self._transport.close()
            if self._loaded is not None:
                self._loaded.close()

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
        """Let the runner do what is due, for ever.

        A write to the disk holds the event loop up for as long as the disk takes, which receive
        times survive: a late packet is not among the best ones that clocks are judged by.
        """
        while True:
            self._wake.clear()
            wait_us = self.runner.step(ticks_us())
            try:
                await asyncio.wait_for(self._wake.wait(), wait_us / 1e6)
            except asyncio.TimeoutError:
                continue

    async def _tell(self) -> None:
        """Telemetry, as a board writes it."""
        node = self.node
        due_ms = 0
        lonely_said = False
        while True:
            while node.events.pop():
                self._say(node_event_line(node))
            self._tell_trouble()
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

    def _tell_trouble(self) -> None:
        """What is wrong with the glyphs' journal, once."""
        trouble = "" if self._loaded is None else self._loaded.motor.journal.trouble
        if trouble != self._trouble:
            self._trouble = trouble
            if trouble:
                self._say(error_line(trouble))

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
