"""A few hand-offs wired to each other by hand: each packet and each write is a test's to make."""

import binascii
from types import SimpleNamespace
from typing import Any

from ascpi_core.fixed import Prng
from ascpi_core.glyphs.glyph import LIFETIME_ENDLESS, Glyph, GlyphTable
from ascpi_core.glyphs.handoff import HandOff
from ascpi_core.glyphs.journal import Journal
from ascpi_core.glyphs.lifecycle import HELD, ON_SPAWN
from ascpi_core.glyphs.messages import Message
from ascpi_core.peers import EventRing
from ascpi_core.ssep import (
    ACCEPTED,
    PACKET_BYTES,
)

KIND = 5


class Files:
    """A flash that keeps what it is given, and refuses while `error` is set."""

    def __init__(self, content: bytes = b"") -> None:
        self.content = content
        self.error = False

    def read(self, offset: int, count: int) -> bytes:
        if self.error:
            raise OSError(5, "input/output error")
        return self.content[offset : offset + count]

    def append(self, data: memoryview) -> None:
        if self.error:
            raise OSError(28, "no space")
        self.content += bytes(data)

    def replace(self, data: memoryview) -> None:
        if self.error:
            raise OSError(28, "no space")
        self.content = bytes(data)


class Kinds:
    def by_number(self, number: int) -> Any:
        return SimpleNamespace(ROAMS=False) if number == KIND else None


class Party:
    """One node's hand-offs. `packets` are those that it has sent, of its own and in full."""

    def __init__(self, node_id: int, content: bytes = b"", seed: int = 0) -> None:
        self.node_id = node_id
        self.now = 1000
        self.files = Files(content)
        self.epoch = 1
        self.refused = self.silent = 0
        """Offers that were refused, and that nobody answered."""
        self._start(seed or node_id)

    def _start(self, seed: int) -> None:
        self.holding = GlyphTable(0, 0)
        self.ledger = self.holding.ledger
        self.journal = Journal(self.files, binascii.crc32, self.holding, seed, self.now)
        self.journal.load(self.now)
        self.events = self.holding.events = EventRing()
        self.hand_off = HandOff(
            self.node_id,
            self.holding,
            self.journal,
            Kinds(),  # type: ignore[arg-type]
            Prng(seed),
        )
        self.hand_off.may_receive = True
        self.hand_off.restore(self.now)
        self.balanced()

    def reset(self, content: bytes | None = None) -> None:
        """Lose power, and start with what the flash holds (or with this)."""
        if content is not None:
            self.files.content = content
        self.epoch += 1
        self._start(self.node_id + 1000 * self.epoch)

    def bear(self, energy: int = 100) -> Glyph:
        glyph = self.holding.free_slot()
        assert glyph is not None
        glyph.birth_node, glyph.birth_count = self.node_id, self.journal.next_birth()
        glyph.kind, glyph.energy, glyph.lifetime = KIND, energy, LIFETIME_ENDLESS
        glyph.state[:3] = b"abc"
        assert self.holding.move(glyph, ON_SPAWN)
        self.flush()
        assert glyph.standing == HELD
        return glyph

    def offer(self, glyph: Glyph, to: "Party") -> None:
        assert self.hand_off.offer(glyph, to.node_id, True, self.epoch, self.now)

    def flush(self) -> None:
        durable: list[Glyph] = []
        self.journal.flush(self.now, durable)
        for glyph in durable:
            self.hand_off.written(glyph)
        self.balanced()

    def speak(self) -> list[bytes]:
        """Every packet that is due now."""
        packets: list[bytes] = []
        message = Message()
        while True:
            if not self.hand_off.replies.take(message):
                glyph = self.hand_off.next_due(self.now)
                if glyph is None:
                    return packets
                self.hand_off.describe(glyph, message)
                self.hand_off.said(glyph, self.now)
            message.node_id, message.epoch = self.node_id, self.epoch
            packet = bytearray(PACKET_BYTES)
            message.encode(packet)
            packets.append(bytes(packet))

    def hear(self, *packets: bytes) -> None:
        for packet in packets:
            message = Message()
            assert message.decode(packet) == ACCEPTED
            if message.to == self.node_id:
                self.refused += self.hand_off.take(message, self.now)
            self.balanced()

    def wait(self, duration_us: int) -> None:
        self.now += duration_us
        self.silent += self.hand_off.expired(self.now) != 0

    def has(self, glyph: tuple[int, int]) -> bool:
        """Whether it would run here."""
        found = self.holding.find(*glyph)
        return found is not None and found.standing == HELD

    def standing(self, glyph: tuple[int, int]) -> int:
        found = self.holding.find(*glyph)
        return found.standing if found is not None else 0

    def balanced(self) -> None:
        assert self.ledger.imbalance(self.holding.energy) == 0


def id_of(glyph: Glyph) -> tuple[int, int]:
    return glyph.birth_node, glyph.birth_count


def kinds_of(packets: list[bytes]) -> list[int]:
    return [packet[3] for packet in packets]


def converse(*parties: Party, rounds: int = 12) -> None:
    """Everybody speaks, everybody hears, everybody writes; for a few rounds of a second."""
    for _ in range(rounds):
        for _ in range(4):
            for party in parties:
                packets = party.speak()
                for other in parties:
                    if other is not party:
                        other.hear(*packets)
            for party in parties:
                party.flush()
        for party in parties:
            party.wait(1_000_000)
