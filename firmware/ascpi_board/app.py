"""The board's program: a task for each concern, made in `main`, and one handler for the rest.

A task repairs only the error that it can; anything else ends the program: the error is printed,
kept on the flash for the next boot to tell, and the board starts anew. Ctrl-C leaves the REPL.
"""

import asyncio
import hashlib
import os
import sys
import time

import machine

from ascpi_core import VERSION
from ascpi_core.fixed import ticks_diff
from ascpi_core.node import Node
from ascpi_core.ssep import PACKET_BYTES, Tagger
from ascpi_core.telemetry import boot_line, error_line, node_event_line, note_line, report_line

from . import clock, light, room, storage, transport
from . import config as configuration
from .health import Health, UpTime, collect
from .pulse import Pulse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

    from ascpi_core.settings import BoardSettings

    from .engine import Engine
    from .harness import FaultyLink, Harness
    from .transport.base import Transport

_NETWORK = 0
_RECEIVE = 1
_TICK = 2
_OUTPUT = 3
_GLYPHS = 4
_FLASH = 5
_TASKS = 6

_LIGHT_MS = 20
_HEALTH_MS = 1_000
_LOOK_MS = 500
_RESTART_PAUSE_MS = 2_000
_TICK_LONGEST_US = 100_000
_EVENTS_MS = 100
_TURN_US = 1_000
"""Looked for packets so long before others have their turn."""
_BURST = 12
"""Packets taken before others have their turn: twice what lwIP queues."""
_LONELY_FIRST = 20
_LONELY_SAID = 300
"""Seconds without a peer until it is said, and until it is said again."""


def say(text: str) -> None:
    """A note on the serial line."""
    print(note_line(text))


