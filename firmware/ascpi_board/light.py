"""The light: phase as brightness and, where it has colours, band as colour."""

from ascpi_core.fixed import ticks_add, ticks_diff
from ascpi_core.settings import LIGHT_NEOPIXEL, LIGHT_NONE, LIGHT_PLAIN

from .clock import clock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ascpi_core.settings import BoardSettings


class Light:
    """No light at all; the others override both methods."""

    def show(self, theta: int, band: int) -> None:
        """Show a phase (2^-28 turn) and a band."""

    def colour(self, red: int, green: int, blue: int) -> None:
        """Show a colour, 0 … 255 each, or how bright it is."""


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
