"""The motor: a node's engine. It holds the glyphs, runs the due ones, and hands them on.

Whoever runs a node with a motor does, besides what `node` says,

- call `run` when `time_until_due` is 0: the glyphs whose θ the phase has passed have their step,
- call `flush` when `journal.pending`, or a checkpoint is due: it writes to the flash, and so has
  no place in the control loop,
- ask `node.poll` again at once while `hurried`.
"""

from .. import coherence, events, lock
from ..chance import Chance
from ..ticks import ticks_add, ticks_diff
from ..wire import (
    KIND_ABORT,
    KIND_ACCEPT,
    KIND_COMMIT,
    KIND_DONE,
    KIND_GLYPH,
    KIND_OFFER,
    KIND_ORDER,
    KIND_REFUSE,
)
from . import orders
from .glyph import (
    COMMITTING,
    DEPARTING,
    ENDING,
    ENERGY_MAXIMUM,
    FREE,
    HELD,
    LIFETIME_ENDLESS,
    NASCENT,
    OFFERED,
    Glyph,
)
from .handoff import HandOff
from .holding import Holding
from .journal import Journal
from .ledger import Ledger
from .orders import Orders
from .packets import Message
from .policy import Policy, pause_us
from .schedule import FAR_TURN, MODES, Schedule
from .stability import STABLE, Stability
from .telling import Telling

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from ..events import EventRing
    from ..lock import Lock
    from ..membership import Membership
    from ..node_settings import NodeSettings
    from ..oscillator import Oscillator
    from ..transmission import Transmission
    from .journal import Crc32, Files
    from .kind import Registry
    from .world import World

    class Node(Protocol):
        """What a motor knows of its node, which knows it."""

        node_id: int
        coherence: int
        band: int
        lock: Lock
        local: Oscillator
        events: EventRing
        membership: Membership
        transmission: Transmission

        def theta(self, now: int) -> int: ...
        def claim_us(self) -> int: ...


_LOOK_STEPS = 4
"""Supervision steps between two looks at the network's stability."""


