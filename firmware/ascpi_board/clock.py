"""The board's clock, by one name for all that ask it, so that a test harness can put it on."""

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

ticks_us: "Callable[[], int]" = time.ticks_us
"""Ticks in µs, modulo 2^30. Ask for it by `clock.ticks_us`: who keeps it keeps an old clock."""


def use(function: "Callable[[], int]") -> None:
    """From now on the board's time is what this function gives."""
    global ticks_us
    ticks_us = function
