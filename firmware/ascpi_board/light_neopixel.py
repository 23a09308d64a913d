"""A chain of NeoPixels."""

import machine
import neopixel

from ascpi_core.phase import BAND_COLOURS, brightness, scaled

from .light import Light

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ascpi_core.settings import BoardSettings


class NeoPixelLight(Light):
    """A chain of NeoPixels, all alike."""

    def __init__(self, config: "BoardSettings") -> None:
        self._count = config.pixels
        self._pixels = neopixel.NeoPixel(machine.Pin(config.light_pin), config.pixels)
        self._shown = -1
        self._colour = (0, 0, 0)

    def show(self, theta: int, band: int) -> None:
        level = brightness(theta)
        shown = level << 2 | band
        if shown == self._shown:
            return
        self._shown = shown
        red, green, blue = BAND_COLOURS[band]
        colour = (scaled(red, level), scaled(green, level), scaled(blue, level))
        for index in range(self._count):
            self._pixels[index] = colour
        self._pixels.write()

    def colour(self, red: int, green: int, blue: int) -> None:
        self._shown = -1
        last = self._colour
        if last[0] != red or last[1] != green or last[2] != blue:
            self._colour = (red, green, blue)
        for index in range(self._count):
            self._pixels[index] = self._colour
        self._pixels.write()
