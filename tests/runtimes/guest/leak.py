"""Is an allocation found? The check of allocation on a core made worse:
`-m … list|overflow|glyph`."""

import gc
import sys

from ascpi.runtimes.guest import allocation, steady
from ascpi.runtimes.guest.glyphs import Full
from ascpi_core.glyphs.types.pulse import Pulse
from ascpi_core.node import Node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ascpi_core.glyphs.glyph import Glyph
    from ascpi_core.glyphs.kind import World

_theta = Node.theta


def listing(self: Node, now: int) -> int:
    """Allocates on every runtime."""
    return [_theta(self, now)][0]


def overflowing(self: Node, now: int) -> int:
    """Allocates where a small integer has 31 bits, and there only in half of all moments."""
    return (_theta(self, now) << 3) & 0xFFFFFFF


def lettering(self: Pulse, glyph: "Glyph", world: "World") -> None:
    """A step that makes a text."""
    world.say(f"turn {glyph.passes}")


def main() -> None:
    gc.disable()
    tally = allocation.Tally()
    if sys.argv[1] == "glyph":
        Pulse.step = lettering  # type: ignore[method-assign]
        tally.glyphs("a text", Full(False))
        sys.exit(tally.failed)
    Node.theta = overflowing if sys.argv[1] == "overflow" else listing  # type: ignore[method-assign]
    tally.row(steady.LOCKED, "as they are", [allocation.bases_by_eighths()], 1)
    if tally.failed:
        sys.exit(1)


if __name__ == "__main__":
    main()
