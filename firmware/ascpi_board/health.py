"""Watchdog, memory and the tasks' signs of life."""

import gc
import time

import machine

_WATCHDOG_MS = 8_000
_ASIDE_MS = 3_600_000
"""On the way to the REPL: an ESP32's watchdog cannot be stopped, but it can be put off."""


class Health:
    """Each task calls `alive` with its number; `check` feeds the watchdog if all have."""

    def __init__(self, tasks: int, watchdog: bool) -> None:
        self._alive = [True] * tasks
        self._watchdog = machine.WDT(timeout=_WATCHDOG_MS) if watchdog else None

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
        if self._watchdog is not None:
            self._watchdog.feed()
        return True

    def put_aside(self) -> None:
        """Leave an hour for whoever works at the REPL."""
        if self._watchdog is not None:
            machine.WDT(timeout=_ASIDE_MS)


def collect() -> int:
    """Collect garbage at a moment that suits; bytes free after it."""
    gc.collect()
    return gc.mem_free()


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
