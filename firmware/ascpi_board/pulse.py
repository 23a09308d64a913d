"""A pulse on a pin when the phase that is shown passes 0, its edge placed by a short spin.

A loop comes round when it comes round; an edge is to be right to microseconds. So the last
stretch, two milliseconds at most, is waited for with the eyes on the clock.

Steering can push the phase back over 0, or across it in one step. A pulse is therefore armed in
the far half of the turn and fired once: as 0 is reached, or at once if it has been jumped over.
"""

import asyncio

import machine

from ascpi_core.fixed import TURN, const, ticks_add, ticks_diff

from .clock import clock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ascpi_core.node import Node
    from ascpi_core.settings import BoardSettings

_EDGE_SPIN_US = const(2_000)
_EDGE_LOOK_US = const(20_000)
_QUARTER = const(1 << 26)


class PulsePin:
    """`run` as a task. `count` pulses so far; `late_us` how late the last edge was."""

    def __init__(self, node: "Node", config: "BoardSettings") -> None:
        self.count = 0
        self.late_us = 0
        self.after: "Callable[[], None] | None" = None
        """Called as soon as a pulse has begun: for what was kept waiting for it."""
        self._node = node
        self._length_us = config.pulse_us
        self._pin = machine.Pin(config.pulse_pin, machine.Pin.OUT, value=0)
        self._armed = False

    async def run(self) -> None:
        """Pulse for ever."""
        while True:
            wait_us = self._wait_us(clock.ticks_us())
            if wait_us > _EDGE_SPIN_US:
                # Half the way at most, so that a change of phase or rate is noticed.
                await asyncio.sleep_ms(max(1, min(_EDGE_LOOK_US, wait_us - _EDGE_SPIN_US) // 1000))
                continue
            self._fire(ticks_add(clock.ticks_us(), wait_us))
            if self.after is not None:
                self.after()
            await asyncio.sleep_ms(max(1, self._length_us // 1000))
            self._pin.value(0)

    def free_us(self, now: int) -> int:
        """µs for which nothing is to be done here."""
        if self._armed and self._node.shown(now) < _QUARTER:
            return 0
        return self._node.time_until_shown(0, now)

    def _wait_us(self, now: int) -> int:
        """µs until the pulse is due; a long time while it is not armed."""
        theta = self._node.shown(now)
        if not self._armed:
            self._armed = _QUARTER < theta < TURN - _QUARTER
            return _EDGE_LOOK_US
        if theta < _QUARTER:
            return 0
        return self._node.time_until_shown(0, now)

    def _fire(self, due: int) -> None:
        pin = self._pin
        ticks_us = clock.ticks_us
        while ticks_diff(due, ticks_us()) > 0:
            pass
        pin.value(1)
        self.late_us = ticks_diff(ticks_us(), due)
        self.count += 1
        self._armed = False
