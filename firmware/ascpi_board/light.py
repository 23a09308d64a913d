"""The light: phase as brightness and, where it has colours, band as colour."""

from ascpi_core.fixed import const, ticks_add, ticks_diff
from ascpi_core.settings import LIGHT_NEOPIXEL, LIGHT_NONE, LIGHT_PLAIN

from .clock import clock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ascpi_core.settings import BoardSettings

_SHOW_US = const(20_000)
_WARN_EVERY = const(100)
_WARN_US = const(125_000)
_WARN_RED = const(255)


class Light:
    """No light at all; the others override both methods."""

    def show(self, theta: int, band: int) -> None:
        """Show a phase (2^-28 turn) and a band."""

    def colour(self, red: int, green: int, blue: int) -> None:
        """Show a colour, 0 … 255 each, or how bright it is."""


class Overlay:
    """A light, and a colour that lies over it for a while, as glyphs flash. The last one is seen.

    `cover` only says so; `draw` shows it, where that is in nobody's way. `warns`: red blinks over
    all, for safe mode.
    """

    def __init__(self, light: Light, warns: bool) -> None:
        self._light = light
        self._warns = warns
        self._shown = 0
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

    def show(self, theta: int, band: int, now: int) -> int:
        """Show the colour as long as it lasts, then the phase and the band; µs until again."""
        if self._warns:
            self._shown = (self._shown + 1) % _WARN_EVERY
            if not self._shown:
                self.cover(_WARN_RED, 0, 0, _WARN_US)
        left_us = ticks_diff(self._end, now) if self._is_on else 0
        if left_us > 0:
            self.draw()
            return min(left_us, _SHOW_US)
        self._is_on = False
        self._light.show(theta, band)
        return _SHOW_US


def make_light(config: "BoardSettings") -> Light:
    """The light that the configuration asks for. ValueError if the pin does not exist.

    Only its own module is loaded.
    """
    if config.light == LIGHT_NONE:
        return Light()
    if config.light == LIGHT_NEOPIXEL:
        from .light_neopixel import NeoPixelLight

        return NeoPixelLight(config)
    if config.light == LIGHT_PLAIN:
        from .light_plain import PlainLight

        return PlainLight(config)
    from .light_pwm import PwmLight

    return PwmLight(config)
