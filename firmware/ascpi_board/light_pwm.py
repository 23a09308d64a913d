"""A light that is dimmed in hardware."""

import machine

from ascpi_core.fixed import const
from ascpi_core.phase import brightness

from .light import Light

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ascpi_core.settings import BoardSettings

_PWM_HZ = const(1000)


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
