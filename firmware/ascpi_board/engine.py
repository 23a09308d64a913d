"""A motor on a board: its two tasks, and what it needs to be made.

`run` lets the glyphs have their steps as the phase passes their θ: it sleeps while none is near
and waits the last 2 ms with its eyes on the clock, as the pulse does. `write` puts onto the flash
what waits for it. That stalls both cores for as long as the flash takes, so it looks for a gap
between pulses and due glyphs that is longer than the last write was, but not for ever.
"""

import asyncio
import binascii
import os

from ascpi_core.fixed import const, ticks_add, ticks_diff
from ascpi_core.glyphs.motor import Motor
from ascpi_core.glyphs.types import BuiltIn
from ascpi_core.lines import error_line, note_line
from ascpi_core.ssep import PACKET_BYTES

from .boot import forget
from .clock import clock
from .journal_file import JournalFile
from .world import BoardWorld

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from ascpi_core.node import Node
    from ascpi_core.settings import BoardSettings

    from .light import Overlay
    from .pulse import PulsePin

    class Alive(Protocol):
        """A sign of life of one task."""

        def __call__(self) -> None: ...

    class Packets(Protocol):
        """What takes packets."""

        @property
        def is_open(self) -> bool: ...
        def send(self, packet: bytearray) -> bool: ...


TYPES_FOLDER = const("/glyphs")

_SPIN_US = const(2_000)
_LOOK_US = const(20_000)
_SERVE_US = const(5_000)
_BEFORE_PULSE_US = const(500)
"""A glyph that is due so shortly before a pulse runs after it: a step would make the pulse late,
which is to be right to microseconds."""
_FLASH_LOOK_MS = const(4)
"""How soon a write that is wanted begins. Three of them, one after the other, make a hand-off."""
_GAP_LEAST_US = const(5_000)
_GAP_LONGEST_US = const(50_000)
_PATIENCE_US = const(100_000)
_AT_ONCE = const(3)
"""Packets of hand-offs sent in one go; what is more follows from the tick, a millisecond apart:
an ESP32 takes no long burst."""
_SAY_MS = const(250)


def load_motor(config: "BoardSettings", world: BoardWorld, seed: int, capacity: int) -> Motor:
    """The motor with what the journal brings back; types that cannot be loaded are told."""
    from ascpi_core.glyphs.loading import load_user_types
    from ascpi_core.glyphs.replay import Fold

    registry = BuiltIn()
    for mistake in load_user_types(registry, _type_files(), _import_type):
        print(error_line(mistake))
    motor = Motor(
        config.node,
        registry,
        world,
        JournalFile(),
        binascii.crc32,
        seed,
        clock.ticks_us(),
        config.writes_per_hour,
        capacity,
    )
    forget(Fold.__module__)
    return motor


def _type_files() -> "list[str]":
    try:
        return os.listdir(TYPES_FOLDER)
    except OSError:
        return []  # there are none


def _import_type(name: str) -> object:
    return __import__("glyphs." + name, None, None, ("GlyphType",))


class Engine:
    """A board's motor at work. `late_us` is how far past its θ a glyph ran, at most, since the
    last `take_late`; `stalled_us` how long the last write took."""

    def __init__(
        self,
        motor: Motor,
        world: BoardWorld,
        node: "Node",
        packets: "Packets",
        pulse: "PulsePin",
        overlay: "Overlay",
    ) -> None:
        self.late_us = 0
        self.stalled_us = 0
        self._motor = motor
        self._world = world
        self._node = node
        self._packets = packets
        self._pulse = pulse
        self._overlay = overlay
        self._packet = bytearray(PACKET_BYTES)
        self._told = ""
        self._next_words_ms = 0

    async def run(self, alive: "Alive") -> None:
        """Run the glyphs for ever."""
        motor = self._motor
        while True:
            alive()
            now = clock.ticks_us()
            wait_us = motor.time_until_due(now)
            if wait_us > _SPIN_US:
                # Not all of the way, so that a change of phase, rate or glyphs is noticed.
                await asyncio.sleep_ms(max(1, min(_LOOK_US, wait_us - _SPIN_US) // 1000))
                continue
            if self._pulse.free_us(now) > wait_us + _BEFORE_PULSE_US:
                self.serve()
            # Else the pulse goes first, and then calls `serve` itself.
            await asyncio.sleep_ms(0)

    def serve(self) -> None:
        """Run what is due now or in the next 2 ms, waiting for it; 5 ms at most."""
        motor = self._motor
        ticks_us = clock.ticks_us
        began = now = ticks_us()
        while ticks_diff(now, began) < _SERVE_US:
            wait_us = motor.time_until_due(now)
            if wait_us > _SPIN_US or self._pulse.free_us(now) <= wait_us + _BEFORE_PULSE_US:
                break
            due = ticks_add(now, wait_us)
            while ticks_diff(due, ticks_us()) > 0:
                pass
            now = ticks_us()
            if motor.run(now, ticks_us):
                self.late_us = max(self.late_us, self._node.local.duration(motor.schedule.late))
            now = ticks_us()
        self._overlay.draw()

    async def write(self, alive: "Alive") -> None:
        """Write to the flash for ever, whenever something waits for it."""
        motor = self._motor
        self._tell()
        while True:
            alive()
            if motor.holding.pending or not motor.journal.checkpoint_due_in(clock.ticks_us()):
                await self._gap()
                self._write()
            await asyncio.sleep_ms(_FLASH_LOOK_MS)

    async def _gap(self) -> None:
        """Wait until neither a pulse nor a glyph is due while the flash is written."""
        began = clock.ticks_us()
        longest_us = min(_GAP_LONGEST_US, self._motor.world.turn_us >> 3)
        gap_us = min(max(self.stalled_us + (self.stalled_us >> 1), _GAP_LEAST_US), longest_us)
        while True:
            now = clock.ticks_us()
            free_us = min(self._pulse.free_us(now), self._motor.time_until_due(now))
            if free_us > gap_us or ticks_diff(now, began) > _PATIENCE_US:
                return
            await asyncio.sleep_ms(1)

    def _write(self) -> None:
        began = clock.ticks_us()
        written = self._motor.flush(began)
        if written:
            self.stalled_us = ticks_diff(clock.ticks_us(), began)
            self.hurry()
            self._overlay.draw()
        self._tell()

    def _tell(self) -> None:
        """What is wrong with the flash, once; and that it is well again."""
        trouble = self._motor.journal.trouble
        if trouble != self._told:
            self._told = trouble
            if trouble:
                print(error_line(trouble))
            else:
                print(note_line("the glyphs' journal can be written again"))

    def hurry(self) -> None:
        """Send at once what another node waits for, if there is anything."""
        motor, packets, packet = self._motor, self._packets, self._packet
        for _ in range(_AT_ONCE):
            now = clock.ticks_us()
            if not packets.is_open or not motor.hurried(now):
                return
            if self._node.poll(packet, now):
                packets.send(packet)

    def speak(self, up_ms: int) -> None:
        """Print what a glyph has to say, four sentences a second at most."""
        waiting = self._world.words
        if waiting and up_ms >= self._next_words_ms:
            self._next_words_ms = up_ms + _SAY_MS
            print(note_line("a glyph: " + waiting.pop(0)))

    def shed(self) -> None:
        """Give back the slots that no glyph is in."""
        self._motor.holding.shed()

    def take_late(self) -> int:
        """`late_us`, which begins anew."""
        late_us = self.late_us
        self.late_us = 0
        return late_us

    def words(self) -> str:
        """For the report."""
        return "late_us=%d stall_us=%d" % (self.take_late(), self.stalled_us)
