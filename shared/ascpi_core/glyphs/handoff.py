"""The hand-off: offer, accept, commit, done, on both sides.

Answers that wait to be sent: a bounded ring. One that is lost is asked for again.
"""

from ..fixed import const, ticks_add, ticks_diff
from ..peers import (
    EVENT_GLYPH_ARRIVED,
    EVENT_GLYPH_BORN,
    EVENT_GLYPH_FENCED,
    EVENT_GLYPH_LEFT,
    EVENT_GLYPH_RETURNED,
)
from ..ssep import (
    KIND_ABORT,
    KIND_ACCEPT,
    KIND_ANSWER,
    KIND_COMMIT,
    KIND_DONE,
    KIND_OFFER,
    KIND_REFUSE,
)
from .glyph import (
    ARRIVING,
    COMMITTING,
    DEPARTED,
    DEPARTING,
    DROPPING,
    ENDING,
    ENERGY_MAXIMUM,
    FENCING,
    HELD,
    NASCENT,
    OFFERED,
    PREPARED,
    PREPARING,
    RESUMING,
    STATE_BYTES,
    fingerprint,
)
from .policy import ANY_ENERGY, accepts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..fixed import Prng
    from ..peers import EventRing
    from .glyph import Glyph, GlyphTable, Ledger
    from .journal import Journal
    from .kind import Registry
    from .messages import Message

_ROOM = const(16)


class _Reply:
    """Up to five numbers, named by what kind of packet they are for."""

    def __init__(self) -> None:
        self.kind = 0
        self.to = 0
        self.first = 0
        self.second = 0
        self.third = 0
        self.fourth = 0


class Replies:
    """First in, first out; with none free the newest is dropped and counted."""

    def __init__(self) -> None:
        self.count = 0
        self.dropped = 0
        self._replies = [_Reply() for _ in range(_ROOM)]
        self._first = 0

    def done(self, to: int, identity: int, nonce: int, check: int, outcome: int) -> None:
        """To a sender: its glyph is on our flash, or lost with it."""
        self._add(KIND_DONE, to, identity, nonce, check, outcome)

    def abort(self, to: int, identity: int, nonce: int, check: int) -> None:
        """To a receiver: what it prepared will never be committed."""
        self._add(KIND_ABORT, to, identity, nonce, check, 0)

    def refuse(self, to: int, birth_node: int, birth_count: int, number: int, why: int) -> None:
        """To a sender: not here."""
        self._add(KIND_REFUSE, to, birth_node, birth_count, number, why)

    def answer(self, to: int, number: int, outcome: int, birth_node: int, count: int) -> None:
        """To whoever gave an order: what came of it."""
        self._add(KIND_ANSWER, to, birth_node, count, number, outcome)

    def _add(self, kind: int, to: int, first: int, second: int, third: int, fourth: int) -> None:
        if self.count == _ROOM:
            self.dropped += 1
            return
        reply = self._replies[(self._first + self.count) % _ROOM]
        reply.kind = kind
        reply.to = to
        reply.first = first
        reply.second = second
        reply.third = third
        reply.fourth = fourth
        self.count += 1

    def take(self, message: "Message") -> bool:
        """Move the oldest into `message`; False if none waits."""
        if not self.count:
            return False
        reply = self._replies[self._first]
        self._first = (self._first + 1) % _ROOM
        self.count -= 1
        message.message_kind = reply.kind
        message.to = reply.to
        if reply.kind == KIND_DONE or reply.kind == KIND_ABORT:
            message.identity = reply.first
            message.nonce = reply.second
            message.check = reply.third
            message.outcome = reply.fourth
            message.reason = reply.fourth
        else:
            message.birth_node = reply.first
            message.birth_count = reply.second
            message.number = reply.third
            message.outcome = reply.fourth
            message.reason = reply.fourth
        return True


# What both sides of a hand-off share: what they know, and saying things again until answered.

FIRST_RETRY_US = const(40_000)
RETRY_DOUBLINGS = const(7)
"""Pauses between repetitions double up to 40 ms · 2^7 = 5.1 s, and have up to a quarter added."""

_SPEAKING = (OFFERED, DEPARTING, PREPARED)
"""Standings in which something is sent again and again. Made once: in a loop it would allocate."""

