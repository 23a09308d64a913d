"""How a node looks: phase as brightness, band as colour. The same on an LED and on a screen."""

from .trigonometry import SINE_ONE, cosine

BAND_COLOURS = ((255, 32, 0), (255, 150, 0), (0, 110, 255), (0, 255, 90))
"""Red, green, blue (0 … 255): loose red, forming amber, symbolic blue, shared green."""

FULL = 255


def brightness(theta: int) -> int:
    """0 … 255 for a phase: 255 at 0, dark at ½, as ((1 + cos)/2)², which looks even to the eye."""
    half = (cosine(theta) + SINE_ONE) >> 7
    return min(half * half >> 20, FULL)


def scaled(colour: int, level: int) -> int:
    """One channel (0 … 255) at a brightness (0 … 255)."""
    return (colour * level + 127) // FULL
