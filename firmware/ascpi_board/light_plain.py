"""A light that is on or off."""

import machine

from ascpi_core.fixed import const
from ascpi_core.phase import brightness

from .light import Light

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ascpi_core.settings import BoardSettings

_HALF = const(128)


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