REFUSED_KIND = const(1)
REFUSED_ROOM = const(2)
REFUSED_ENERGY = const(3)
REFUSED_COHERENCE = const(4)
REFUSED_BUSY = const(5)
REFUSED_STALE = const(6)
REFUSED_FLASH = const(7)
REFUSALS = ("", "kind", "room", "energy", "coherence", "busy", "stale", "flash")
"""Why an offer is refused."""


class Transfers:
    """The glyphs of one node that are on the move, and the packets that move them."""

    def __init__(
        self,
        node_id: int,
        holding: "GlyphTable",
        ledger: "Ledger",
        journal: "Journal",
        registry: "Registry",
        chance: "Prng",
        ring: "EventRing",
    ) -> None:
        self.may_receive = False
        self.replies = Replies()
        self.on_held: "Callable[[Glyph, int], None] | None" = None
        """Told of each glyph that begins to run here, and the event: born, arrived or returned."""
        self.on_freed: "Callable[[Glyph], None] | None" = None
        """Told of each glyph that has ended, durably, before its slot is cleared."""
        self.on_refused: "Callable[[int, int], None] | None" = None
        """Told a peer's id and the ticks when that one refused or did not answer an offer."""
        self.sent = 0
        self.received = 0
        self.returned = 0
        self.fenced = 0
        self.refusals = [0] * len(REFUSALS)
        self.holding = holding
        self.ledger = ledger
        self.journal = journal
        self.node_id = node_id
        self.registry = registry
        self._chance = chance
        self.events = ring
        self._offers = 0
        self._moving = 0

    def begin_moving(self, glyph: "Glyph") -> None:
        glyph.attempts = 0
        self._moving += 1

    def soon(self, glyph: "Glyph", now: int) -> None:
        """The other side does not know: say it again, but not faster than every 20 ms."""
        soon = ticks_add(now, FIRST_RETRY_US >> 1)
        if ticks_diff(glyph.due_ticks, soon) > 0:
            glyph.due_ticks = soon

    def begin_running(self, glyph: "Glyph", event: int) -> None:
        """From now on it runs here: it was born, has arrived, or has come back."""
        glyph.standing = HELD
        glyph.armed = False
        glyph.passes = 0
        glyph.steps = 0
        self.holding.touch()
        self.events.push(event, glyph.birth_node, glyph.birth_count)
        if self.on_held is not None:
            self.on_held(glyph, event)

    def withdraw(self, glyph: "Glyph", now: int) -> None:
        """End an offer; the glyph runs on here."""
        glyph.standing = HELD
        if self.on_refused is not None:
            self.on_refused(glyph.peer, now)

    def next_due(self, now: int) -> "Glyph | None":
        """A glyph of which something is to be sent now: an offer, accept or commit.

        Withdraws offers that nobody answers on the way.
        """
        if not self._moving:
            return None
        moving = 0
        found: Glyph | None = None
        for glyph in self.holding.slots:
            standing = glyph.standing
            if standing == OFFERED and ticks_diff(now, glyph.deadline_ticks) >= 0:
                self.withdraw(glyph, now)
            elif standing in _SPEAKING:
                moving += 1
                if found is None and (not glyph.attempts or glyph.is_due(now)):
                    found = glyph
        self._moving = moving
        return found

    def due_in(self, now: int) -> int:
        """µs until `next_due` has something; 2^28 if nothing moves."""
        soonest = 1 << 28
        if not self._moving:
            return soonest
        for glyph in self.holding.slots:
            if glyph.standing in _SPEAKING:
                if not glyph.attempts:
                    return 0
                soonest = min(soonest, ticks_diff(glyph.due_ticks, now))
        return max(soonest, 0)

    def said(self, glyph: "Glyph", now: int) -> None:
        """What was due of this glyph has been sent: when to say it again."""
        pause = FIRST_RETRY_US << min(glyph.attempts, RETRY_DOUBLINGS)
        pause += (pause >> 10) * self._chance.below(256)
        glyph.attempts += 1
        glyph.due_ticks = ticks_add(now, pause)

    def describe(self, glyph: "Glyph", message: "Message") -> None:
        """Fill in the offer, accept or commit that this glyph stands for."""
        standing = glyph.standing
        message.to = glyph.peer
        message.birth_node = glyph.birth_node
        message.birth_count = glyph.birth_count
        message.hops = glyph.hops
        message.number = glyph.offer
        message.identity = glyph.identity
        message.nonce = glyph.nonce
        if standing == PREPARED:
            message.message_kind = KIND_ACCEPT
        elif standing == DEPARTING:
            message.message_kind = KIND_COMMIT
            message.check = fingerprint(glyph.birth_node, glyph.birth_count, glyph.hops) & 0xFFFF
            for index in range(STATE_BYTES):
                message.state[index] = glyph.state[index]
        else:
            message.message_kind = KIND_OFFER
            message.kind = glyph.kind
            message.dphi = glyph.dphi
            message.kappa = glyph.kappa
            message.theta = glyph.theta
            message.energy = glyph.energy
            message.lifetime = glyph.lifetime
            message.coherence = glyph.coherence
            message.sender_energy = ANY_ENERGY if glyph.forced else self.holding.energy


