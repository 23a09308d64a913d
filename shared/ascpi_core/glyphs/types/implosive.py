"""Implosive: it gathers. Each turn its κ rises and ΔΦ of the glyphs around it goes towards 0."""

from ...fixed import const
from ..kind import Kind, count_word, get_word, put_word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..glyph import Glyph
    from ..kind import World

GATHERING_SHIFT = const(3)
"""An eighth of the way, each turn."""

GATHERING_FLASH_MS = const(40)


class Implosive(Kind):
    """State: 0 turns (30 bits) · 4 its ΔΦ after the last one (Q15)."""

    NAME = "implosive"
    NUMBER = 1

    def step(self, glyph: "Glyph", world: "World") -> None:
        """Gather, and flash blue: the more is left to gather, the longer (40 … 168 ms)."""
        # What it says is what it found: after it there is nothing left to see.
        world.flash(0, 40, 255, GATHERING_FLASH_MS + (glyph.dphi >> 8))
        world.raise_kappa(glyph, GATHERING_SHIFT)
        world.pull_dphi(GATHERING_SHIFT)
        count_word(glyph.state, 0)
        put_word(glyph.state, 4, glyph.dphi)

    def describe(self, state: bytes | bytearray) -> str:
        return describe_gathering(state)


def describe_gathering(state: bytes | bytearray) -> str:
    """Turns, and ΔΦ to thousandths; an explosive's state is the same."""
    thousandths = get_word(state, 4) * 1000 + 0x4000 >> 15
    return "turns=%d dphi=%d.%03d" % (
        get_word(state, 0),
        thousandths // 1000,
        thousandths % 1000,
    )
