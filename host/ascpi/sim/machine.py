"""One board of a simulated world: what outlives its boots, and what it does from moment to moment.

It runs its node and motor as a board's program does: a loop that wakes when something is due,
a socket that holds six packets while the loop is busy, and a task of its own for the flash. What
happens to it (power, pauses, faults of the flash) is decided elsewhere.
"""

import zlib
from collections.abc import Callable
from typing import Protocol

from ascpi.sim.clock import Clock
from ascpi.sim.dice import Dice
from ascpi.sim.flash import Flash, PowerCut
from ascpi.sim.probe import Pins, Ran, registry
from ascpi.sim.shadow import Shadow
from ascpi_core.fixed import TURN
from ascpi_core.glyphs.motor import Motor
from ascpi_core.node import Node
from ascpi_core.settings import ROWS, NodeSettings, check_settings
from ascpi_core.ssep import KIND_BEACON, PACKET_BYTES, Tagger

SOCKET_ROOM = 6
"""As lwIP queues for one socket."""
LATENESS_US = 300
"""A loop comes back to its node at most so much later than asked."""
FLUSH_WITHIN_US = 4000
"""The task that writes comes round within so much."""
BOOT_US = 3000
LONGEST_SLEEP_US = 50_000
FLUSH_AGAIN_US = 100_000
"""And after a write that failed again within so much: the journal knows when it is time."""
CHECKPOINT_LOOK_US = 200_000
"""So often a checkpoint is asked after."""
_POLLS = 4

SECOND_US = 1_000_000
_HALF = TURN // 2


class Around(Protocol):
    """What a machine asks of the world round it."""

    now_us: int

    def wake_at(self, machine: "Machine", at_us: int) -> None: ...
    def flush_at(self, machine: "Machine", at_us: int) -> None: ...
    def broadcast(self, machine: "Machine", packet: bytes) -> None: ...
    def lost_power(self, machine: "Machine", where: str) -> None: ...


