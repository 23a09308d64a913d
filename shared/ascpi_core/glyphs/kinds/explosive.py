"""Explosive: an implosive's opposite. Its κ falls and ΔΦ of the glyphs around it goes to 1."""

from ..kind import Kind, count_word, put_word
from . import implosive

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..glyph import Glyph
    from ..world import World

RATE_SHIFT = implosive.RATE_SHIFT
SHORTEST_MS = implosive.SHORTEST_MS


class Explosive(Kind):
    """State: 0 turns (30 bits) · 4 its ΔΦ after the last one (Q15)."""

    NAME = "explosive"
    NUMBER = 2

    def step(self, glyph: "Glyph", world: "World") -> None:
        """Scatter, and flash red: the further it has come, the longer (40 … 168 ms)."""
        world.lower_kappa(glyph, RATE_SHIFT)
        world.push_dphi(RATE_SHIFT)
        world.flash(255, 24, 0, SHORTEST_MS + (glyph.dphi >> 8))
        count_word(glyph.state, 0)
        put_word(glyph.state, 4, glyph.dphi)

    def describe(self, state: bytes | bytearray) -> str:
        return implosive.describe(state)
