"""The light that a board shows: phase as brightness, band as colour."""

from ascpi.view import colour
from ascpi.view.colour import Rgb
from ascpi_core.fixed import PHASE_MASK, TURN
from ascpi_core.phase import FULL, brightness

# An LED that is dark is still there to be seen.
_DARKEST = 0.15


def level_of(phase: float) -> float:
    """How bright a light of this phase (turns) is, 0 … 1: as on a board."""
    return brightness(int(phase * TURN) & PHASE_MASK) / FULL


def lit(phase: float, band: int) -> Rgb:
    """The LED of a board in this band, at this phase."""
    level = _DARKEST + (1 - _DARKEST) * level_of(phase)
    return colour.mixed(colour.BACKGROUND, colour.band_colour(band), level)
