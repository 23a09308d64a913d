"""What runs a node, on a board and on a computer: packets in and out, and what happens at a θ.

Whoever has the ports

- hands in every datagram with the ticks at which it was heard: `heard`,
- calls `step` once the time is over that it gave back, or as soon as `heard` says so,
- takes the events out with `events.pop`.

Ports: a *link* takes packets; a *clock* gives ticks; a *pin* pulses, a *light* shows the phase;
the flash and what glyphs act on are the motor's. In steady state nothing is allocated.

A loop comes round when it comes round; a pulse's edge is to be right to microseconds. So the last
stretch before a pulse or a glyph, `spin_us` at most, is waited for with the eyes on the clock.
"""

from .fixed import const, ticks_add, ticks_diff
from .phase import Trigger, arc_until
from .ssep import PACKET_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from .glyphs.motor import Motor
    from .node import Node

    class Link(Protocol):
        """What takes packets, while it `is_open`."""

        @property
        def is_open(self) -> bool: ...
        def send(self, packet: bytearray) -> bool: ...

    class Clock(Protocol):
        """Ticks in µs, modulo 2^30."""

        def ticks_us(self) -> int: ...

    class Light(Protocol):
        """`show` a phase (2^-28 turn) and a band, and say in how many µs again; `draw` what lies
        over them and has not been seen yet."""

        def show(self, theta: int, band: int, now: int) -> int: ...
        def draw(self) -> None: ...

    class Pin(Protocol):
        """1 is a pulse."""

        def value(self, x: int, /) -> object: ...


_STEP_LONGEST_US = const(20_000)
"""A change of phase, rate or glyphs is noticed after so long."""
_STEP_LEAST_US = const(1_000)
"""From one step to the next, unless something is due at a θ."""
_BEFORE_PULSE_US = const(500)
"""A glyph due so shortly before a pulse runs after it: a step would make the pulse late."""
_AT_ONCE = const(3)
"""Packets sent in one step; what is more follows in the next: an ESP32 takes no long burst."""
_NOTHING_US = const(1 << 28)


class Runner:
    """Runs `node`. `pulses` so far."""

    def __init__(
        self,
        node: "Node",
        link: "Link",
        clock: "Clock",
        spin_us: int,
        light: "Light | None" = None,
        pin: "Pin | None" = None,
        pulse_us: int = 0,
    ) -> None:
        self.pulses = 0
        self._node = node
        self._motor = node.motor
        self._link = link
        self._clock = clock
        self._spin_us = spin_us
        self._light = light
        self._pin = pin
        self._pulse_us = pulse_us
        self._pulse = Trigger(0)
        self._is_high = False
        self._packet = bytearray(PACKET_BYTES)
        now = clock.ticks_us()
        self._low_due = now
        self._light_due = now

    def heard(self, packet: bytes | bytearray, length: int, now: int) -> bool:
        """Take in one datagram, of whatever kind. True: call `step` now."""
        self._node.receive(packet, length, now)
        motor = self._motor
        if motor is None:
            return False
        if motor.hurried(now):
            self._send()
        return motor.holding.pending

    def step(self, now: int) -> int:
        """Do what is due at ticks `now`; µs from then until `step` is to be called again."""
        node, motor, ticks_us = self._node, self._motor, self._clock.ticks_us
        pulse_us = glyphs_us = _NOTHING_US
        if self._pin is not None:
            pulse_us = node.local.duration(arc_until(self._pulse, node.shown(now)))
        if motor is not None:
            glyphs_us = motor.time_until_due(now)
        free_us = min(pulse_us, glyphs_us) - self._spin_us
        if free_us > 0:
            return min(max(self._keep_time(now, free_us), _STEP_LEAST_US), free_us)
        is_pulse = pulse_us <= glyphs_us + _BEFORE_PULSE_US
        due = ticks_add(now, pulse_us if is_pulse else glyphs_us)
        while ticks_diff(due, now) > 0:
            now = ticks_us()
        if is_pulse and self._pin is not None:
            self._pin.value(1)
            self.pulses += 1
            self._pulse.armed = False
            self._is_high = True
            self._low_due = ticks_add(now, self._pulse_us)
        elif motor is not None:
            motor.run(now, ticks_us)
            self._answer(motor)
        return 0

    def _keep_time(self, now: int, free_us: int) -> int:
        """Do what is due whatever the phase, while nothing is due at a θ for `free_us`; µs until
        there is more."""
        node, motor, ticks_us = self._node, self._motor, self._clock.ticks_us
        node.tick(now)
        self._send()
        now = ticks_us()
        wait_us = min(node.next_deadline(now), _STEP_LONGEST_US)
        if self._is_high and self._pin is not None:
            left_us = ticks_diff(self._low_due, now)
            if left_us > 0:
                wait_us = min(wait_us, left_us)
            else:
                self._pin.value(0)
                self._is_high = False
        if self._light is not None:
            left_us = ticks_diff(self._light_due, now)
            if left_us <= 0:
                left_us = self._light.show(node.shown(now), node.field.band, now)
                self._light_due = ticks_add(now, left_us)
            wait_us = min(wait_us, left_us)
        if motor is not None:
            left_us = motor.write(now, free_us, ticks_us)
            if not left_us:
                self._answer(motor)
            wait_us = min(wait_us, left_us)
        return wait_us

    def _send(self) -> None:
        """Send what is due: beacons, and what the motor has to say."""
        link, node, packet = self._link, self._node, self._packet
        for _ in range(_AT_ONCE):
            if not link.is_open or not node.poll(packet, self._clock.ticks_us()):
                return
            link.send(packet)

    def _answer(self, motor: "Motor") -> None:
        """Glyphs have run, or something is on the flash now: that is shown, and told."""
        if motor.hurried(self._clock.ticks_us()):
            self._send()
        if self._light is not None:
            self._light.draw()
