"""Watchdog, the tasks' signs of life, and how long the board has been up."""

import time

import machine

from ascpi_core.fixed import const

_WATCHDOG_MS = const(8_000)
_ASIDE_MS = const(3_600_000)
"""On the way to the REPL: an ESP32's watchdog cannot be stopped, but it can be put off."""


class Watchdog:
    """There is one on a chip; once started it runs until the chip is reset."""

    def __init__(self) -> None:
        self._started: "machine.WDT | None" = None

    def start(self) -> None:
        """From now on it wants to be fed."""
        self._started = machine.WDT(timeout=_WATCHDOG_MS)

    def feed(self) -> None:
        """All is well for another 8 s."""
        if self._started is not None:
            self._started.feed()

    def put_off(self) -> None:
        """Leave an hour for whoever works at the REPL."""
        if self._started is not None:
            machine.WDT(timeout=_ASIDE_MS)


watchdog = Watchdog()


class Health:
    """Each task calls `alive` with its number; `check` feeds the watchdog if all have."""

    def __init__(self, tasks: int) -> None:
        self._alive = [True] * tasks

    def alive(self, task: int) -> None:
        """A task has come round."""
        self._alive[task] = True

    def check(self) -> bool:
        """Once a second: True, and the watchdog is fed, if every task came round since."""
        for alive in self._alive:
            if not alive:
                return False
        for task in range(len(self._alive)):
            self._alive[task] = False
        watchdog.feed()
        return True


class UpTime:
    """Milliseconds since the start, past every wrap of the ticks; ask at least each 4 minutes."""

    def __init__(self) -> None:
        self.ms = 0
        self._last = time.ticks_ms()

    def update(self) -> int:
        """ms since this object was made."""
        now = time.ticks_ms()
        self.ms += time.ticks_diff(now, self._last)
        self._last = now
        return self.ms
