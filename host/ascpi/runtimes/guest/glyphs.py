"""A node full of glyphs of all built-in types, for measuring what the schedule costs.

As in `steady`, everything here allocates only when it is made.
"""

from ascpi_core.glyphs.glyph import CAPACITY, LIFETIME_ENDLESS, GlyphTable
from ascpi_core.glyphs.kind import World, put_word
from ascpi_core.glyphs.lifecycle import HELD
from ascpi_core.glyphs.motor import Schedule
from ascpi_core.glyphs.types import builtin
from ascpi_core.peers import EventRing
from ascpi_core.phase import SHARED

NODE_ID = 7
LOOKS = 64
"""Times in a turn that a node is asked what is due."""
LOOK_ARC = (1 << 28) // LOOKS
ENERGY = 400_000


class Bench(World):
    """A world with pins, whose readings go from one end to the other, and a light that counts."""

    def __init__(self) -> None:
        super().__init__()
        self.flashes = 0
        self.reading = 0

    def flash(self, red: int, green: int, blue: int, duration_ms: int) -> None:
        if (red | green | blue) > 255 or duration_ms <= 0:
            raise ValueError("no colour")
        self.flashes += 1

    def read(self, pin: int) -> int:
        self.reading = 65535 - self.reading
        return self.reading


class Full:
    """`CAPACITY` glyphs, evenly round the turn or all `together`, and their schedule."""

    def __init__(self, together: bool) -> None:
        self.world = Bench()
        self.holding = self.world.holding = GlyphTable(0, 4096)
        self.world.node_id = NODE_ID
        registry = builtin()
        self.holding.events = EventRing()
        self.schedule = Schedule(self.holding, registry, self.world, NODE_ID)
        self.schedule.mode = SHARED
        self.theta = 0
        self.clock = _standing_clock
        names = registry.names()
        for index in range(CAPACITY):
            glyph = self.holding.free_slot()
            if glyph is None:
                raise ValueError("no room")
            kind = registry.by_name(names[index % len(names)])
            if kind is None:
                raise ValueError("no such type")
            glyph.birth_node = NODE_ID
            glyph.birth_count = index
            glyph.kind = kind.NUMBER
            glyph.theta = 0x1234567 if together else (index << 23) + 3
            glyph.dphi = index * 1000
            glyph.kappa = 32767 - index * 1000
            glyph.energy = ENERGY + index
            glyph.lifetime = LIFETIME_ENDLESS
            # Counts are about to come round to 0.
            put_word(glyph.state, 0, 0x3FFFFFFF - index if kind.NAME != "sampler" else index)
            glyph.standing = HELD
            self.holding.ledger.born += glyph.energy
        self.holding.touch()
        for glyph in self.holding.slots:
            self.schedule.start(glyph)

    def advance(self) -> int:
        """A part of a turn passes: how far it then is until one is due."""
        self.theta = (self.theta + LOOK_ARC) & 0xFFFFFFF
        return self.schedule.arc_until_due(self.theta)

    def look(self) -> int:
        """A part of a turn passes: how many glyphs ran in it."""
        return self.schedule.run(self.theta, self.clock) if self.advance() == 0 else 0


def _standing_clock() -> int:
    """Ticks that stand still."""
    return 0
