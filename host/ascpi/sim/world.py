"""A simulated world: machines on one air, and true time that moves on from event to event.

All that happens is an event at an integer µs; events of the same µs happen in the order in which
they were asked for. All chance comes from streams that the seed names. So a seed is one world.
"""

import heapq
import traceback
from collections.abc import Callable

from ascpi.sim.acts import play
from ascpi.sim.air import Sky
from ascpi.sim.cast import Cast, cast_of
from ascpi.sim.checker import Checker
from ascpi.sim.clock import clock_of
from ascpi.sim.course import Course
from ascpi.sim.dice import Dice
from ascpi.sim.faults import CALM, FAULTS, Mix, mix_of
from ascpi.sim.flash import Fate, Flash
from ascpi.sim.machine import SOCKET_ROOM, Machine
from ascpi.sim.mutants import motor_of
from ascpi.sim.options import SimOptions
from ascpi.sim.tagger import SharedTagger
from ascpi.sim.trace import NO_TRACE, Trace
from ascpi.sim.weather import Weather
from ascpi.sim.written import note_write
from ascpi_core.glyphs.glyph import Glyph
from ascpi_core.ssep import ACCEPTED, DROP_DUPLICATE, DROP_LATE, DROP_OLD_EPOCH, KIND_BEACON

SECOND_US = 1_000_000
FENCE_US = 30 * SECOND_US
"""In calm air a stale copy is found within so much."""
RECORDED = 4096
"""So many packets are kept to be heard again, much later."""

_WAKE, _ARRIVE, _FLUSH, _CALL = range(4)
_TAKEN = (ACCEPTED, DROP_DUPLICATE, DROP_LATE, DROP_OLD_EPOCH)

Payload = int | tuple[bytes, bool]
Call = Callable[[], None]