class Machine:
    """`flash`, `shadow`, the clock and the epoch outlive a boot; `node` is None without power.

    `busy_until_us`: until then its loop does nothing, whatever the reason. `turns` is how far its
    phase has come since it was booted, in 2^-28 turn and not wrapped.
    """

    def __init__(
        self,
        node_id: int,
        seed: int,
        clock: Clock,
        tagger: Tagger | None,
        flash: Flash,
        around: Around,
        ran: Ran,
        motor_class: type[Motor],
    ) -> None:
        self.node_id = node_id
        self.clock = clock
        self.flash = flash
        self.shadow = Shadow()
        self.dice = Dice(seed, "machine", node_id)
        self.node: Node | None = None
        self.motor: Motor | None = None
        self.busy_until_us = 0
        self.queue: list[tuple[bytes, bool]] = []
        self.overflowed = 0
        self.wake_token = 0
        self.flush_asked = False
        self.turns = 0
        self.restored_us = -1
        self.refusing_until_us = 0
        self._around = around
        self._ran = ran
        self._motor_class = motor_class
        self._tagger = tagger
        self._seed = seed
        self._phase = self.dice.below(1_000_000)
        self._packet = bytearray(PACKET_BYTES)
        self._theta = 0
        self._looked_us = 0
        self._checkpoint_us = 0
        self._retry_us = 0

    @property
    def epoch(self) -> int:
        return self.clock.epoch

    def ticks(self) -> int:
        """What its clock shows now."""
        return self.clock.ticks(self._around.now_us)

    def boot(self) -> None:
        """Power: a new epoch, what the flash holds, and the loop begins within 3 ms."""
        now_us = self._around.now_us
        self.clock.switch_on(now_us)
        self.queue.clear()
        self.flush_asked = False
        self.busy_until_us = now_us
        self.turns = 0
        self._checkpoint_us = now_us
        self._retry_us = 0
        now = self.ticks()
        values, mistakes = check_settings(
            {"id": self.node_id, "phase": self._phase / 1_000_000, "dphi": 0.125}, ROWS
        )
        assert not mistakes, mistakes
        settings = NodeSettings(values)
        seed = self.dice.below(1 << 30)
        world = Pins()
        try:
            motor = self._motor_class(
                settings, registry(self._ran), world, self.flash, zlib.crc32, seed, now
            )
        except PowerCut:
            self.cut("in its first write")
            return
        self.node = Node(settings, self.epoch, seed, now, self._tagger, motor)
        self.motor = motor
        self._theta = self.node.local.theta
        self._looked_us = now_us
        self._around.wake_at(self, now_us + self.dice.below(BOOT_US))

    def cut(self, where: str) -> None:
        """No more power: all that is not on the flash is gone."""
        self.node = None
        self.motor = None
        self.queue.clear()
        self.wake_token += 1
        self._around.lost_power(self, where)

    # The loop

    def wake(self) -> None:
        """The loop comes round: what waits in the socket, the node, its glyphs, what to send."""
        node, motor = self.node, self.motor
        assert node is not None
        assert motor is not None
        if self.queue:
            waiting, self.queue = self.queue, []
            for packet, flipped in waiting:
                self.hear(packet, flipped)
        now_us = self._around.now_us
        now = self.clock.ticks(now_us)
        node.tick(now)
        self._count_turns(node, now_us)
        due_us = motor.time_until_due(now)
        if due_us <= 0:
            motor.run(now)
            due_us = motor.time_until_due(now)
        deadline_us = node.next_deadline(now)
        if deadline_us <= 0:
            self.send(node, now)
            deadline_us = node.next_deadline(now)
        while node.events.pop():
            pass
        self.ask_to_flush()
        due_us = max(1, min(deadline_us, due_us, LONGEST_SLEEP_US))
        self._around.wake_at(self, now_us + due_us + self.dice.below(LATENESS_US))

    def send(self, node: Node, now: int) -> None:
        """Whatever is due, a few packets at most."""
        for _ in range(_POLLS):
            if not node.poll(self._packet, now):
                return
            self._around.broadcast(self, bytes(self._packet))

    def hear(self, packet: bytes, flipped: bool) -> int:
        """A packet from the socket; what the node thinks of it."""
        node, motor = self.node, self.motor
        assert node is not None
        assert motor is not None
        now = self.ticks()
        status = node.receive(packet, len(packet), now)
        self.heard(packet, flipped, status)
        if packet[3] != KIND_BEACON:
            if motor.hurried(now):
                self.send(node, now)
            if motor.holding.pending:
                self.ask_to_flush()
        return status

    heard: Callable[[bytes, bool, int], None]
    """Told of every packet that was read: the packet, whether it was damaged, and what became."""

    def ask_to_flush(self) -> None:
        """Let the writing task come round, if there is something for it."""
        motor = self.motor
        if motor is None or self.flush_asked:
            return
        now_us = self._around.now_us
        if motor.holding.pending:
            if now_us < self._retry_us:
                return
        else:
            if now_us < self._checkpoint_us:
                return
            due_us = motor.journal.checkpoint_due_in(self.ticks())
            self._checkpoint_us = now_us + max(due_us, CHECKPOINT_LOOK_US)
            if due_us > 0:
                return
        self.flush_asked = True
        self._around.flush_at(self, now_us + self.dice.below(FLUSH_WITHIN_US))

    def flush(self) -> None:
        """The writing task. The flash says how long it took: the board stands still meanwhile."""
        self.flush_asked = False
        motor = self.motor
        assert motor is not None
        try:
            written = motor.flush(self.ticks())
        except PowerCut:
            self.cut("in a write")
            return
        now_us = self._around.now_us
        if written:
            # What was written is to be answered as soon as the board has time again.
            self._around.wake_at(self, max(now_us, self.busy_until_us) + 1)
        elif motor.holding.pending:
            self._retry_us = now_us + FLUSH_AGAIN_US
        self.ask_to_flush()

    def _count_turns(self, node: Node, now_us: int) -> None:
        """Follow the phase over its wraps: it moved as far as time did, and what steering adds."""
        theta = node.local.theta
        expected = (now_us - self._looked_us) * TURN // SECOND_US
        off = (theta - self._theta - expected + _HALF) % TURN - _HALF
        self.turns += expected + off
        self._theta = theta
        self._looked_us = now_us
