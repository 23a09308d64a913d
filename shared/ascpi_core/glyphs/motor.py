"""A motor: when glyphs run, orders from a person, what is told of them, and all of it together.

Who is due: a glyph runs when Θ_local passes its θ, once in a turn (see the triggers of `phase`).
How it then goes depends on the mode, which is the band of the coherence: each time that it is due
a glyph is a turn older, but not always may it run.

A step costs energy by its type's COST, before it begins; longer than ALLOT_US costs COST more for
each further ALLOT_US begun. What a glyph does not have it cannot pay: then all is spent, and it
ends. So it does when its lifetime is over. One that raises is stopped, and keeps what it has.

Allocates nothing as long as no glyph comes to an end or raises.
"""

from ..fixed import Prng, const, ticks_add, ticks_diff
from ..phase import FAR_TURN, LOCKED, MIGRATION_THRESHOLD, QUARTER_TURN, arc_until
from ..ssep import (
    KIND_ANSWER,
    KIND_GLYPH,
    KIND_OFFER,
    KIND_ORDER,
    VERB_KILL,
    VERB_MOVE,
    VERB_SPAWN,
    WATCHED_BYTES,
)
from .glyph import (
    CAPACITY,
    ENERGY_MAXIMUM,
    LIFETIME_ENDLESS,
    Glyph,
    GlyphTable,
    glyph_name,
)
from .handoff import HandOff
from .journal import Journal
from .kind import act
from .lifecycle import (
    COMMITTING,
    COUNTS,
    DEPARTING,
    ENDING,
    HELD,
    NASCENT,
    OFFERED,
    ON_END,
    ON_SPAWN,
    ON_STOP,
    STOPPED,
    TOLD,
)
from .messages import PACKETS, SPAWN, Message, copy_fields
from .policy import STABLE, Policy, Stability, pause_us

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from ..field import Field
    from ..node import Transmission
    from ..peers import EventRing, Membership
    from ..phase import Oscillator
    from ..settings import NodeSettings
    from .journal import Crc32, Files
    from .kind import Registry, World

    class Node(Protocol):
        """What a motor knows of its node, which knows it."""

        node_id: int
        field: Field
        local: Oscillator
        events: EventRing
        transmission: Transmission

        def theta(self, now: int) -> int: ...


_COUNT_MASK = const(0x3FFFFFFF)

_GAP_LEAST_US = const(5_000)
_GAP_LONGEST_US = const(50_000)
_PATIENCE_US = const(100_000)
"""A write to the flash stalls both cores of a board: it waits, but not longer than that, for a gap
between pulses and glyphs that is half as long again as the last write."""
_GAP_LOOK_US = const(1_000)
_WRITE_LOOK_US = const(20_000)
_WRITE_AGAIN_US = const(100_000)
"""After a write that came to nothing."""

ERROR_LETTERS = const(100)
"""What is kept of an error's text."""

_NO_TYPE = const("this node has no type of number %d: give it its file, and start it anew")


GUESTS_WAIT = bytes([1, 0, 0, 0])
"""In each band of the coherence, `LOOSE` … `SHARED`: 1 if only glyphs run that were born here."""
RUNS_EVERY = bytes([1, 2, 1, 1])
"""A glyph runs every so many times that it is due."""
HANDOFF_TURNS = bytes([0, 0, 4, 1])
"""From one hand-off to the next, at least; 0: nothing moves."""