class World:
    """`run_until` moves time on. `struck` counts the faults that really struck."""

    def __init__(self, options: SimOptions, seed: int, trace: Trace = NO_TRACE) -> None:
        self.options = options
        self.seed = seed
        self.now_us = 0
        self.is_calm = False
        self.mix: Mix = mix_of(options.faults, seed)
        self.cast: Cast = cast_of(options, seed)
        self.struck = dict.fromkeys(FAULTS, 0)
        self.packets = 0
        self.writes = 0
        self.trace = trace
        self._events: list[tuple[int, int, int, Machine | None, Payload | Call]] = []
        self._order = 0
        self.sky = Sky(self.mix.preset(), self.mix.corrupt, seed, self.struck)
        self.recorded: list[bytes] = []
        self._tagger = SharedTagger(self.cast.key) if self.cast.key else None
        motor_class = motor_of(options.mutant)
        self.machines = [
            self._machine(node_id, motor_class) for node_id in range(1, options.nodes + 1)
        ]
        self.checker = Checker(self.machines)
        if trace.is_on:
            self.checker.on_change = lambda machine, glyph, before: trace.stands(
                self.now_us, machine, glyph, before
            )
        self.course = Course(self.checker)
        self.weather = Weather(self)
        self.trace.begin(options, seed, self.mix, self.cast)
        for machine in self.machines:
            self.boot_later(machine, self.weather.dice.below(SECOND_US))
        play(self.cast, self)

    def _machine(self, node_id: int, motor_class: type) -> Machine:
        def decide(what: str, count: int) -> Fate:
            return self.weather.fate_of_write(machine, what, count)

        def told(what: str, data: bytes, fate: Fate) -> None:
            note_write(self, machine, what, data, fate)

        def ran(glyph: Glyph, before: int, after: int) -> None:
            self.course.ran(machine, glyph, before, after, self.now_us)
            if self.trace.is_on:
                self.trace.ran(self.now_us, machine, glyph)

        def heard(packet: bytes, flipped: bool, status: int) -> None:
            self._heard(machine, packet, flipped, status)

        machine = Machine(
            node_id,
            self.seed,
            clock_of(self.mix, self.seed, node_id),
            self._tagger,
            Flash(decide, told),
            self,
            ran,
            motor_class,
        )
        machine.heard = heard
        return machine

    # Time

    def at(self, true_us: int, call: Call) -> None:
        """Do this then."""
        self._order += 1
        heapq.heappush(self._events, (true_us, self._order, _CALL, None, call))

    def after(self, delay_us: int, call: Call) -> None:
        """Do this so much later."""
        self.at(self.now_us + delay_us, call)

    def wake_at(self, machine: Machine, at_us: int) -> None:
        machine.wake_token += 1
        self._push(at_us, _WAKE, machine, machine.wake_token)

    def flush_at(self, machine: Machine, at_us: int) -> None:
        self._push(at_us, _FLUSH, machine, machine.epoch)

    def _push(self, true_us: int, kind: int, machine: Machine, payload: Payload) -> None:
        self._order += 1
        heapq.heappush(self._events, (true_us, self._order, kind, machine, payload))

    def run_until(self, until_us: int) -> None:
        """Let everything happen up to this true time, or to the first violation."""
        queue = self._events
        violations = self.checker.violations
        while queue and queue[0][0] <= until_us and not violations:
            true_us, _, kind, machine, payload = heapq.heappop(queue)
            self.now_us = true_us
            if machine is None:
                assert callable(payload)
                payload()
                continue
            assert not callable(payload)
            try:
                self._happen(kind, machine, payload)
            except Exception as error:  # noqa: BLE001  whatever a node raises is a find
                self._raised(machine, error)
        if not violations:
            self.now_us = until_us

    def _happen(self, kind: int, machine: Machine, payload: Payload) -> None:
        if isinstance(payload, tuple):
            self._arrive(machine, payload[0], payload[1])
            return
        if payload != (machine.wake_token if kind == _WAKE else machine.epoch):
            return  # of an earlier boot, or overtaken
        if machine.node is None:
            return
        if self.now_us < machine.busy_until_us:
            self._push(machine.busy_until_us, kind, machine, payload)
            return
        if kind == _WAKE:
            machine.wake()
        else:
            machine.flush()
        self.checker.look(machine, self.now_us)

    def _raised(self, machine: Machine, error: Exception) -> None:
        where = traceback.extract_tb(error.__traceback__)[-1]
        self.checker.now_us = self.now_us
        self.checker.fail(
            "raised",
            f"node {machine.node_id}: {type(error).__name__}: {error} in {where.name}",
        )

    # Power

    def boot_later(self, machine: Machine, delay_us: int) -> None:
        """Switch it on so much later, unless it is on by then."""
        self.after(delay_us, lambda: self.boot(machine))

    def boot(self, machine: Machine) -> None:
        """Switch a machine on, unless it is."""
        if machine.node is not None:
            return
        self.trace.note(self.now_us, machine, "boot", f"epoch {machine.epoch + 1}")
        self.weather.before_boot(machine)
        machine.shadow.read(machine.flash.content)
        self.checker.forget(machine)
        try:
            machine.boot()
        except Exception as error:  # noqa: BLE001  whatever a node raises is a find
            self._raised(machine, error)
        self.course.booted(machine, self.now_us)
        self.checker.look(machine, self.now_us)

    def lost_power(self, machine: Machine, where: str) -> None:
        """Told by a machine: it has none any more. It comes back by and by."""
        self.trace.note(self.now_us, machine, "power cut", where)
        machine.shadow.read(machine.flash.content)
        self.checker.now_us = self.now_us
        self.checker.forget(machine)
        self.weather.power_returns(machine)

    # Packets

    def broadcast(self, machine: Machine, packet: bytes) -> None:
        """Everybody else may hear it."""
        self.packets += 1
        sender = machine.node_id
        is_beacon = packet[3] == KIND_BEACON
        if not is_beacon:
            self.course.sent(machine, packet, self.now_us)
        if self.mix.replay_every_us and (not is_beacon or not self.packets & 7):
            self._record(packet)
        is_traced = self.trace.is_on
        ways = []
        for other in self.machines:
            if other is machine:
                continue
            fates = self.sky.fates(self.now_us, sender, other.node_id)
            for arrival_us, _, flipped in fates:
                self._push(arrival_us, _ARRIVE, other, (packet, flipped))
            if is_traced:
                ways.append((other.node_id, fates))
        if is_traced:
            self.trace.sent(self.now_us, machine, packet, ways)

    def _record(self, packet: bytes) -> None:
        if len(self.recorded) < RECORDED:
            self.recorded.append(packet)
        else:
            self.recorded[self.packets % RECORDED] = packet

    def replay(self, machine: Machine, packet: bytes) -> None:
        """An old packet is heard again."""
        self._push(self.now_us, _ARRIVE, machine, (packet, False))

    def _arrive(self, machine: Machine, packet: bytes, flipped: bool) -> None:
        if flipped:
            self.struck["corrupt"] += 1
            packet = self.sky.flip(packet)
            if not self.cast.key:
                return  # the checksum of UDP does not match: nobody reads it
        if machine.node is None:
            return
        if self.now_us < machine.busy_until_us:
            if len(machine.queue) < SOCKET_ROOM:
                machine.queue.append((packet, flipped))
            else:
                machine.overflowed += 1
            return
        machine.hear(packet, flipped)
        if packet[3] != KIND_BEACON or flipped:
            self.checker.look(machine, self.now_us)

    def _heard(self, machine: Machine, packet: bytes, flipped: bool, status: int) -> None:
        if flipped and status in _TAKEN:
            self.checker.now_us = self.now_us
            self.checker.fail("forged", f"node {machine.node_id} took a damaged packet")
        if self.trace.is_on:
            self.trace.heard(self.now_us, machine, packet, status)

    # The second phase, and the end

    def count_struck(self) -> dict[str, int]:
        """How often each fault really struck: those that the air and the clocks count, too."""
        if self.is_calm:
            return self.struck
        counters = self.sky.model.counters
        struck = dict(self.struck)
        struck["loss"] = counters.lost
        struck["partition"] = counters.partitioned
        struck["spikes"] = counters.spiked
        struck["duplicate"] = counters.duplicated
        if "delay" in self.mix.names:
            struck["delay"] = counters.delivered
        struck["drift"] = sum(machine.clock.is_off for machine in self.machines)
        struck["wrap"] = sum(machine.clock.wraps for machine in self.machines)
        return struck

    def calm(self) -> None:
        """The faults stop: every board gets power, and the air is as it usually is."""
        self.trace.note(self.now_us, None, "calm", "")
        self.struck = self.count_struck()
        self.is_calm = True
        self.checker.amnesty.fence_until_us = self.now_us + FENCE_US
        self.weather.stop()
        self.sky.calm(CALM)
        for machine in self.machines:
            machine.refusing_until_us = 0
            if not machine.flash.is_readable and machine.node is not None:
                machine.cut("to read its flash again")
                continue
            machine.busy_until_us = min(machine.busy_until_us, self.now_us)
            if machine.node is None:
                later_us = Dice(self.seed, "calm", machine.node_id).below(SECOND_US)
                self.boot_later(machine, later_us)
