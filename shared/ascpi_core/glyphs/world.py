"""What a glyph sees of its node, and how it acts on it.

This one has no lights, no pins and nobody to talk to: a board, a desktop node and a simulation
have worlds of their own that override `flash`, `read` and `say`. Nothing here allocates.
"""

from ..unit import BELOW_ONE
from .glyph import HELD, STOPPED
from .holding import Holding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .glyph import Glyph

KAPPA_LEAST = 1 << 9
"""κ is not lowered below 1/64 (Q15): a field's harmonic mean is exact down to there, and one node
with κ = 0 would uncouple all the others."""


class World:
    """The attributes are kept current by the node's motor.

    | attribute | unit | meaning |
    |---|---|---|
    | node_id | | the node on which the glyph is |
    | coherence | Q15 | C of its field; 0 when it hears nobody |
    | band | 0 … 3 | loose, forming, symbolic, shared |
    | theta | 2^-28 turn | Θ_local |
    | turn_us | µs | how long a turn takes |
    | holding | | the glyphs of this node |
    """

    def __init__(self) -> None:
        self.node_id = 0
        self.coherence = 0
        self.band = 0
        self.theta = 0
        self.turn_us = 1_000_000
        self.holding = Holding(0, 0)

    def flash(self, red: int, green: int, blue: int, duration_ms: int) -> None:
        """Show a colour, 0 … 255 each, for so long; then the light goes back to the phase."""

    def read(self, pin: int) -> int:
        """What a pin measures, 0 … 65535. ValueError or OSError if it cannot be read: a glyph that
        does not catch it is stopped."""
        raise ValueError("pin %d: this node has no pins" % pin)

    def say(self, text: str) -> None:
        """Words for whoever reads this node's serial line or screen; a few a second get there."""

    def pull_dphi(self, shift: int) -> None:
        """Move ΔΦ of each glyph here towards 0 by ΔΦ/2^shift (0 … 15), rounded up."""
        for glyph in self.holding.slots:
            if glyph.dphi and (glyph.standing == HELD or glyph.standing == STOPPED):
                glyph.dphi += -glyph.dphi >> shift
                _changed(glyph)

    def push_dphi(self, shift: int) -> None:
        """Move ΔΦ of each glyph here towards 1.0 by (1 − ΔΦ)/2^shift (0 … 15), rounded up."""
        for glyph in self.holding.slots:
            gap = BELOW_ONE - glyph.dphi
            if gap and (glyph.standing == HELD or glyph.standing == STOPPED):
                glyph.dphi -= -gap >> shift
                _changed(glyph)

    def raise_kappa(self, glyph: "Glyph", shift: int) -> None:
        """Move a glyph's κ towards 1.0 by (1 − κ)/2^shift (0 … 15), rounded up."""
        glyph.kappa -= -(BELOW_ONE - glyph.kappa) >> shift

    def lower_kappa(self, glyph: "Glyph", shift: int) -> None:
        """Move a glyph's κ towards 1/64 by what it is above it, /2^shift (0 … 15), rounded up."""
        if glyph.kappa > KAPPA_LEAST:
            glyph.kappa += -(glyph.kappa - KAPPA_LEAST) >> shift


def _changed(glyph: "Glyph") -> None:
    """A glyph that runs is written down again in time; one that is stopped waits for a better
    reason, since each of its records is a write of its own."""
    if glyph.standing == HELD:
        glyph.unsaved = True
