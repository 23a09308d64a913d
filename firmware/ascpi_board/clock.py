"""The board's clock, in one place for all that ask it, so that a test harness can put it on."""

import time


class Clock:
    """`ticks_us`: µs modulo 2^30. Ask for it anew each time: who keeps it keeps an old clock."""

    def __init__(self) -> None:
        self.ticks_us = time.ticks_us


clock = Clock()