# The sending side of a hand-off: offer, and when it is accepted commit, until it is done.

OFFER_TIMEOUT_US = const(600_000)
"""An offer that is not accepted by then is withdrawn."""

HANDED = const(0)
LOST = const(1)
"""Outcomes of a commit: it is on the receiver's flash, or was lost with it."""

_WRITES = const(2)


class Departures(Transfers):
    """What leaves this node."""

    def offer(self, glyph: "Glyph", target: int, forced: bool, epoch: int, now: int) -> bool:
        """Begin to hand a held glyph to node `target`; False if the flash has no writes left."""
        if glyph.standing != HELD or not self.journal.may_begin(now, _WRITES):
            return False
        self._offers = (self._offers + 1) & 0xFFFF
        glyph.offer = (epoch & 0x3FFF) << 16 | self._offers
        glyph.peer = target
        glyph.forced = forced
        glyph.deadline_ticks = ticks_add(now, OFFER_TIMEOUT_US)
        glyph.identity = 0
        glyph.nonce = 0
        glyph.standing = OFFERED
        self.begin_moving(glyph)
        return True

    def on_accept(self, message: "Message", now: int) -> None:
        """The receiver has prepared: commit, or say that this will never happen."""
        if not self.journal.readable:
            return
        glyph = self.holding.find(message.birth_node, message.birth_count)
        if glyph is not None and glyph.peer == message.node_id:
            if (
                glyph.standing == OFFERED
                and glyph.offer == message.number
                and glyph.hops == message.hops
            ):
                glyph.identity = message.identity
                glyph.nonce = message.nonce
                glyph.standing = COMMITTING
                self.journal.want()
                return
            if glyph.nonce == message.nonce and glyph.identity == message.identity:
                if glyph.standing == DEPARTING:
                    self.soon(glyph, now)
                if COMMITTING <= glyph.standing <= DEPARTED:
                    return
        check = fingerprint(message.birth_node, message.birth_count, message.hops) & 0xFFFF
        self.replies.abort(message.node_id, message.identity, message.nonce, check)

    def on_refuse(self, message: "Message", now: int) -> None:
        """The receiver does not want it: it stays, and runs on."""
        glyph = self.holding.find(message.birth_node, message.birth_count)
        if (
            glyph is not None
            and glyph.standing == OFFERED
            and glyph.peer == message.node_id
            and glyph.offer == message.number
        ):
            self.withdraw(glyph, now)

    def on_done(self, message: "Message", now: int) -> None:
        """The receiver has it on its flash; or it lost its flash, and with it the glyph."""
        for glyph in self.holding.slots:
            if (
                glyph.standing == DEPARTING
                and glyph.peer == message.node_id
                and glyph.nonce == message.nonce
                and glyph.identity == message.identity
                and fingerprint(glyph.birth_node, glyph.birth_count, glyph.hops) & 0xFFFF
                == message.check
            ):
                if message.outcome == LOST:
                    glyph.standing = RESUMING
                    self.journal.want()
                else:
                    glyph.standing = DEPARTED
                return