class Motor:
    """One node's engine. `files` and `crc32`: see `journal`; `seed` is for jitter and for what
    names a new journal; `now` the present ticks. Reads the journal when it is made."""

    hand_off_class = HandOff
    journal_class = Journal

    def __init__(
        self,
        settings: "NodeSettings",
        registry: "Registry",
        world: "World",
        files: "Files",
        crc32: "Crc32",
        seed: int,
        now: int,
        writes_per_hour: int = 1800,
    ) -> None:
        self.registry = registry
        self.world = world
        self.holding = Holding(settings.dphi, settings.kappa)
        self.ledger = Ledger()
        self.journal = self.journal_class(
            files, crc32, self.holding, self.ledger, seed, now, writes_per_hour
        )
        self.journal.load(now)
        self.message = Message()
        self._settings = settings
        self._chance = Chance(seed ^ 0x2A6D365A)
        self._turn_us = 10**9 // settings.rate_mhz
        self._next_move = now
        self._flushed_ticks = now
        self._steps = 0
        self._node: Node | None = None

    def attach(self, node: "Node", now: int) -> None:
        """Become this node's motor, and let what the journal brought back go on."""
        self._node = node
        world = self.world
        world.node_id = node.node_id
        world.holding = self.holding
        world.turn_us = self._turn_us
        self.schedule = Schedule(
            self.holding, self.ledger, self.registry, world, node.node_id, node.events
        )
        self.stability = Stability(node.membership, now)
        self.policy = Policy(node.node_id, self.holding, node.membership, self.registry)
        self.telling = Telling(self.holding, node.membership, self._chance, now)
        self.hand_off = self.hand_off_class(
            node.node_id,
            self.holding,
            self.ledger,
            self.journal,
            self.registry,
            self._chance,
            node.events,
        )
        self.orders = Orders(self, self.hand_off.replies)
        self.hand_off.on_held = self._held
        self.hand_off.on_freed = self._freed
        self.hand_off.on_refused = self.policy.rest
        self.hand_off.restore(now)
        for glyph in self.holding.slots:
            if glyph.standing == HELD:
                self._start(glyph)

    # What the node asks

    def take(self, message: Message, now: int) -> None:
        """A packet of a present peer that is no beacon."""
        node = self._node
        kind = message.message_kind
        if kind == KIND_GLYPH:
            self._overhear(message, now)
        elif node is None or message.to != node.node_id:
            return
        elif kind == KIND_OFFER:
            self.hand_off.on_offer(message, now)
        elif kind == KIND_ACCEPT:
            self.hand_off.on_accept(message, now)
        elif kind == KIND_COMMIT:
            self.hand_off.on_commit(message, now)
        elif kind == KIND_DONE:
            self.hand_off.on_done(message, now)
        elif kind == KIND_ABORT:
            self.hand_off.on_abort(message, now)
        elif kind == KIND_REFUSE:
            self.hand_off.on_refuse(message, now)
        elif kind == KIND_ORDER:
            self.orders.take(message, now)

    def supervise(self, now: int) -> None:
        """With every supervision step: mode, stability, and a move if there is one to make."""
        node = self._node
        if node is None:
            return
        world = self.world
        world.coherence = node.coherence
        world.band = node.band
        self.schedule.mode = node.band
        is_coherent = node.coherence > coherence.MIGRATION_THRESHOLD
        self.hand_off.may_receive = is_coherent and node.lock.state == lock.LOCKED
        self._steps += 1
        if self._steps < _LOOK_STEPS:
            return
        self._steps = 0
        if ticks_diff(self._next_move, now) <= 0:
            # Kept up with, or what is long past would look like the future when the ticks wrap.
            self._next_move = now
        stable = self.stability.look(now, node.lock.state, node.claim_us())
        turns = MODES[node.band].handoff_turns
        if not (stable and is_coherent and turns) or not self.holding.count:
            return
        if (
            self._next_move != now
            or self._is_sending()
            or not self.policy.choose(node.theta(now), now)
        ):
            return
        glyph = self.policy.glyph
        if glyph is not None:
            self._offer(glyph, self.policy.target, self.policy.forced, now)
            pause = pause_us(len(node.membership.present) + 1, turns, self._turn_us)
            self._next_move = ticks_add(now, pause)

    def due_in(self, now: int) -> int:
        """µs until there is something to send."""
        if self.hand_off.replies.count:
            return 0
        return min(self.hand_off.due_in(now), self.telling.due_in(now))

    def compose(self, now: int) -> "Message | None":
        """What is to be sent next; its sender, epoch and number are the node's to fill in."""
        message = self.message
        if self.hand_off.replies.take(message):
            return message
        glyph = self.hand_off.next_due(now)
        if glyph is not None:
            self.hand_off.describe(glyph, message)
            self.hand_off.said(glyph, now)
            return message
        return message if self.telling.compose(message, now) else None

    def hurried(self, now: int) -> bool:
        """Whether somebody waits for a packet of a hand-off."""
        return self.hand_off.replies.count > 0 or self.hand_off.due_in(now) == 0

    def epoch(self) -> int:
        """The node's boot epoch."""
        return self._node.transmission.epoch if self._node is not None else 0

    # What the runner asks

    def time_until_due(self, now: int) -> int:
        """µs until `run` has something to do, or should look again, unless Θ_local is steered."""
        node = self._node
        if node is None:
            return self._turn_us
        return node.local.duration(self.schedule.arc_until_due(node.theta(now)))

    def run(self, now: int, clock: "Callable[[], int] | None" = None) -> int:
        """Let the glyphs that are due have their step; how many had one.

        `clock` gives ticks, for measuring how long a step takes; without it none overruns.
        """
        node = self._node
        if node is None:
            return 0
        theta = node.theta(now)
        self.world.theta = theta
        count = self.schedule.run(theta, clock)
        self._pass_on_flush()
        return count

    def flush(self, now: int) -> int:
        """Write to the flash what waits for it; how many records."""
        self._flushed_ticks = now
        return self.journal.flush(now, self.hand_off.written)

    # What people and glyph's orders ask

    def bear(self, kind: int, theta: int, energy: int) -> "Glyph | None":
        """A new glyph, that lives as soon as it is on the flash; None if there is no room.

        The caller may set its other fields until then: ΔΦ and κ are the node's at first, its
        lifetime is endless, its state zero.
        """
        if self.holding.energy + energy > ENERGY_MAXIMUM:
            return None
        glyph = self.holding.free_slot()
        if glyph is None:
            return None
        glyph.birth_node = self._settings.node_id
        glyph.birth_count = self.journal.next_birth()
        glyph.kind = kind
        glyph.dphi = self._settings.dphi
        glyph.kappa = self._settings.kappa
        glyph.theta = theta
        glyph.energy = energy
        glyph.lifetime = LIFETIME_ENDLESS
        glyph.coherence = self.world.coherence
        glyph.hops = 0
        glyph.standing = NASCENT
        self.journal.want()
        return glyph

    def end(self, glyph: Glyph) -> None:
        """End a glyph that is held or stopped; what energy it has is spent."""
        self.ledger.spent += glyph.energy
        glyph.energy = 0
        glyph.standing = ENDING
        self.holding.touch()
        if self._node is not None:
            self._node.events.push(events.GLYPH_ENDED, glyph.birth_node, glyph.birth_count)
        self.journal.want()

    def send(self, glyph: Glyph, target: int, now: int) -> int:
        """Move a glyph to node `target` by order; an outcome of `orders`."""
        node = self._node
        if node is None or glyph.standing != HELD:
            return orders.MOVING
        if node.coherence <= coherence.MIGRATION_THRESHOLD:
            return orders.NOT_COHERENT
        if self.stability.why != STABLE:
            return orders.NOT_STABLE
        peer = node.membership.find(target)
        if peer is None or not peer.present or peer.state != lock.LOCKED:
            return orders.NO_PEER
        return orders.DONE if self._offer(glyph, target, True, now) else orders.NO_FLASH

    def imbalance(self) -> int:
        """Of the ledger: 0, or something is wrong."""
        return self.ledger.imbalance(self.holding.energy)

    # Inside

    def _offer(self, glyph: Glyph, target: int, forced: bool, now: int) -> bool:
        glyph.coherence = self.world.coherence
        return self.hand_off.offer(glyph, target, forced, self.epoch(), now)

    def _is_sending(self) -> bool:
        for glyph in self.holding.slots:
            if glyph.standing == OFFERED or glyph.standing == COMMITTING:
                return True
        return False

    def _overhear(self, message: Message, now: int) -> None:
        """Somebody tells of a glyph of his: perhaps we have a copy, or wait for news of it."""
        if message.birth_node == self._settings.node_id:
            self.journal.know_birth(message.birth_count)
        glyph = self.holding.find(message.birth_node, message.birth_count)
        if glyph is None or glyph.standing == FREE:
            return
        self.hand_off.learn(glyph, message.node_id, message.hops)
        if glyph.counts() and message.hops < glyph.hops and message.standing != DEPARTING:
            self.telling.next_is(glyph, now)

    def _held(self, glyph: Glyph, event: int) -> None:
        if event == events.GLYPH_BORN:
            self.orders.settle(glyph)
        self._start(glyph)

    def _start(self, glyph: Glyph) -> None:
        """It runs from here on, next when Θ_local passes its θ. In the quarter turn behind θ it
        may have run already, at whoever sent it, or before the power went."""
        node = self._node
        if node is not None:
            # Now, not at the last supervision step: that may have been before θ.
            past = (node.theta(self._flushed_ticks) - glyph.theta) & 0xFFFFFFF
            glyph.armed = past >= FAR_TURN
        self.schedule.start(glyph)
        self._pass_on_flush()

    def _pass_on_flush(self) -> None:
        if self.schedule.wants_flush:
            self.schedule.wants_flush = False
            self.journal.want()

    def _freed(self, glyph: Glyph) -> None:
        node = self._node
        if node is not None:
            self.telling.ended(glyph, node.local.ticks)
        self.orders.settle(glyph)