class Schedule:
    """Runs the glyphs of one node. `mode` is for the motor to set.

    `errors` says of each glyph that was stopped since the boot, by its name, why.
    """

    def __init__(
        self,
        holding: "GlyphTable",
        registry: "Registry",
        world: "World",
        node_id: int,
    ) -> None:
        self.mode = 0
        self.errors: "dict[str, str]" = {}
        self.steps = 0
        """Steps of all glyphs since the boot, modulo 2^30."""
        self.overruns = 0
        """Steps that took longer than their type's ALLOT_US."""
        self.late = 0
        """How far past its θ the last glyph was run, in 2^-28 turn."""
        self._holding = holding
        self._registry = registry
        self._world = world
        self._node_id = node_id
        self._has_changed = False

    def arc_until_due(self, theta: int) -> int:
        """How far Θ_local has to go, in 2^-28 turn, until `run` has something to do: 0 if now.

        A quarter turn at most: by then there may be a glyph that is armed.
        """
        nearest = QUARTER_TURN
        for glyph in self._holding.slots:
            if glyph.standing == HELD:
                left = arc_until(glyph, theta)
                if left < nearest:
                    nearest = left
        return nearest

    def run(self, theta: int, clock: "Callable[[], int] | None") -> int:
        """Run the glyphs that are due now that Θ_local is `theta`; how many ran.

        `clock()` gives ticks in µs; None where steps take no time.
        """
        ran = 0
        self._world.theta = theta
        try:
            for glyph in self._holding.slots:
                if glyph.standing == HELD and not arc_until(glyph, theta):
                    glyph.armed = False
                    self.late = (theta - glyph.theta) & 0xFFFFFFF
                    if self._pass(glyph, clock):
                        ran += 1
        finally:
            # Also if a step was interrupted at the keyboard.
            self._sum_up()
        return ran

    def start(self, glyph: "Glyph") -> None:
        """Tell a HELD glyph's type that it was born here, has arrived, or is back after a reset.

        Stopped if that raises, or if this node does not have its type.
        """
        kind = self._registry.by_number(glyph.kind)
        if kind is None:
            failure = _NO_TYPE % glyph.kind
        else:
            failure = act(kind, glyph, self._world, True)
            self._has_changed = True
        if failure:
            self._stop(glyph, failure)
        self._sum_up()

    def _pass(self, glyph: "Glyph", clock: "Callable[[], int] | None") -> bool:
        """Θ_local has passed the glyph's θ; whether it ran."""
        passes = glyph.passes = (glyph.passes + 1) & _COUNT_MASK
        glyph.unsaved = True
        if glyph.lifetime == 0:
            self._end(glyph)
            return False
        if glyph.lifetime != LIFETIME_ENDLESS:
            glyph.lifetime -= 1
        ran = False
        if passes % RUNS_EVERY[self.mode] == 0 and not (
            GUESTS_WAIT[self.mode] and glyph.birth_node != self._node_id
        ):
            ran = self._step(glyph, clock)
        if glyph.lifetime == 0 and glyph.standing == HELD:
            self._end(glyph)
        return ran

    def _step(self, glyph: "Glyph", clock: "Callable[[], int] | None") -> bool:
        """Let it run, and have it pay for it; whether it could."""
        kind = self._registry.by_number(glyph.kind)
        if kind is None:
            self._stop(glyph, _NO_TYPE % glyph.kind)
            return False
        if glyph.energy < kind.COST:
            self._end(glyph)
            return False
        self._charge(glyph, kind.COST)
        glyph.coherence = self._world.coherence
        glyph.steps = (glyph.steps + 1) & _COUNT_MASK
        self.steps = (self.steps + 1) & _COUNT_MASK
        began = clock() if clock is not None else 0
        failure = act(kind, glyph, self._world, False)
        if failure:
            self._stop(glyph, failure)
        if clock is not None:
            took_us = ticks_diff(clock(), began)
            if took_us > kind.ALLOT_US:
                self._overrun(glyph, kind.COST, (took_us - 1) // kind.ALLOT_US)
        return True

    def _overrun(self, glyph: "Glyph", cost: int, further: int) -> None:
        """A step took longer, by `further` times its ALLOT_US begun."""
        self.overruns = (self.overruns + 1) & _COUNT_MASK
        # The product could leave 31 bits, the quotient cannot.
        if further <= glyph.energy // cost:
            self._charge(glyph, further * cost)
        elif glyph.standing == HELD:
            self._end(glyph)
        else:
            self._charge(glyph, glyph.energy)

    def _stop(self, glyph: "Glyph", failure: str) -> None:
        glyph.armed = False
        self._holding.move(glyph, ON_STOP)
        errors = self.errors
        stopped = [
            glyph_name(one.birth_node, one.birth_count)
            for one in self._holding.slots
            if one.standing == STOPPED
        ]
        for known in list(errors):
            if known not in stopped:
                del errors[known]
        words = " ".join(failure.split())[:ERROR_LETTERS]
        errors[glyph_name(glyph.birth_node, glyph.birth_count)] = words

    def _end(self, glyph: "Glyph") -> None:
        glyph.armed = False
        self._has_changed = True
        self._holding.move(glyph, ON_END)

    def _charge(self, glyph: "Glyph", quanta: int) -> None:
        glyph.energy -= quanta
        self._holding.ledger.spent += quanta
        self._holding.energy -= quanta
        self._has_changed = True

    def _sum_up(self) -> None:
        """What is told of all glyphs together, once for all that happened to them."""
        if self._has_changed:
            self._has_changed = False
            self._holding.average()


# Orders from a person: give birth to a glyph, end one, move one. Each is carried out once.
#
# An order names the boot of the node that it is for, so it means nothing after a restart; and its
# number, so that one heard again is answered again and not done again.

ORDER_DONE = const(0)
ORDER_NO_GLYPH = const(1)
ORDER_NO_ROOM = const(2)
ORDER_NO_TYPE = const(3)
ORDER_NOT_COHERENT = const(4)
ORDER_NOT_STABLE = const(5)
ORDER_NO_PEER = const(6)
ORDER_MOVING = const(7)
ORDER_NO_FLASH = const(8)
ORDER_RESTARTED = const(9)
ORDER_UNKNOWN = const(10)

_PENDING = const(-1)
_ORDERS_NUMBERS = const(40)
_ORDER = const(5)
"""Eight orders are remembered: who gave it, its number, its outcome, and the id of the glyph."""


# What a node tells of its glyphs, one packet for one glyph, in rotation.
#
# Whoever listens can keep a list of all glyphs: a node's beacon has the digest of those that it
# holds, so a listener knows whether its list is complete. And a node that hears of a glyph which
# it runs itself knows which copy is the stale one.

ANNOUNCE_SHARE_US = const(100_000)
"""A field of N nodes tells of glyphs at most ten times a second, all together."""
ANNOUNCE_PERIOD_US = const(250_000)
"""And one node at most four times."""

_NEVER_US = const(1 << 28)
_ENDED_ROOM = const(8)
_ENDED = const(5)
_ENDED_TIMES = const(3)
"""A glyph that has ended is told of so often: or it would look lost."""


class Announcements:
    """Which glyph is told of when."""

    def __init__(
        self, holding: "GlyphTable", membership: "Membership", chance: "Prng", now: int
    ) -> None:
        self._holding = holding
        self._membership = membership
        self._chance = chance
        self._due = now
        self._turn = 0
        self._next: Glyph | None = None
        self._ended = [0] * (_ENDED_ROOM * _ENDED)
        self._ended_next = 0

    def ended(self, glyph: "Glyph", now: int) -> None:
        """Tell that this glyph is no more."""
        at = self._ended_next
        self._ended_next = (at + _ENDED) % (_ENDED_ROOM * _ENDED)
        ended = self._ended
        ended[at] = _ENDED_TIMES
        ended[at + 1] = glyph.birth_node
        ended[at + 2] = glyph.birth_count
        ended[at + 3] = glyph.hops
        ended[at + 4] = glyph.kind
        self.hasten(now)

    def next_is(self, glyph: "Glyph", now: int) -> None:
        """Tell of this glyph next, and soon."""
        self._next = glyph
        self.hasten(now)

    def hasten(self, now: int) -> None:
        """Something is new: tell soon, unless the field is so large that its share is long."""
        if (len(self._membership.present) + 1) * ANNOUNCE_SHARE_US > 4 * ANNOUNCE_PERIOD_US:
            return
        soon = 1000 + self._chance.below(64) * 1000
        if ticks_diff(self._due, now) > soon:
            self._due = ticks_add(now, soon)

    def due_in(self, now: int) -> int:
        """µs until `compose` has something."""
        if not self._holding.slots:
            return _NEVER_US
        left = ticks_diff(self._due, now)
        # What looks like a distant future is long past: nothing was held, and the ticks wrapped.
        return left if 0 < left < _NEVER_US else 0

    def compose(self, message: "Message", now: int) -> bool:
        """Write what is due to be told into `message`; False if that is nothing."""
        if self.due_in(now) > 0:
            return False
        period = max(ANNOUNCE_SHARE_US * (len(self._membership.present) + 1), ANNOUNCE_PERIOD_US)
        self._due = ticks_add(
            now, period - (period >> 3) + (period >> 10) * self._chance.below(256)
        )
        message.message_kind = KIND_GLYPH
        ended = self._ended
        for at in range(0, len(ended), _ENDED):
            if ended[at]:
                ended[at] -= 1
                message.standing = ENDING
                message.energy = message.lifetime = message.theta = 0
                message.dphi = message.kappa = message.peer = 0
                for index in range(WATCHED_BYTES):
                    message.state[index] = 0
                message.birth_node = ended[at + 1]
                message.birth_count = ended[at + 2]
                message.hops = ended[at + 3]
                message.kind = ended[at + 4]
                return True
        glyph = self._choose()
        if glyph is None:
            return False
        copy_fields(message, glyph, PACKETS[KIND_GLYPH - KIND_OFFER])
        if glyph.standing != DEPARTING:
            message.peer = 0
        return True

    def _choose(self) -> "Glyph | None":
        chosen = self._next
        self._next = None
        if chosen is not None and chosen.stands(TOLD):
            return chosen
        slots = self._holding.slots
        for _ in range(len(slots)):
            self._turn += 1
            if self._turn >= len(slots):
                self._turn = 0
            glyph = slots[self._turn]
            if glyph.stands(TOLD):
                return glyph
        return None


# The motor: a node's engine. It holds the glyphs, runs the due ones, and hands them on.
#
# Whoever runs a node with a motor does, besides what `node` says,
#
# - call `run` when `time_until_due` is 0: the glyphs whose θ the phase has passed have their step,
# - call `flush` when `holding.pending`, or a checkpoint is due: it writes to the flash, and so has
#   no place in the control loop,
# - ask `node.poll` again at once while `hurried`.

_LOOK_STEPS = const(4)
"""Supervision steps between two looks at the network's stability."""


class Motor:
    """One node's engine. `files` and `crc32`: see `journal`; `seed` is for jitter and for what
    names a new journal; `now` the present ticks; `capacity` the glyphs that there is room for.
    Reads the journal when it is made."""

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
        capacity: int = CAPACITY,
    ) -> None:
        self.registry = registry
        self.world = world
        self.holding = GlyphTable(settings.dphi, settings.kappa, capacity)
        self.journal = self.journal_class(files, crc32, self.holding, seed, now, writes_per_hour)
        self.journal.load(now)
        self.message = Message()
        self.heard = Message()
        """Where the node puts what it hears, for `take`."""
        self._settings = settings
        self._chance = Prng(seed ^ 0x2A6D365A)
        self._turn_us = 10**9 // settings.rate_mhz
        self._next_move = now
        self.late_us = 0
        """How far past its θ a glyph ran, at most, since this was last set to 0."""
        self.stalled_us = 0
        """How long the last write to the flash took."""
        self._flushed_ticks = now
        self._write_due = now
        self._wanted_ticks = now
        self._wants_write = False
        self._steps = 0
        self._durable: list[Glyph] = []
        self._orders = [0] * _ORDERS_NUMBERS
        self._orders_next = 0
        self._node: Node | None = None

    def attach(self, node: "Node", now: int) -> None:
        """Become this node's motor, and let what the journal brought back go on."""
        self._node = node
        holding = self.holding
        holding.events = node.events
        world = self.world
        world.node_id = node.node_id
        world.holding = holding
        world.turn_us = self._turn_us
        self.schedule = Schedule(holding, self.registry, world, node.node_id)
        self.stability = Stability(node.field.membership, now)
        self.policy = Policy(node.node_id, holding, node.field.membership, self.registry)
        self.telling = Announcements(holding, node.field.membership, self._chance, now)
        self.hand_off = self.hand_off_class(
            node.node_id, holding, self.journal, self.registry, self._chance
        )
        self.hand_off.restore(now)
        for glyph in holding.slots:
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
        elif kind == KIND_ORDER:
            self._take_order(message, now)
        elif self.hand_off.take(message, now):
            self.policy.rest(message.node_id, now)

    def supervise(self, now: int) -> None:
        """With every supervision step: mode, stability, and a move if there is one to make."""
        node = self._node
        if node is None:
            return
        world = self.world
        world.coherence = node.field.coherence
        world.band = node.field.band
        self.schedule.mode = node.field.band
        is_coherent = node.field.coherence > MIGRATION_THRESHOLD
        self.hand_off.may_receive = is_coherent and node.field.lock.state == LOCKED
        silent = self.hand_off.expired(now)
        if silent:
            self.policy.rest(silent, now)
        self._steps += 1
        if self._steps < _LOOK_STEPS:
            return
        self._steps = 0
        if ticks_diff(self._next_move, now) <= 0:
            # Kept up with, or what is long past would look like the future when the ticks wrap.
            self._next_move = now
        stable = self.stability.look(now, node.field.lock.state, node.field.claim_us())
        turns = HANDOFF_TURNS[node.field.band]
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
            pause = pause_us(len(node.field.membership.present) + 1, turns, self._turn_us)
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
        ran = self.schedule.run(node.theta(now), clock)
        if ran:
            self.late_us = max(self.late_us, node.local.duration(self.schedule.late))
        return ran

    def write(self, now: int, free_us: int, clock: "Callable[[], int]") -> int:
        """Write to the flash what waits for it, if nothing is due for `free_us`, long enough; µs
        until this is to be asked again, 0 if something was written. `clock` gives ticks."""
        left_us = ticks_diff(self._write_due, now)
        if left_us > 0:
            return left_us
        if not self.holding.pending and self.journal.checkpoint_due_in(now):
            self._wants_write = False
            return _WRITE_LOOK_US
        if not self._wants_write:
            self._wants_write = True
            self._wanted_ticks = now
        longest_us = min(_GAP_LONGEST_US, self._turn_us >> 3)
        gap_us = min(max(self.stalled_us + (self.stalled_us >> 1), _GAP_LEAST_US), longest_us)
        if free_us < gap_us and ticks_diff(now, self._wanted_ticks) < _PATIENCE_US:
            return _GAP_LOOK_US
        self._wants_write = False
        if not self.flush(now):
            self._write_due = ticks_add(now, _WRITE_AGAIN_US)
            return _WRITE_AGAIN_US
        self._write_due = clock()
        self.stalled_us = ticks_diff(self._write_due, now)
        return 0

    def flush(self, now: int) -> int:
        """Write to the flash what waits for it; how many records."""
        self._flushed_ticks = now
        durable = self._durable
        count = self.journal.flush(now, durable)
        for glyph in durable:
            before = glyph.standing
            if before == ENDING:
                if self._node is not None:
                    self.telling.ended(glyph, self._node.local.ticks)
                self._settle(glyph)
            if self.hand_off.written(glyph):
                if before == NASCENT:
                    self._settle(glyph)
                self._start(glyph)
        durable.clear()
        return count

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
        self.holding.move(glyph, ON_SPAWN)
        return glyph

    def end(self, glyph: Glyph) -> None:
        """End a glyph that is held or stopped; what energy it has is spent."""
        self.holding.move(glyph, ON_END)
        self.holding.average()

    def send(self, glyph: Glyph, target: int, now: int) -> int:
        """Move a glyph to node `target` by order; an outcome of `orders`."""
        node = self._node
        if node is None or glyph.standing != HELD:
            return ORDER_MOVING
        if node.field.coherence <= MIGRATION_THRESHOLD:
            return ORDER_NOT_COHERENT
        if self.stability.why != STABLE:
            return ORDER_NOT_STABLE
        peer = node.field.membership.find(target)
        if peer is None or not peer.present or peer.state != LOCKED:
            return ORDER_NO_PEER
        return ORDER_DONE if self._offer(glyph, target, True, now) else ORDER_NO_FLASH

    def imbalance(self) -> int:
        """Of the ledger: 0, or something is wrong."""
        return self.holding.ledger.imbalance(self.holding.energy)

    # Orders

    def _take_order(self, message: Message, now: int) -> None:
        """Carry out an order, or answer again what came of it."""
        sender = message.node_id
        if message.to_epoch != self.epoch():
            self.hand_off.replies.add(KIND_ANSWER, sender, message.number, ORDER_RESTARTED, 0, 0)
            return
        orders = self._orders
        for at in range(0, _ORDERS_NUMBERS, _ORDER):
            if orders[at] == sender and orders[at + 1] == message.number:
                break
        else:
            at = self._orders_next
            self._orders_next = (at + _ORDER) % _ORDERS_NUMBERS
            orders[at] = sender
            orders[at + 1] = message.number
            # Of a spawn it is told below.
            orders[at + 3] = message.birth_node
            orders[at + 4] = message.birth_count
            orders[at + 2] = self._carry_out(message, at, now)
        self._answer(at)

    def _settle(self, glyph: Glyph) -> None:
        """What was ordered of this glyph is on the flash."""
        orders = self._orders
        for at in range(0, _ORDERS_NUMBERS, _ORDER):
            if orders[at + 2] == _PENDING and glyph.is_called(orders[at + 3], orders[at + 4]):
                orders[at + 2] = ORDER_DONE
                self._answer(at)

    def _answer(self, at: int) -> None:
        orders = self._orders
        if orders[at + 2] != _PENDING:
            self.hand_off.replies.add(
                KIND_ANSWER,
                orders[at],
                orders[at + 1],
                orders[at + 2],
                orders[at + 3],
                orders[at + 4],
            )

    def _carry_out(self, message: Message, at: int, now: int) -> int:
        verb = message.verb
        if verb == VERB_SPAWN:
            if self.registry.by_number(message.kind) is None:
                return ORDER_NO_TYPE
            if not self.journal.may_begin(now, 1):
                return ORDER_NO_FLASH
            new = self.bear(message.kind, message.theta, message.energy)
            if new is None:
                return ORDER_NO_ROOM
            copy_fields(new, message, PACKETS[SPAWN])
            self._orders[at + 3] = new.birth_node
            self._orders[at + 4] = new.birth_count
            return _PENDING
        glyph = self.holding.find(message.birth_node, message.birth_count)
        if glyph is None or not (glyph.stands(COUNTS) or glyph.standing == NASCENT):
            return ORDER_NO_GLYPH
        if verb == VERB_MOVE:
            return self.send(glyph, message.target, now)
        if verb != VERB_KILL:
            return ORDER_UNKNOWN
        if glyph.standing != HELD and glyph.standing != STOPPED:
            return ORDER_MOVING
        self.end(glyph)
        return _PENDING

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
        if glyph is None:
            return
        self.hand_off.learn(glyph, message.node_id, message.hops)
        if glyph.stands(COUNTS) and message.hops < glyph.hops and message.standing != DEPARTING:
            self.telling.next_is(glyph, now)

    def _start(self, glyph: Glyph) -> None:
        """It runs from here on, next when Θ_local passes its θ. In the quarter turn behind θ it
        may have run already, at whoever sent it, or before the power went."""
        node = self._node
        if node is not None:
            # Now, not at the last supervision step: that may have been before θ.
            past = (node.theta(self._flushed_ticks) - glyph.theta) & 0xFFFFFFF
            glyph.armed = past >= FAR_TURN
        self.schedule.start(glyph)