class App:
    """Everything a running board has."""

    def __init__(self, config: "BoardSettings", epoch: int) -> None:
        self._config = config
        tagger = Tagger(config.key.encode(), hashlib.sha256) if config.key else None
        seed = int.from_bytes(os.urandom(4), "little")
        # First, while there is most room: it loads the modules that it needs.
        self._transport = transport.make(config, say, tagger)
        self._light = light.make(config)
        self._overlay = light.Overlay(self._light)
        made = room.make_motor(config, self._overlay, seed) if config.glyphs else None
        collect()  # or what stays for ever would lie scattered among what loading left behind
        self._node = Node(config.node, epoch, seed, clock.ticks_us(), tagger, made and made[0])
        self._packets: "Transport | FaultyLink" = self._transport
        self._harness: "Harness | None" = None
        if config.harness:
            from .harness import Harness  # only where it is wanted: it takes memory

            self._harness = Harness(config.node.node_id, epoch, self._transport, seed)
            self._packets = self._harness.link
        self._pulse = Pulse(self._node, config)
        self._engine: "Engine | None" = None
        if made is not None:
            from .engine import Engine

            self._engine = Engine(*made, self._node, self._packets, self._pulse, self._overlay)
            self._pulse.after = self._engine.serve
        self._up_time = UpTime()
        self._memory_free = 0
        self._failure: "Exception | None" = None
        self._tasks: "list[Any]" = []
        # Last, for from here on the watchdog wants to be fed.
        self.health = Health(_TASKS if made is not None else _GLYPHS, config.watchdog)

    async def run(self) -> None:
        """All tasks, until one of them fails: then with its error."""
        self._memory_free = collect()
        concerns = [
            self._transport.keep(self._network_alive, self._node.membership),
            self._receive(),
            self._tick(),
            self._show(),
            self._pulse.run(),
            self._report(),
            self._watch(),
        ]
        if self._engine is not None:
            concerns.append(self._engine.run(self._glyphs_alive))
            concerns.append(self._engine.write(self._flash_alive))
        if self._harness is not None:
            concerns.append(self._harness.run())
        self._tasks = [asyncio.create_task(self._guard(concern)) for concern in concerns]
        while self._failure is None:
            await asyncio.sleep_ms(_LOOK_MS)
        raise self._failure

    async def _guard(self, task: "Coroutine[Any, Any, None]") -> None:
        try:
            await task
        except Exception as error:  # noqa: BLE001  on its way to the one handler
            self._failure = error

    def _network_alive(self) -> None:
        self.health.alive(_NETWORK)

    def _glyphs_alive(self) -> None:
        self.health.alive(_GLYPHS)

    def _flash_alive(self) -> None:
        self.health.alive(_FLASH)

    async def _receive(self) -> None:
        """Look for packets again and again: sockets wake nobody on an ESP32.

        A packet's time is when it was found, so a look follows soon after the other; the rest of
        the board has its turn, which takes longer than a look, only once in `_TURN_US`.
        """
        packet = bytearray(PACKET_BYTES)
        node, link, health, engine = self._node, self._packets, self.health, self._engine
        poll_us = self._config.poll_us
        began = clock.ticks_us()
        burst = 0
        while True:
            length = link.read(packet)
            if length is not None:
                # The time is taken right after the read: late by a part of the pause, never early.
                node.receive(packet, length, clock.ticks_us())
                if engine is not None:
                    engine.hurry()
                burst += 1
                if burst < _BURST:
                    continue
            elif ticks_diff(clock.ticks_us(), began) < _TURN_US:
                time.sleep_us(poll_us)
                continue
            burst = 0
            health.alive(_RECEIVE)
            await asyncio.sleep_ms(0)
            began = clock.ticks_us()

    async def _tick(self) -> None:
        """Supervision steps, and our own packets as they fall due."""
        packet = bytearray(PACKET_BYTES)
        node, link, health = self._node, self._packets, self.health
        while True:
            node.tick(clock.ticks_us())
            if link.is_open and node.poll(packet, clock.ticks_us()):
                link.send(packet)
            health.alive(_TICK)
            wait_us = min(node.next_deadline(clock.ticks_us()), _TICK_LONGEST_US)
            await asyncio.sleep_ms(max(1, wait_us // 1000))

    async def _show(self) -> None:
        node, light_shown, overlay = self._node, self._light, self._overlay
        while True:
            now = clock.ticks_us()
            left_us = overlay.left_us(now)
            if left_us:
                overlay.draw()
            else:
                light_shown.show(node.shown(now), node.band)
            self.health.alive(_OUTPUT)
            await asyncio.sleep_ms(min(_LIGHT_MS, left_us // 1000 + 1) if left_us else _LIGHT_MS)

    async def _report(self) -> None:
        """The telemetry: events soon after they happen, a report at its time."""
        node = self._node
        due_ms = 0
        while True:
            while node.events.pop():
                print(node_event_line(node))
            up_ms = self._up_time.update()
            if self._engine is not None:
                self._engine.speak(up_ms)
            if up_ms >= due_ms:
                due_ms = max(due_ms + self._config.report_ms, up_ms)
                print(report_line(node, clock.ticks_us(), up_ms, self._extra()))
            await asyncio.sleep_ms(min(_EVENTS_MS, max(1, due_ms - up_ms)))

    def _extra(self) -> str:
        words = "mem_free=%d pulses=%d" % (self._memory_free, self._pulse.count)
        if self._engine is not None:
            words += " " + self._engine.words()
        more = self._transport.words()
        return words + " " + more if more else words

    async def _watch(self) -> None:
        """Once a second: feed the watchdog, collect garbage, notice a silence."""
        lonely = 0
        while True:
            await asyncio.sleep_ms(_HEALTH_MS)
            self.health.check()
            self._memory_free = collect()
            alone = self._transport.is_open and not self._node.membership.present
            lonely = lonely + 1 if alone else 0
            if lonely % _LONELY_SAID == _LONELY_FIRST:
                say(self._transport.advice(self._config.node.cluster))


def main() -> None:
    """Start the board; returns only to leave the REPL."""
    config = configuration.load()
    if config.mistakes:
        print(
            error_line(
                "config: %d mistake%s in %s: %s. The board waits at the REPL; mend the file, "
                "then reset"
                % (
                    len(config.mistakes),
                    "" if len(config.mistakes) == 1 else "s",
                    configuration.PATH,
                    "; ".join(config.mistakes),
                )
            )
        )
        return
    epoch, trouble = storage.next_epoch()
    machine_name = getattr(sys.implementation, "_machine", sys.platform)
    field = "keyed" if config.key else "open: anybody may take part"
    say(
        "ASCpi %s on %s, id=%d %s, boot %d, the field is %s"
        % (VERSION, machine_name, config.node.node_id, config.name, epoch, field)
    )
    release = getattr(sys.implementation, "version", (0, 0, 0))
    micropython = ".".join([str(part) for part in release[:3]])
    print(
        boot_line(
            config.node.node_id,
            epoch,
            machine.unique_id(),
            micropython,
            "board=%s transport=%s" % (config.board, config.transport),
        )
    )
    if trouble:
        print(error_line(trouble))
    crash = storage.last_crash()
    if crash:
        say("the last run ended in a crash: " + crash)
    try:
        app = App(config, epoch)
    except ValueError as error:
        print(
            error_line(
                "config: a pin cannot be used on this chip (%s): light_pin is %d, pulse_pin is "
                "%d. The board waits at the REPL; set others under pins in %s, then reset"
                % (error, config.light_pin, config.pulse_pin, configuration.PATH)
            )
        )
        return
    try:
        asyncio.run(app.run())
    except KeyboardInterrupt:
        app.health.put_aside()
        say("stopped; the REPL is open, and a soft reset starts the board again")
    except Exception as error:  # noqa: BLE001  the one handler for what nobody expected
        _crash(error, epoch)


def _crash(error: Exception, epoch: int) -> None:
    """Tell it, keep it, start anew."""
    sys.print_exception(error)
    print(error_line("crash: %r; it is kept in %s" % (error, storage.CRASH_PATH)))
    storage.keep_crash(error, "boot %d" % epoch)
    time.sleep_ms(_RESTART_PAUSE_MS)
    machine.reset()
