"""The light: phase as brightness and, where it has colours, band as colour."""

import machine

from ascpi_core.fixed import ticks_add, ticks_diff
from ascpi_core.phase import BAND_COLOURS, brightness, scaled
from ascpi_core.settings import LIGHT_NEOPIXEL, LIGHT_NONE, LIGHT_PLAIN

from . import clock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ascpi_core.settings import BoardSettings

_PWM_HZ = 1000
_HALF = 128


class Light:
    """No light at all; the others override both methods."""

    def show(self, theta: int, band: int) -> None:
        """Show a phase (2^-28 turn) and a band."""

    def colour(self, red: int, green: int, blue: int) -> None:
        """Show a colour, 0 … 255 each, or how bright it is."""


class PlainLight(Light):
    """On in the brighter half of the turn."""

    def __init__(self, config: "BoardSettings") -> None:
        self._inverted = config.inverted
        self._pin = machine.Pin(config.light_pin, machine.Pin.OUT)
        self._on = -1

    def show(self, theta: int, band: int) -> None:
        self._set(1 if brightness(theta) >= _HALF else 0)

    def colour(self, red: int, green: int, blue: int) -> None:
        self._set(1 if red | green | blue else 0)

    def _set(self, on: int) -> None:
        if on != self._on:
            self._on = on
            self._pin.value(on ^ 1 if self._inverted else on)


class PwmLight(Light):
    """One colour, dimmed in hardware."""

    def __init__(self, config: "BoardSettings") -> None:
        self._inverted = config.inverted
        self._pwm = machine.PWM(machine.Pin(config.light_pin), freq=_PWM_HZ)
        self._duty = -1

    def show(self, theta: int, band: int) -> None:
        self._set(brightness(theta) * 257)

    def colour(self, red: int, green: int, blue: int) -> None:
        self._set(max(red, green, blue) * 257)

    def _set(self, duty: int) -> None:
        if duty != self._duty:
            self._duty = duty
            self._pwm.duty_u16(65535 - duty if self._inverted else duty)


class NeoPixelLight(Light):
    """A chain of NeoPixels, all alike."""

    def __init__(self, config: "BoardSettings") -> None:
        import neopixel  # only boards that have it carry it

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


class Overlay:
    """A colour that lies over the phase for a while, as glyphs flash. The last one is seen.

    `cover` only says so; `draw` shows it, where that is in nobody's way.
    """

    def __init__(self, light: Light) -> None:
        self._light = light
        self._red = 0
        self._green = 0
        self._blue = 0
        self._end = 0
        self._is_new = False
        self._is_on = False

    def cover(self, red: int, green: int, blue: int, duration_us: int) -> None:
        """From now on for so long, below 2^29 µs."""
        self._red = red
        self._green = green
        self._blue = blue
        self._end = ticks_add(clock.ticks_us(), duration_us)
        self._is_new = True
        self._is_on = True

    def draw(self) -> None:
        """Show the colour if it has not been shown yet."""
        if self._is_new:
            self._is_new = False
            self._light.colour(self._red, self._green, self._blue)

    def left_us(self, now: int) -> int:
        """µs for which the colour covers the phase; 0 if it does not. Ask every few minutes."""
        if not self._is_on:
            return 0
        left = ticks_diff(self._end, now)
        if left <= 0:
            self._is_on = False
            return 0
        return left


def make(config: "BoardSettings") -> Light:
    """The light that the configuration asks for. ValueError if the pin does not exist."""
    if config.light == LIGHT_NONE:
        return Light()
    if config.light == LIGHT_NEOPIXEL:
        return NeoPixelLight(config)
    if config.light == LIGHT_PLAIN:
        return PlainLight(config)
    return PwmLight(config)
