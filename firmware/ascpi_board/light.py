"""The light: phase as brightness and, where it has colours, band as colour."""

import machine

from ascpi_core.appearance import BAND_COLOURS, brightness, scaled
from ascpi_core.boards import NEOPIXEL, NONE, PLAIN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ascpi_core.board_settings import BoardSettings

_PWM_HZ = 1000
_HALF = 128


class Light:
    """No light at all; the others override `show`."""

    def show(self, theta: int, band: int) -> None:
        """Show a phase (2^-28 turn) and a band."""


class PlainLight(Light):
    """On in the brighter half of the turn."""

    def __init__(self, config: "BoardSettings") -> None:
        self._inverted = config.inverted
        self._pin = machine.Pin(config.light_pin, machine.Pin.OUT)
        self._on = -1

    def show(self, theta: int, band: int) -> None:
        on = 1 if brightness(theta) >= _HALF else 0
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
        duty = brightness(theta) * 257
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


def make(config: "BoardSettings") -> Light:
    """The light that the configuration asks for. ValueError if the pin does not exist."""
    if config.light == NONE:
        return Light()
    if config.light == NEOPIXEL:
        return NeoPixelLight(config)
    if config.light == PLAIN:
        return PlainLight(config)
    return PwmLight(config)
