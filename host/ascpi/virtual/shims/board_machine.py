"""`machine`: pins, watchdog, resets, identity, the RTC's memory."""

from machine import idle, mem8, mem16, mem32  # noqa: F401  what a board has too
from utime import sleep_ms as _sleep_ms
from utime import ticks_us as _true_us

import board_page
from board_page import page, ring
from board_pins import ADC, PWM, Pin  # noqa: F401
from board_wires import input_register

PWRON_RESET = 1
HARD_RESET = 2
WDT_RESET = 3
DEEPSLEEP_RESET = 4
SOFT_RESET = 5

_REQUEST_SOFT_RESET = const(1)
_REQUEST_RESET = const(2)

# Where the levels of its input pins stand, as GPIO_IN_REG of a chip; 0: it has no wires.
INPUT_REGISTER = input_register()

_frequency_hz = 160000000
_unique_id = bytes(6)


def attach(parameters):
    global _unique_id
    # A locally administered address: the id as in the configuration, in its last four bytes.
    _unique_id = b"\x02\xa5" + parameters["node_id"].to_bytes(4, "big")


def unique_id():
    return _unique_id


def freq(hertz=None):
    global _frequency_hz
    if hertz is None:
        return _frequency_hz
    _frequency_hz = hertz


def reset_cause():
    return page.reset_cause


def _request(what):
    page.request = what
    ring()
    while True:  # the supervisor ends this process
        _sleep_ms(1000)


def reset():
    _request(_REQUEST_RESET)


def soft_reset():
    _request(_REQUEST_SOFT_RESET)


def disable_irq():
    return 0


def enable_irq(state):
    pass


class WDT:
    """Unfed for `timeout` ms it resets the board, whatever the firmware is doing.

    It cannot be stopped, and a soft reset does not stop it: the supervisor keeps the time.
    """

    def __init__(self, id=0, timeout=5000):
        if id != 0:
            raise ValueError("WDT(%d) doesn't exist" % id)
        if timeout <= 0:
            raise ValueError("WDT timeout too short")
        self.feed()
        page.watchdog_timeout_us = timeout * 1000
        ring()

    def feed(self):
        page.watchdog_fed_us = _true_us()


class RTC:
    """Only its memory, which every reset leaves as it is."""

    def memory(self, data=None):
        kept = board_page.rtc
        if data is None:
            return bytes(kept[2 : 2 + (kept[0] | kept[1] << 8)])
        if len(data) > board_page.RTC_BYTES:
            raise ValueError("buffer too long")
        kept[0] = len(data) & 0xFF
        kept[1] = len(data) >> 8
        kept[2 : 2 + len(data)] = data
