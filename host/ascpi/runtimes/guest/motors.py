"""Nine nodes with motors and glyphs: what hearing of each other's glyphs, running their own and
offering them costs. Nothing is written to a flash meanwhile, so no offer comes to its end.
"""

import binascii

from ascpi.runtimes.guest.glyphs import Bench
from ascpi.runtimes.guest.steady import NODES, World
from ascpi_core.glyphs.glyph import CAPACITY, Glyph
from ascpi_core.glyphs.motor import Motor
from ascpi_core.glyphs.types import builtin
from ascpi_core.node import Node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ascpi_core.settings import NodeSettings
    from ascpi_core.ssep import Tagger

GLYPHS = 8
ENERGY = 100_000
KINDS = (1, 2, 3, 4, 5, 6)
WRITES_PER_HOUR = 36_000


class MemoryFile:
    """A journal's file that is kept in memory."""

    def __init__(self) -> None:
        self.data = b""

    def read(self, offset: int, count: int) -> bytes:
        return self.data[offset : offset + count]

    def append(self, data: memoryview) -> None:
        self.data += bytes(data)

    def replace(self, data: memoryview) -> None:
        self.data = bytes(data)


class MotorWorld(World):
    """As `World`; the first node has twice the glyphs, and so offers some to the others."""

    def make(self, chosen: "NodeSettings", index: int, tagger: "Tagger | None") -> Node:
        now = self.now(index)
        motor = Motor(
            chosen,
            builtin(),
            Bench(),
            MemoryFile(),
            binascii.crc32,
            77 + index,
            now,
            WRITES_PER_HOUR,
        )
        node = Node(chosen, 1, 77 + index, now, tagger, motor)
        count = GLYPHS if index else 2 * GLYPHS
        for number in range(count):
            motor.bear(KINDS[number % len(KINDS)], (1 << 28) // count * number, ENERGY)
        motor.flush(now)
        # A slot is made when it is first needed; here all are.
        while len(motor.holding.slots) < CAPACITY:
            motor.holding.slots.append(Glyph())
        return node

    def step(self) -> None:
        super().step()
        for index in range(NODES):
            motor = self.nodes[index].motor
            if motor is None:
                continue
            now = self.now(index)
            motor.time_until_due(now)
            motor.run(now)
            motor.hurried(now)
