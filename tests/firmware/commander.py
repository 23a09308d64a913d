"""A node on the air that gives orders to boards, and holds no glyph itself: for tests.

It beacons as a real node does, so that its orders are taken, but says that it has no room: nobody
entrusts a glyph to it.
"""

import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType

from ascpi_core.fixed import ONE
from ascpi_core.glyphs.glyph import CAPACITY, LIFETIME_ENDLESS, glyph_name
from ascpi_core.glyphs.messages import Message
from ascpi_core.layout import ORDER_OUTCOMES
from ascpi_core.node import Node
from ascpi_core.settings import ROWS, NodeSettings, check_settings
from ascpi_core.ssep import (
    KIND_ANSWER,
    KIND_BEACON,
    KIND_ORDER,
    PACKET_BYTES,
    VERB_KILL,
    VERB_MOVE,
    VERB_SPAWN,
)

DEADLINE_S = 20.0
REPEAT_S = 0.1
_LOOK_S = 0.002
_TICKS_MASK = (1 << 30) - 1
_GLYPH_COUNT_OFFSET = 43
_KIND_OFFSET = 3


@dataclass(frozen=True)
class Answer:
    outcome: str
    glyph: str


class Commander:
    """`with Commander(9, air.address) as commander: commander.spawn(1, kind=5)`."""

    def __init__(self, node_id: int, air: tuple[str, int]) -> None:
        values, mistakes = check_settings({"id": node_id}, ROWS)
        assert not mistakes, mistakes
        self._node = Node(NodeSettings(values), 1, node_id, _ticks())
        self._node.reception.deliver(self, Message())
        self._air = air
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(_LOOK_S)
        self._lock = threading.Lock()
        self._answers: dict[int, Message] = {}
        self.on_packet: Callable[[Message], None] | None = None
        """Told of every packet about glyphs that is heard; the message is used again after it."""
        self._numbers = int(time.time()) & 0xFFFF
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Commander":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopped.set()
        self._thread.join(DEADLINE_S)
        self._socket.close()

    def spawn(
        self,
        to: int,
        kind: int,
        theta: float = 0.0,
        energy: int = 1000,
        lifetime: int = LIFETIME_ENDLESS,
        state: bytes = b"",
        deadline_s: float = DEADLINE_S,
    ) -> str:
        """Have a glyph born on board `to`; its id. AssertionError if that is refused."""
        message = Message()
        message.verb = VERB_SPAWN
        message.kind = kind
        message.theta = round(theta * (1 << 28)) & ((1 << 28) - 1)
        message.energy = energy
        message.lifetime = lifetime
        message.kappa = ONE >> 3
        message.state[: len(state)] = state
        answer = self.order(to, message, deadline_s)
        assert answer.outcome == ORDER_OUTCOMES[0], answer
        return answer.glyph

    def kill(self, to: int, glyph: str) -> Answer:
        """Have a glyph ended."""
        return self.order(to, self._about(glyph, VERB_KILL))

    def move(self, to: int, glyph: str, target: int) -> Answer:
        """Have a glyph handed on to board `target`."""
        message = self._about(glyph, VERB_MOVE)
        message.target = target
        return self.order(to, message)

    def order(self, to: int, message: Message, deadline_s: float = DEADLINE_S) -> Answer:
        """Send an order until it is answered."""
        end_s = time.monotonic() + deadline_s
        with self._lock:
            self._numbers += 1
            message.number = number = self._numbers
        message.message_kind = KIND_ORDER
        message.to = to
        while time.monotonic() < end_s:
            with self._lock:
                found = self._answers.pop(number, None)
                if found is not None:
                    glyph = glyph_name(found.birth_node, found.birth_count)
                    return Answer(ORDER_OUTCOMES[found.outcome], glyph)
                self._send(message)
            self._stopped.wait(REPEAT_S)
        raise AssertionError(f"board {to} did not answer within {deadline_s} s")

    def take(self, message: Message, now: int) -> None:
        """Called by the node for each packet about glyphs."""
        if self.on_packet is not None:
            self.on_packet(message)
        if message.message_kind == KIND_ANSWER and message.to == self._node.node_id:
            kept = Message()
            kept.outcome = message.outcome
            kept.birth_node, kept.birth_count = message.birth_node, message.birth_count
            self._answers[message.number] = kept

    def _about(self, glyph: str, verb: int) -> Message:
        message = Message()
        message.verb = verb
        node, _, count = glyph.partition(".")
        message.birth_node, message.birth_count = int(node), int(count)
        return message

    def _send(self, message: Message) -> None:
        """To a board that is heard; others would not take it."""
        peer = self._node.field.membership.find(message.to)
        if peer is None or not peer.present:
            return
        packet = bytearray(PACKET_BYTES)
        message.node_id = self._node.node_id
        message.to_epoch = peer.epoch
        self._node.transmission.count(message, _ticks())
        message.encode(packet)
        self._socket.sendto(packet, self._air)

    def _run(self) -> None:
        packet = bytearray(PACKET_BYTES)
        while not self._stopped.is_set():
            try:
                heard = self._socket.recv(2 * PACKET_BYTES)
            except TimeoutError:
                heard = b""
            with self._lock:
                if heard:
                    self._node.receive(heard, len(heard), _ticks())
                self._node.tick(_ticks())
                if self._node.poll(packet, _ticks()):
                    if packet[_KIND_OFFSET] == KIND_BEACON:
                        packet[_GLYPH_COUNT_OFFSET] = CAPACITY
                    self._socket.sendto(packet, self._air)
                while self._node.events.pop():
                    pass


def _ticks() -> int:
    return time.monotonic_ns() // 1000 & _TICKS_MASK
