"""Colours, and Rich styles made of them once."""

import colorsys
from functools import lru_cache

from rich.color import Color
from rich.style import Style

from ascpi_core.phase import BAND_COLOURS

Rgb = tuple[int, int, int]

BACKGROUND: Rgb = (11, 14, 20)
TEXT: Rgb = (205, 214, 224)
DIM: Rgb = (104, 116, 132)
FAINT: Rgb = (46, 50, 56)
GOOD: Rgb = (90, 220, 140)
BAD: Rgb = (255, 110, 90)
WHITE: Rgb = (245, 248, 252)


def mixed(one: Rgb, other: Rgb, share: float) -> Rgb:
    """`share` (0 … 1) of `other` in `one`."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def band_colour(band: int) -> Rgb:
    """A band's colour as a screen shows it: an LED's pure blue would be hard to read here."""
    return mixed(BAND_COLOURS[band], WHITE, 0.22)


@lru_cache(maxsize=256)
def node_colour(index: int, count: int) -> Rgb:
    """Told apart: from cyan by way of violet, further round the circle the more there are."""
    span = min(0.94, 0.16 * count)
    hue = 0.5 + span * index / max(count - 1, 1)
    red, green, blue = colorsys.hls_to_rgb(hue % 1.0, 0.70, 0.95)
    return round(red * 255), round(green * 255), round(blue * 255)


@lru_cache(maxsize=16384)
def style(foreground: Rgb | None, background: Rgb | None = None, bold: bool = False) -> Style:
    return Style(
        color=None if foreground is None else Color.from_rgb(*foreground),
        bgcolor=None if background is None else Color.from_rgb(*background),
        bold=bold or None,
    )
