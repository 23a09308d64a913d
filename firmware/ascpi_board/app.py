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

from ascpi_core.fixed import const, ticks_add, ticks_diff
from ascpi_core.glyphs.glyph import CAPACITY
from ascpi_core.lines import error_line
from ascpi_core.node import Node
from ascpi_core.runner import Runner
from ascpi_core.ssep import PACKET_BYTES, Tagger
from ascpi_core.telemetry import boot_line, node_event_line, report_line

from .boot import say, seldom
from .clock import clock
from .health import Health, UpTime, watchdog
from .light import Overlay, make_light
from .reserve import SCARCE_BYTES, collect, idf_free
from .transport import make_transport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

    from ascpi_core.glyphs.motor import Motor
    from ascpi_core.settings import BoardSettings

    from .harness import FaultyLink, Harness
    from .reserve import Reserve
    from .storage import Starts, Trial
    from .transport.base import Transport
    from .world import BoardWorld

_NETWORK = const(0)
_RUNNER = const(1)
_TASKS = const(2)

_HEALTH_MS = const(1_000)
_FAILURE_LOOK_MS = const(500)
_EVENTS_MS = const(100)
_SPIN_US = const(2_000)
_TURN_US = const(1_000)
"""Looked for packets so long before others have their turn."""
_PACKETS_AT_ONCE = const(12)
"""Packets taken before others have their turn: twice what lwIP queues."""
_TRIAL_MS = const(10_000)
_SAFE_AFTER = const(3)
"""Runs in a row that did not last."""
_LASTED_MS = const(60_000)
"""A run that lasts so long has not failed at its start."""
_MOTOR_BYTES = const(56 * 1024)
"""What runs glyphs, with eight of them, and as much again as one write or one load takes."""
_SLOTS_SMALL = const(8)
_LARGE_BYTES = const(128 * 1024)
_DEAF_FIRST = const(30)
"""Seconds without a packet until the radio is looked at, where there were some before."""
_LONELY_FIRST = const(20)
_LONELY_SAID = const(300)
"""Seconds without a peer until it is said, and until it is said again."""


