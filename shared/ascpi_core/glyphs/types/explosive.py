"""Explosive: an implosive's opposite. Its κ falls and ΔΦ of the glyphs around it goes to 1."""

from ..kind import Kind, count_word, put_word
from .implosive import GATHERING_FLASH_MS, GATHERING_SHIFT, describe_gathering

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..glyph import Glyph
    from ..kind import World


class Explosive(Kind):
    """State: 0 turns (30 bits) · 4 its ΔΦ after the last one (Q15)."""

    NAME = "explosive"
    NUMBER = 2

    def step(self, glyph: "Glyph", world: "World") -> None:
        """Scatter, and flash red: the further it has come, the longer (40 … 168 ms)."""
        world.lower_kappa(glyph, GATHERING_SHIFT)
        world.push_dphi(GATHERING_SHIFT)
        world.flash(255, 24, 0, GATHERING_FLASH_MS + (glyph.dphi >> 8))
        count_word(glyph.state, 0)
        put_word(glyph.state, 4, glyph.dphi)

    def describe(self, state: bytes | bytearray) -> str:
        return describe_gathering(state)
