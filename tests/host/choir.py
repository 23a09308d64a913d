"""Nodes that say of their glyphs what a test wants them to, and who listens."""

from functools import reduce

from ascpi.glyphs.roster import Roster
from ascpi_core.glyphs.glyph import digest_add, fingerprint
from ascpi_core.glyphs.lifecycle import HELD
from ascpi_core.glyphs.messages import Message
from ascpi_core.ssep import KIND_GLYPH, PACKET_BYTES, Beacon
from tests.host.glyph_field import COUNTER

SECOND_US = 1_000_000
Glyphs = dict[tuple[int, int], int]


def digest_of(glyphs: Glyphs) -> int:
    return reduce(digest_add, [fingerprint(*ident, hops) for ident, hops in glyphs.items()], 0)


class Voice:
    """A node that says what it is told to; `holds` are hops by id."""

    def __init__(self, roster: Roster, node_id: int) -> None:
        self.roster = roster
        self.node_id = node_id
        self.holds: Glyphs = {}
        self.epoch = 1
        self.sequence = 0

    def beacon(self, at_us: int) -> None:
        beacon = Beacon()
        beacon.node_id, beacon.epoch, beacon.sequence = self.node_id, self.epoch, self.sequence
        beacon.glyph_digest, beacon.glyph_count = digest_of(self.holds), len(self.holds)
        beacon.energy = 100 * len(self.holds)
        self.sequence += 1
        packet = bytearray(PACKET_BYTES)
        beacon.encode(packet)
        self.roster.hear(packet, at_us)

    def tell(self, ident: tuple[int, int], at_us: int, standing: int = HELD, **more: int) -> None:
        message = Message()
        message.message_kind, message.kind, message.standing = KIND_GLYPH, COUNTER, standing
        message.node_id, message.epoch, message.sequence = self.node_id, self.epoch, self.sequence
        message.birth_node, message.birth_count = ident
        message.hops = self.holds.get(ident, 0)
        message.energy, message.lifetime = 100, 0xFFFFFF
        for name, value in more.items():
            setattr(message, name, value)
        self.sequence += 1
        packet = bytearray(PACKET_BYTES)
        message.encode(packet)
        self.roster.hear(bytes(packet), at_us)

    def tell_all(self, at_us: int) -> None:
        for ident in self.holds:
            self.tell(ident, at_us)
        self.beacon(at_us)

    def restart(self) -> None:
        self.epoch += 1
        self.sequence = 0


class Choir:
    """Some voices, and a clock; `sing` lets all of them tell all, and a beacon, once a second."""

    def __init__(self, *nodes: int) -> None:
        self.roster = Roster()
        self.voices = {node_id: Voice(self.roster, node_id) for node_id in nodes}
        self.now_us = SECOND_US

    def __getitem__(self, node_id: int) -> Voice:
        return self.voices[node_id]

    def sing(self, seconds: int, *silent: int) -> None:
        for _ in range(seconds * 2):
            for voice in self.voices.values():
                if voice.node_id not in silent:
                    voice.tell_all(self.now_us)
            self.now_us += SECOND_US // 2

    def kinds(self) -> list[str]:
        return [finding.kind for finding in self.roster.findings(self.now_us)]

    def problems(self) -> list[str]:
        return self.roster.problems(self.now_us)

    @property
    def text(self) -> str:
        return self.roster.account(self.now_us).text


G, H = (7, 129), (3, 5)


def choir_of_two() -> Choir:
    """Two nodes; 3 holds G after two moves, and H."""
    made = Choir(3, 5)
    made[3].holds = {G: 2, H: 0}
    made.sing(3)
    assert made.problems() == []
    return made
