"""A folder of users' types, loaded as a board loads it, and every type run for five turns.

`-m … FOLDER`, whose last part is `glyphs`. Prints a sentence for each file left out, and a line
for each type.
"""

import os
import sys

from ascpi_core.glyphs.glyph import LIFETIME_ENDLESS, GlyphTable
from ascpi_core.glyphs.kind import World
from ascpi_core.glyphs.lifecycle import HELD
from ascpi_core.glyphs.loading import load_user_types
from ascpi_core.glyphs.motor import Schedule
from ascpi_core.glyphs.types import builtin
from ascpi_core.phase import SHARED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ascpi_core.glyphs.kind import Registry

TURNS = 5
NODE = 7


class Counting(World):
    """Counts flashes; every pin reads the same."""

    def __init__(self) -> None:
        super().__init__()
        self.flashes = 0

    def flash(self, red: int, green: int, blue: int, duration_ms: int) -> None:
        self.flashes += 1

    def read(self, pin: int) -> int:
        return 40_000


def tell(registry: "Registry", name: str) -> str:
    """Five turns of one glyph of this type."""
    world = Counting()
    world.node_id = NODE
    holding = world.holding = GlyphTable(0, 0)
    ledger = holding.ledger
    schedule = Schedule(holding, registry, world, NODE)
    schedule.mode = SHARED
    glyph = holding.free_slot()
    kind = registry.by_name(name)
    if glyph is None or kind is None:
        return "nothing"
    glyph.standing = HELD
    glyph.birth_node = NODE
    glyph.kind = kind.NUMBER
    glyph.dphi = 16384
    glyph.energy = ledger.born = 1000
    glyph.lifetime = LIFETIME_ENDLESS
    holding.touch()
    schedule.start(glyph)
    ran = 0
    for _ in range(TURNS):
        schedule.run(0x8000000, None)
        ran += schedule.run(0, None)
    if ledger.imbalance(holding.energy) or schedule.errors:
        return f"{ledger.imbalance(holding.energy)} {schedule.errors}"
    return f"ran={ran} flashes={world.flashes} {kind.describe(bytes(glyph.state[:8]))}"


def main() -> None:
    folder = sys.argv[1]
    sys.path.insert(0, folder[: folder.rindex("/")])
    registry = builtin()
    mistakes = load_user_types(
        registry,
        os.listdir(folder),
        lambda name: __import__("glyphs." + name, None, None, ("GlyphType",)),
    )
    for mistake in mistakes:
        print(mistake)
    for name in registry.names():
        print(f"{name}: {tell(registry, name)}")


if __name__ == "__main__":
    main()