# Hand-off: a glyph moves from one node to another, exactly once, whatever is lost or dies.
#
#     sender                                receiver
#     offer      (it stands still)   →
#                                           written: prepared, under a nonce never used before
#                                    ←      accept  (the nonce)
#     written: committed
#     commit     (its state)         →      for ever, until
#                                           written: arrived; it runs from here on
#                                    ←      done
#     written: gone
#
# Nothing is answered before it is on the flash. *Committed* is the point of no return: before it
# the glyph is the sender's, behind it the receiver's, and the sender asks for ever whether it
# knows. What is heard twice, late, or after a restart is answered from what is written:
#
# - an accept of an offer that is not outstanding is aborted: it was never committed, nor will be;
# - a prepared glyph is given up only when the sender aborts it, or when the glyph is seen
# elsewhere   at a higher hop, which proves the same; - a commit under a nonce that was given out
# and is prepared no more has been done: done; - a node whose journal could not be read does not
# know what it has: it answers nothing; - a commit under a nonce of another identity went to a
# flash that was erased since: lost, and the   sender takes the glyph back.
#
# Hops fence: of two copies of a glyph (a board was restored from a backup) the one with fewer hops
# stops; with as many, the one on the node with the higher id.

_WRITES_TO_RECEIVE = const(3)


