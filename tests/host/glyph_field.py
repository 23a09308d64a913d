"""Nodes with motors on one air in virtual time, and a listener that takes no part."""

import heapq
import random
import zlib
from collections.abc import Callable

from ascpi.air.model import Air
from ascpi.air.preset import PRESETS
from ascpi_core.fixed import TICKS_MASK, TURN
from ascpi_core.glyphs.glyph import Glyph
from ascpi_core.glyphs.kind import World
from ascpi_core.glyphs.lifecycle import HELD
from ascpi_core.glyphs.motor import Motor
from ascpi_core.glyphs.types import builtin
from ascpi_core.node import Node
from ascpi_core.peers import EVENT_GLYPH_ARRIVED
from ascpi_core.phase import LOCKED
from ascpi_core.settings import ROWS, NodeSettings, check_settings
from ascpi_core.ssep import PACKET_BYTES

LISTENER = 0
SLEEP_US = 20_000
FLUSH_US = 3000
COMET, COUNTER = 4, 5

Listener = Callable[[bytes, int], None]


class Files:
    """A flash that outlives its node."""

    def __init__(self) -> None:
        self.content = b""

    def read(self, offset: int, count: int) -> bytes:
        return self.content[offset : offset + count]

    def append(self, data: memoryview) -> None:
        self.content += bytes(data)

    def replace(self, data: memoryview) -> None:
        self.content = bytes(data)


class Runner:
    """One node and its motor. `boot` anew at any time: what is not in its files is gone."""

    def __init__(self, node_id: int, phase: float, offset_us: int) -> None:
        self.node_id = node_id
        self.files = Files()
        self.epoch = 0
        self.on = False
        self.flushing = False
        self._phase = phase
        self._offset_us = offset_us

    def ticks(self, now_us: int) -> int:
        return (now_us + self._offset_us + now_us * self.node_id // 200_000) & TICKS_MASK

    def boot(self, now_us: int) -> None:
        self.epoch += 1
        self.on, self.flushing = True, False
        now = self.ticks(now_us)
        values, mistakes = check_settings({"id": self.node_id, "phase": self._phase}, ROWS)
        assert not mistakes
        settings = NodeSettings(values)
        seed = self.node_id * 1000 + self.epoch
        self.motor = Motor(settings, builtin(), World(), self.files, zlib.crc32, seed, now)
        self.node = Node(settings, self.epoch, seed, now, None, self.motor)

    def bear(self, kind: int, energy: int) -> Glyph:
        glyph = self.motor.bear(kind, TURN // 4 + self.node_id * 1000, energy)
        assert glyph is not None
        return glyph

    def adopt(self, other: Glyph) -> None:
        """Hold a copy of somebody else's glyph, which should never be."""
        glyph = self.motor.holding.free_slot()
        assert glyph is not None
        for name in ("birth_node", "birth_count", "kind", "energy", "lifetime", "hops", "theta"):
            setattr(glyph, name, getattr(other, name))
        glyph.standing = HELD
        self.motor.holding.touch()

    def held(self) -> list[Glyph]:
        return [glyph for glyph in self.motor.holding.slots if glyph.standing == HELD]


class GlyphField:
    """Nodes 1 … `count`; `on_packet` is told of what the listener hears, and when."""

    def __init__(self, count: int, seed: int, preset: str, on_packet: Listener) -> None:
        self.now_us = 0
        self.runners: dict[int, Runner] = {}
        self.sent = 0
        self._air = Air(PRESETS[preset], seed)
        self.on_packet = on_packet
        self._chance = random.Random(seed)
        self._order = 0
        self._events: list[tuple[int, int, int, int, bytes]] = []
        for node_id in range(1, count + 1):
            runner = Runner(node_id, self._chance.random(), self._chance.getrandbits(30))
            self.runners[node_id] = runner
            self.power_on(node_id)

    def power_on(self, node_id: int) -> None:
        runner = self.runners[node_id]
        runner.boot(self.now_us)
        self._push(self.now_us + self._chance.randrange(3000), node_id, runner.epoch)

    def power_off(self, node_id: int) -> None:
        self.runners[node_id].on = False

    def run_for(self, duration_us: int) -> None:
        until_us = self.now_us + duration_us
        while self._events and self._events[0][0] <= until_us:
            self.now_us, _, node_id, epoch, packet = heapq.heappop(self._events)
            if node_id == LISTENER:
                self.on_packet(packet, self.now_us)
                continue
            runner = self.runners[node_id]
            if not runner.on:
                continue
            now = runner.ticks(self.now_us)
            if packet:
                runner.node.receive(packet, len(packet), now)
                self._speak(runner)
            elif epoch == -runner.epoch:
                runner.flushing = False
                runner.motor.flush(now)
                self._speak(runner)
            elif epoch == runner.epoch:
                self._wake(runner)
        self.now_us = until_us

    def all_locked(self) -> bool:
        return all(
            runner.node.field.lock.state == LOCKED for runner in self.runners.values() if runner.on
        )

    def moves(self) -> int:
        return sum(
            runner.motor.holding.moves[EVENT_GLYPH_ARRIVED] for runner in self.runners.values()
        )

    def _wake(self, runner: Runner) -> None:
        now = runner.ticks(self.now_us)
        runner.node.tick(now)
        if runner.motor.time_until_due(now) <= 0:
            runner.motor.run(now)
        self._speak(runner)
        while runner.node.events.pop():
            pass
        until = min(runner.node.next_deadline(now), runner.motor.time_until_due(now), SLEEP_US)
        later_us = max(until, 300) + self._chance.randrange(300)
        self._push(self.now_us + later_us, runner.node_id, runner.epoch)

    def _speak(self, runner: Runner) -> None:
        packet = bytearray(PACKET_BYTES)
        now = runner.ticks(self.now_us)
        while runner.node.poll(packet, now):
            self.sent += 1
            for station in (LISTENER, *self.runners):
                if station != runner.node_id:
                    for at_us in self._air.deliveries(self.now_us, runner.node_id, station):
                        self._push(at_us, station, 0, bytes(packet))
        if not runner.flushing and (
            runner.motor.holding.pending or runner.motor.journal.checkpoint_due_in(now) <= 0
        ):
            runner.flushing = True
            self._push(self.now_us + FLUSH_US, runner.node_id, -runner.epoch)

    def _push(self, at_us: int, node_id: int, epoch: int, packet: bytes = b"") -> None:
        self._order += 1
        heapq.heappush(self._events, (at_us, self._order, node_id, epoch, packet))