class App:
    """Everything a running board has."""

    def __init__(
        self,
        config: "BoardSettings",
        starts: "Starts",
        trial: "Trial",
        reserve: "Reserve | None",
    ) -> None:
        epoch = starts.epoch
        self._config = config
        self._starts = starts
        self._trial = trial
        self._safe = starts.crashes >= _SAFE_AFTER
        tagger = Tagger(config.key.encode(), hashlib.sha256) if config.key else None
        seed = int.from_bytes(os.urandom(4), "little")
        # First, while there is most room: it loads the modules that it needs.
        self._transport = make_transport(config, say, tagger)
        overlay = Overlay(make_light(config), self._safe)
        pin = machine.Pin(config.pulse_pin, machine.Pin.OUT, value=0)
        made = self._make_motor(config, overlay, seed)
        collect()  # or what stays for ever would lie scattered among what loading left behind
        if config.watchdog:
            watchdog.start()  # before glyphs start, which may never come back from that
        self._node = Node(config.node, epoch, seed, clock.ticks_us(), tagger, made and made[0])
        self._world = made and made[1]
        self._packets: "Transport | FaultyLink" = self._transport
        self._harness: "Harness | None" = None
        if config.harness and not self._safe:
            from .harness import Harness  # only where it is wanted: it takes memory

            self._harness = Harness(config.node.node_id, epoch, self._transport, seed)
            self._packets = self._harness.link
        self._runner = Runner(
            self._node, self._packets, clock, _SPIN_US, overlay, pin, config.pulse_us
        )
        self._up_time = UpTime()
        self._memory_free = 0
        self._idf_free = -1
        self._lasted = False
        self._scarce = False
        self._failure: "Exception | None" = None
        self._tasks: "list[Any]" = []
        self.health = Health(_TASKS)
        if reserve is not None:
            reserve.release()
        watchdog.feed()

    def _make_motor(
        self, config: "BoardSettings", overlay: Overlay, seed: int
    ) -> "tuple[Motor, BoardWorld] | None":
        """A motor and its world, if they are wanted and there is room for them. That is decided
        before anything of them is loaded: what is loaded cannot be undone."""
        if not config.glyphs:
            return None
        if self._safe:
            say(seldom("SAFE") % self._starts.crashes)
            return None
        if self._starts.poorer:
            say(seldom("POORER"))
            return None
        missing = _MOTOR_BYTES - collect()
        if missing > 0:
            print(error_line(seldom("NO_ROOM") % missing))
            return None
        from .motor import load_motor
        from .world import BoardWorld

        world = BoardWorld(overlay, config)
        return load_motor(config, world, seed, _slots()), world

    async def run(self) -> None:
        """All tasks, until one of them fails: then with its error."""
        self._memory_free = collect()
        concerns = [
            self._transport.keep(self._network_alive, self._node.field.membership),
            self._run(),
            self._report(),
            self._watch(),
        ]
        if self._harness is not None:
            concerns.append(self._harness.run())
        self._tasks = [asyncio.create_task(self._guard(concern)) for concern in concerns]
        while self._failure is None:
            await asyncio.sleep_ms(_FAILURE_LOOK_MS)
        raise self._failure

    async def _guard(self, task: "Coroutine[Any, Any, None]") -> None:
        try:
            await task
        except Exception as error:  # noqa: BLE001  on its way to the one handler
            self._failure = error

    def _network_alive(self) -> None:
        self.health.alive(_NETWORK)

    async def _run(self) -> None:
        """Look for packets again and again, for sockets wake nobody on an ESP32, and let the
        runner do what is due.

        A packet's time is when it was found, so a look follows soon after the other; the rest of
        the board has its turn, which takes longer than a look, only once in `_TURN_US`.
        """
        packet = bytearray(PACKET_BYTES)
        runner, link, health = self._runner, self._packets, self.health
        poll_us = self._config.poll_us
        began = due = clock.ticks_us()
        burst = 0
        while True:
            length = link.read(packet)
            # The time is taken right after the read: late by a part of the pause, never early.
            now = clock.ticks_us()
            if length is not None:
                burst += 1
                if runner.heard(packet, length, now):
                    due = now
            if ticks_diff(due, now) <= 0:
                due = ticks_add(now, runner.step(now))
            if length is None:
                if ticks_diff(clock.ticks_us(), began) < _TURN_US:
                    time.sleep_us(poll_us)
                    continue
            elif burst < _PACKETS_AT_ONCE:
                continue
            burst = 0
            health.alive(_RUNNER)
            await asyncio.sleep_ms(0)
            began = clock.ticks_us()

    async def _report(self) -> None:
        """The telemetry: events soon after they happen, a report at its time."""
        node = self._node
        due_ms = 0
        while True:
            while node.events.pop():
                print(node_event_line(node))
            up_ms = self._up_time.update()
            if node.motor is not None and self._world is not None:
                self._world.speak(up_ms, node.motor.journal.trouble)
            if up_ms >= due_ms:
                due_ms = max(due_ms + self._config.report_ms, up_ms)
                print(report_line(node, clock.ticks_us(), up_ms, self._extra()))
            await asyncio.sleep_ms(min(_EVENTS_MS, max(1, due_ms - up_ms)))

    def _extra(self) -> str:
        words = "mem_free=%d pulses=%d" % (self._memory_free, self._runner.pulses)
        if self._idf_free >= 0:
            words += " idf_free=%d" % self._idf_free
        motor = self._node.motor
        if motor is not None:
            words += " late_us=%d stall_us=%d" % (motor.late_us, motor.stalled_us)
            motor.late_us = 0
        more = self._transport.words()
        return words + " " + more if more else words

    def _look_at_memory(self) -> None:
        """Collect garbage; say it, once, if what Wi-Fi needs becomes scarce."""
        self._memory_free = collect()
        self._idf_free = idf_free()[0]
        if 0 <= self._idf_free < SCARCE_BYTES:
            if self._node.motor is not None:
                self._node.motor.holding.shed()
            if not self._scarce:
                print(error_line(seldom("SCARCE") % self._idf_free))
            self._scarce = True
        elif self._idf_free > 2 * SCARCE_BYTES:
            self._scarce = False

    async def _watch(self) -> None:
        """Once a second: feed the watchdog, collect garbage, notice a silence."""
        lonely = deaf = heard = 0
        while True:
            await asyncio.sleep_ms(_HEALTH_MS)
            self.health.check()
            self._look_at_memory()
            if self._trial.is_on and self._up_time.ms > _TRIAL_MS:
                self._trial.end()
                say(seldom("TRIAL_OVER"))
            if not self._lasted and self._up_time.ms > _LASTED_MS:
                self._lasted = True
                self._starts.lasted()
            before, heard = heard, self._node.reception.from_others()
            deaf = deaf + 1 if heard == before and self._transport.is_open else 0
            if heard and deaf % _LONELY_SAID == _DEAF_FIRST:
                say(seldom("UNHEARD") % deaf)
                self._transport.refresh()
            alone = self._transport.is_open and not self._node.field.membership.present
            lonely = lonely + 1 if alone else 0
            if lonely % _LONELY_SAID == _LONELY_FIRST:
                say(self._transport.advice(self._config.node.cluster))


def run_board(
    config: "BoardSettings", starts: "Starts", trial: "Trial", reserve: "Reserve | None"
) -> str:
    """Run until a person ends it, or an error. A sentence if it cannot run at all as it is set."""
    machine_release = getattr(sys.implementation, "version", (0, 0, 0))
    print(
        boot_line(
            config.node.node_id,
            starts.epoch,
            machine.unique_id(),
            ".".join([str(part) for part in machine_release[:3]]),
            "board=%s transport=%s" % (config.board, config.transport),
        )
    )
    try:
        app = App(config, starts, trial, reserve)
    except ValueError as error:
        print(error_line(seldom("PIN") % (error, config.light_pin, config.pulse_pin)))
        return ""
    asyncio.run(app.run())
    return ""


def _slots() -> int:
    """Glyphs that there is room for, by how much memory the chip has."""
    return _SLOTS_SMALL if collect() < _LARGE_BYTES else CAPACITY