class HandOff(Departures):
    """Both sides of all hand-offs of one node. `may_receive` follows the field's coherence."""

    # Receiving

    def on_offer(self, message: "Message", now: int) -> None:
        """Prepare for a glyph, or say why not."""
        glyph = self.holding.find(message.birth_node, message.birth_count)
        if glyph is not None and glyph.standing != DEPARTED:
            self._offered_again(glyph, message, now)
            return
        reason = self._reason_against(message, now)
        if glyph is None and not reason:
            glyph = self.holding.free_slot()
            if glyph is None:
                reason = REFUSED_ROOM
        if reason or glyph is None:
            self._refuse(message, reason)
            return
        take_over(glyph, message)
        glyph.identity = self.journal.identity
        glyph.nonce = self.journal.next_nonce()
        glyph.standing = PREPARING
        self.journal.want()

    def _offered_again(self, glyph: "Glyph", message: "Message", now: int) -> None:
        """An offer of a glyph that has a slot here."""
        standing = glyph.standing
        if standing == PREPARED and glyph.peer == message.node_id:
            # Of this offer or of an earlier one: the sender commits it, or aborts it.
            self.soon(glyph, now)
            return
        if standing == PREPARING and glyph.offer == message.number:
            return
        if glyph.counts() and message.hops <= glyph.hops:
            self._refuse(message, REFUSED_STALE)
            return
        self.learn(glyph, message.node_id, message.hops)
        self._refuse(message, REFUSED_BUSY)

    def _reason_against(self, message: "Message", now: int) -> int:
        """Why an offer of a glyph that is not here is refused; 0 if it is not."""
        if self.registry.by_number(message.kind) is None:
            return REFUSED_KIND
        if not self.may_receive:
            return REFUSED_COHERENCE
        expected = self.holding.energy
        for glyph in self.holding.slots:
            if PREPARING <= glyph.standing <= ARRIVING:
                expected += glyph.energy
        if expected + message.energy > ENERGY_MAXIMUM:
            return REFUSED_ROOM
        if not accepts(expected, message.energy, message.sender_energy):
            return REFUSED_ENERGY
        if not self.journal.may_begin(now, _WRITES_TO_RECEIVE):
            return REFUSED_FLASH
        return 0

    def _refuse(self, message: "Message", reason: int) -> None:
        self.refusals[reason] += 1
        self.replies.refuse(
            message.node_id, message.birth_node, message.birth_count, message.number, reason
        )

    def on_commit(self, message: "Message", now: int) -> None:
        """The glyph is ours as soon as that is written."""
        if not self.journal.readable:
            return
        if message.identity != self.journal.identity:
            self._answer(message, LOST)
            return
        glyph = self._under(message.nonce)
        if glyph is None:
            # Done already, or given out in a history that a backup has wiped away.
            self._answer(message, HANDED if self.journal.has_given(message.nonce) else LOST)
        elif not self._is_for(glyph, message):
            self._answer(message, LOST)
        elif glyph.standing == PREPARED:
            for index in range(STATE_BYTES):
                glyph.state[index] = message.state[index]
            glyph.hops += 1
            glyph.standing = ARRIVING
            self.journal.want()

    def on_abort(self, message: "Message", now: int) -> None:
        """The sender has not committed what we prepared, and never will."""
        if not self.journal.readable or message.identity != self.journal.identity:
            return
        glyph = self._under(message.nonce)
        if glyph is not None and glyph.standing == PREPARED and self._is_for(glyph, message):
            glyph.standing = DROPPING
            self.journal.want()

    def _under(self, nonce: int) -> "Glyph | None":
        """The glyph that is to arrive under this nonce of ours."""
        for glyph in self.holding.slots:
            if PREPARED <= glyph.standing <= ARRIVING and glyph.nonce == nonce:
                return glyph
        return None

    def _is_for(self, glyph: "Glyph", message: "Message") -> bool:
        """Whether a commit or abort means this glyph: a nonce may come again after a backup."""
        hops = glyph.hops - 1 if glyph.standing == ARRIVING else glyph.hops
        check = fingerprint(glyph.birth_node, glyph.birth_count, hops) & 0xFFFF
        return glyph.peer == message.node_id and check == message.check

    def _answer(self, message: "Message", outcome: int) -> None:
        self.replies.done(message.node_id, message.identity, message.nonce, message.check, outcome)

    # What others tell of their glyphs

    def learn(self, glyph: "Glyph", node_id: int, hops: int) -> bool:
        """Node `node_id` has this glyph at so many hops: True if our copy was the stale one."""
        standing = glyph.standing
        if hops > glyph.hops:
            if standing == DEPARTING:
                # It went on from where we sent it: they have it, and their answer was lost.
                glyph.standing = DEPARTED
            elif standing == PREPARED:
                # Elsewhere it went on: it was never committed to us, nor will be.
                glyph.standing = DROPPING
                self.journal.want()
        elif hops < glyph.hops or node_id > self.node_id:
            return False
        if HELD <= standing <= OFFERED and hops >= glyph.hops:
            self.fence(glyph)
            return True
        return False

    def fence(self, glyph: "Glyph") -> None:
        """Stop a stale copy. It was sent on in a history that this node has lost."""
        self.ledger.sent += glyph.energy
        glyph.standing = FENCING
        self.fenced += 1
        self.holding.touch()
        self.events.push(EVENT_GLYPH_FENCED, glyph.birth_node, glyph.birth_count)
        self.journal.want()

    # The flash

    def written(self, glyph: "Glyph") -> None:
        """The record that this glyph stood waiting for is on the flash: go on."""
        standing = glyph.standing
        if standing == NASCENT:
            self.ledger.born += glyph.energy
            self.begin_running(glyph, EVENT_GLYPH_BORN)
        elif standing == COMMITTING:
            self.ledger.sent += glyph.energy
            glyph.standing = DEPARTING
            self.begin_moving(glyph)
            self.sent += 1
            self.holding.touch()
            self.events.push(EVENT_GLYPH_LEFT, glyph.birth_node, glyph.birth_count)
        elif standing == RESUMING:
            self.ledger.received += glyph.energy
            self.returned += 1
            self.begin_running(glyph, EVENT_GLYPH_RETURNED)
        elif standing == PREPARING:
            glyph.standing = PREPARED
            self.begin_moving(glyph)
        elif standing == ARRIVING:
            self.ledger.received += glyph.energy
            self.received += 1
            self.begin_running(glyph, EVENT_GLYPH_ARRIVED)
            check = fingerprint(glyph.birth_node, glyph.birth_count, glyph.hops - 1) & 0xFFFF
            self.replies.done(glyph.peer, glyph.identity, glyph.nonce, check, HANDED)
        elif standing in (DEPARTED, DROPPING, ENDING, FENCING):
            if standing == ENDING and self.on_freed is not None:
                self.on_freed(glyph)
            glyph.clear()

    def restore(self, now: int) -> None:
        """After the journal was read: what was under way goes on."""
        for glyph in self.holding.slots:
            if glyph.standing in (DEPARTING, PREPARED):
                self.begin_moving(glyph)
                glyph.due_ticks = now


def take_over(glyph: "Glyph", message: "Message") -> None:
    """Fill a slot with what an offer says; the state comes with the commit."""
    glyph.clear()
    glyph.birth_node = message.birth_node
    glyph.birth_count = message.birth_count
    glyph.kind = message.kind
    glyph.dphi = message.dphi
    glyph.kappa = message.kappa
    glyph.theta = message.theta
    glyph.energy = message.energy
    glyph.lifetime = message.lifetime
    glyph.coherence = message.coherence
    glyph.hops = message.hops
    glyph.peer = message.node_id
    glyph.offer = message.number
