"""The hand-off: a glyph moves from one node to another, exactly once, whatever is lost or dies.

    sender                                receiver
    offer      (it stands still)   →
                                          written: prepared, under a nonce never used before
                                   ←      accept  (the nonce)
    written: committed
    commit     (its state)         →      for ever, until
                                          written: arrived; it runs from here on
                                   ←      done
    written: gone

Nothing is answered before it is on the flash. *Committed* is the point of no return: before it the
glyph is the sender's, behind it the receiver's, and the sender asks for ever whether it knows.
What is heard twice, late, or after a restart is answered from what is written:

- an accept of an offer that is not outstanding is aborted: it was never committed, nor will be;
- a prepared glyph is given up only when the sender aborts it, or when the glyph is seen elsewhere
  at a higher hop, which proves the same;
- a commit under a nonce that was given out and is prepared no more has been done: done;
- a node whose journal could not be read does not know what it has: it answers nothing;
- a commit under a nonce of another identity went to a flash that was erased since: lost, and the
  sender takes the glyph back.

Hops fence: of two copies of a glyph (a board was restored from a backup) the one with fewer hops
stops; with as many, the one on the node with the higher id.

Which standing follows on which is said in `lifecycle`; here is what a packet must be to make it
so, and what is answered.
"""

from ..fixed import const, ticks_add, ticks_diff
from ..ssep import (
    KIND_ABORT,
    KIND_ACCEPT,
    KIND_COMMIT,
    KIND_DONE,
    KIND_OFFER,
    KIND_REFUSE,
)
from .glyph import ENERGY_MAXIMUM, fingerprint
from .lifecycle import (
    ARRIVING,
    COMMITTING,
    COUNTS,
    DEPARTED,
    DEPARTING,
    FENCING,
    HELD,
    OFFERED,
    ON_ABORT,
    ON_ACCEPT,
    ON_AHEAD,
    ON_COMMIT,
    ON_DONE,
    ON_DOUBLED,
    ON_LOST,
    ON_OFFER,
    ON_PREPARE,
    ON_WITHDRAW,
    ON_WRITTEN,
    PREPARED,
    PREPARING,
    SAYS,
)
from .messages import FIELDS, GLYPH_FIELDS, OWN_STATE, PACKETS, copy_fields
from .policy import ANY_ENERGY, accepts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..fixed import Prng
    from .glyph import Glyph, GlyphTable
    from .journal import Journal
    from .kind import Registry
    from .messages import Message

_ROOM = const(96)
_REPLY = const(6)


class Replies:
    """Answers that wait to be sent, first in, first out. With no room left the newest is dropped
    and counted: one that is lost is asked for again."""

    def __init__(self) -> None:
        self.count = 0
        self.dropped = 0
        self._numbers = [0] * _ROOM
        self._first = 0

    def add(self, kind: int, to: int, first: int, second: int, third: int, fourth: int) -> None:
        """A packet of this kind to a node; then its other fields, in the order of `PACKETS`."""
        if self.count == _ROOM // _REPLY:
            self.dropped += 1
            return
        at = (self._first + self.count * _REPLY) % _ROOM
        numbers = self._numbers
        numbers[at] = kind
        numbers[at + 1] = to
        numbers[at + 2] = first
        numbers[at + 3] = second
        numbers[at + 4] = third
        numbers[at + 5] = fourth
        self.count += 1

    def take(self, message: "Message") -> bool:
        """Move the oldest into `message`; False if none waits."""
        if not self.count:
            return False
        at = self._first
        self._first = (at + _REPLY) % _ROOM
        self.count -= 1
        kind = message.message_kind = self._numbers[at]
        for field in PACKETS[kind - KIND_OFFER]:
            at += 1
            setattr(message, FIELDS[field], self._numbers[at])
        return True


FIRST_RETRY_US = const(40_000)
RETRY_DOUBLINGS = const(7)
"""Pauses between repetitions double up to 40 ms · 2^7 = 5.1 s, and have up to a quarter added."""

OFFER_TIMEOUT_US = const(600_000)
"""An offer that is not accepted by then is withdrawn."""

REFUSED_KIND = const(1)
REFUSED_ROOM = const(2)
REFUSED_ENERGY = const(3)
REFUSED_COHERENCE = const(4)
REFUSED_BUSY = const(5)
REFUSED_STALE = const(6)
REFUSED_FLASH = const(7)
"""Why an offer is refused."""

HANDED = const(0)
LOST = const(1)
"""Outcomes of a commit: it is on the receiver's flash, or was lost with it."""

_WRITES_TO_SEND = const(2)
_WRITES_TO_RECEIVE = const(3)


class HandOff:
    """Both sides of all hand-offs of one node. `may_receive` follows the field's coherence;
    `refusals` counts, by `REFUSED_…`, the offers that this node has refused."""

    def __init__(
        self,
        node_id: int,
        holding: "GlyphTable",
        journal: "Journal",
        registry: "Registry",
        chance: "Prng",
    ) -> None:
        self.may_receive = False
        self.replies = Replies()
        self.refusals = [0] * (REFUSED_FLASH + 1)
        self.holding = holding
        self.journal = journal
        self.node_id = node_id
        self._registry = registry
        self._chance = chance
        self._offers = 0

    def restore(self, now: int) -> None:
        """After the journal was read: what was under way goes on."""
        for glyph in self.holding.slots:
            if glyph.stands(SAYS):
                self.holding.speaking = True
                glyph.due_ticks = now

    def take(self, message: "Message", now: int) -> bool:
        """A packet of a hand-off, for this node. True if its sender refuses an offer."""
        kind = message.message_kind
        if kind == KIND_OFFER:
            self.on_offer(message, now)
        elif kind == KIND_ACCEPT:
            self.on_accept(message, now)
        elif kind == KIND_COMMIT:
            self.on_commit(message)
        elif kind in (KIND_DONE, KIND_ABORT):
            self._on_outcome(message)
        elif kind == KIND_REFUSE:
            glyph = self.holding.find(message.birth_node, message.birth_count)
            return (
                glyph is not None
                and glyph.peer == message.node_id
                and glyph.number == message.number
                and self.withdraw(glyph)
            )
        return False

    def written(self, glyph: "Glyph") -> bool:
        """The record that this glyph awaited is on the flash. True if it runs here from now on."""
        arrives = glyph.standing == ARRIVING
        check = glyph.check()
        self.holding.move(glyph, ON_WRITTEN)
        if arrives:
            self.replies.add(KIND_DONE, glyph.peer, glyph.identity, glyph.nonce, check, HANDED)
        return glyph.standing == HELD

    # The sender

    def offer(self, glyph: "Glyph", target: int, forced: bool, epoch: int, now: int) -> bool:
        """Begin to hand a held glyph to node `target`; False if the flash has no writes left."""
        if glyph.standing != HELD or not self.journal.may_begin(now, _WRITES_TO_SEND):
            return False
        self._offers = (self._offers + 1) & 0xFFFF
        glyph.number = (epoch & 0x3FFF) << 16 | self._offers
        glyph.peer = target
        glyph.forced = forced
        glyph.deadline_ticks = ticks_add(now, OFFER_TIMEOUT_US)
        glyph.identity = 0
        glyph.nonce = 0
        return self.holding.move(glyph, ON_OFFER)

    def expired(self, now: int) -> int:
        """Withdraw an offer that nobody answered: to whom it was made. 0 if there is none."""
        if self.holding.speaking:
            for glyph in self.holding.slots:
                if glyph.standing == OFFERED and ticks_diff(now, glyph.deadline_ticks) >= 0:
                    self.withdraw(glyph)
                    return glyph.peer
        return 0

    def withdraw(self, glyph: "Glyph") -> bool:
        """End an offer, if there is one: the glyph runs on here."""
        return self.holding.move(glyph, ON_WITHDRAW)

    def on_accept(self, message: "Message", now: int) -> None:
        """The receiver has prepared: commit, or say that this will never happen."""
        if not self.journal.readable:
            return
        glyph = self.holding.find(message.birth_node, message.birth_count)
        if glyph is not None and glyph.peer == message.node_id:
            standing = glyph.standing
            if (
                standing == OFFERED
                and glyph.number == message.number
                and glyph.hops == message.hops
            ):
                glyph.identity = message.identity
                glyph.nonce = message.nonce
                self.holding.move(glyph, ON_ACCEPT)
                return
            if glyph.nonce == message.nonce and glyph.identity == message.identity:
                if standing == DEPARTING:
                    self.soon(glyph, now)
                if COMMITTING <= standing <= DEPARTED:
                    return
        check = fingerprint(message.birth_node, message.birth_count, message.hops) & 0xFFFF
        self.replies.add(KIND_ABORT, message.node_id, message.identity, message.nonce, check, 0)

    # The receiver

    def on_offer(self, message: "Message", now: int) -> None:
        """Prepare for a glyph, or say why not."""
        glyph = self.holding.find(message.birth_node, message.birth_count)
        if glyph is not None and glyph.standing != DEPARTED:
            reason = self._reason_against_known(glyph, message, now)
        else:
            reason = self._reason_against(message, now)
            if not reason:
                glyph = glyph or self.holding.free_slot()
                if glyph is None:
                    reason = REFUSED_ROOM
                else:
                    copy_fields(glyph, message, GLYPH_FIELDS)
                    glyph.peer = message.node_id
                    glyph.number = message.number
                    glyph.identity = self.journal.identity
                    glyph.nonce = self.journal.next_nonce()
                    self.holding.move(glyph, ON_PREPARE)
        if reason:
            self.refusals[reason] += 1
            self.replies.add(
                KIND_REFUSE,
                message.node_id,
                message.birth_node,
                message.birth_count,
                message.number,
                reason,
            )

    def _reason_against_known(self, glyph: "Glyph", message: "Message", now: int) -> int:
        """Why an offer of a glyph that has a slot here is refused; 0 if it is prepared for."""
        standing = glyph.standing
        if standing == PREPARED and glyph.peer == message.node_id:
            # Of this offer or of an earlier one: the sender commits it, or aborts it.
            self.soon(glyph, now)
            return 0
        if standing == PREPARING and glyph.number == message.number:
            return 0
        if glyph.stands(COUNTS) and message.hops <= glyph.hops:
            return REFUSED_STALE
        self.learn(glyph, message.node_id, message.hops)
        return REFUSED_BUSY

    def _reason_against(self, message: "Message", now: int) -> int:
        """Why an offer of a glyph that is not here is refused; 0 if it is not."""
        if self._registry.by_number(message.kind) is None:
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

    def on_commit(self, message: "Message") -> None:
        """The glyph is ours as soon as that is written."""
        if not self.journal.readable:
            return
        glyph = self._under(message, PREPARED, ARRIVING)
        outcome = LOST
        if message.identity == self.journal.identity:
            if glyph is None:
                # Done already, or given out in a history that a backup has wiped away.
                if self.journal.has_given(message.nonce):
                    outcome = HANDED
            elif self._is_of(message, glyph):
                if glyph.standing == PREPARED:
                    copy_fields(glyph, message, OWN_STATE)
                    glyph.hops += 1
                    self.holding.move(glyph, ON_COMMIT)
                return
        self.replies.add(
            KIND_DONE, message.node_id, message.identity, message.nonce, message.check, outcome
        )

    def _on_outcome(self, message: "Message") -> None:
        """Done: the receiver has it on its flash, or has lost that and the glyph with it. Abort:
        the sender has not committed what we prepared, and never will."""
        event = ON_ABORT
        standing = PREPARED
        if message.message_kind == KIND_DONE:
            event = ON_LOST if message.outcome == LOST else ON_DONE
            standing = DEPARTING
        elif not self.journal.readable or message.identity != self.journal.identity:
            return
        glyph = self._under(message, standing, standing)
        if glyph is not None and self._is_of(message, glyph):
            self.holding.move(glyph, event)

    def _under(self, message: "Message", first: int, last: int) -> "Glyph | None":
        """The glyph that stands so and moves under the nonce of a message, best the very one that
        is meant: a nonce may come again after a backup."""
        found: Glyph | None = None
        for glyph in self.holding.slots:
            if (
                first <= glyph.standing <= last
                and glyph.nonce == message.nonce
                and glyph.identity == message.identity
            ):
                found = glyph
                if self._is_of(message, glyph):
                    break
        return found

    def _is_of(self, message: "Message", glyph: "Glyph") -> bool:
        return glyph.peer == message.node_id and glyph.check() == message.check

    def learn(self, glyph: "Glyph", node_id: int, hops: int) -> bool:
        """Node `node_id` has this glyph at so many hops: True if our copy was the stale one.

        It went on from where we sent it, and the answer was lost; or it went on elsewhere, and so
        was never committed to us; or ours was sent on in a history that this node has lost.
        """
        if hops < glyph.hops or (hops == glyph.hops and node_id > self.node_id):
            return False
        event = ON_AHEAD if hops > glyph.hops else ON_DOUBLED
        return self.holding.move(glyph, event) and glyph.standing == FENCING

    # Saying things again until they are answered

    def soon(self, glyph: "Glyph", now: int) -> None:
        """The other side does not know: say it again, but not faster than every 20 ms."""
        soon = ticks_add(now, FIRST_RETRY_US >> 1)
        if ticks_diff(glyph.due_ticks, soon) > 0:
            glyph.due_ticks = soon

    def next_due(self, now: int) -> "Glyph | None":
        """A glyph of which something is to be sent now: an offer, accept or commit."""
        if not self.holding.speaking:
            return None
        speaking = False
        for glyph in self.holding.slots:
            if glyph.stands(SAYS):
                speaking = True
                if not glyph.attempts or glyph.is_due(now):
                    return glyph
        self.holding.speaking = speaking
        return None

    def due_in(self, now: int) -> int:
        """µs until `next_due` has something; 2^28 if nothing moves."""
        soonest = 1 << 28
        if self.holding.speaking:
            for glyph in self.holding.slots:
                if glyph.stands(SAYS):
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
        copy_fields(message, glyph, GLYPH_FIELDS)
        message.to = glyph.peer
        message.number = glyph.number
        message.identity = glyph.identity
        message.nonce = glyph.nonce
        if standing == PREPARED:
            message.message_kind = KIND_ACCEPT
        elif standing == DEPARTING:
            message.message_kind = KIND_COMMIT
            message.check = glyph.check()
            copy_fields(message, glyph, OWN_STATE)
        else:
            message.message_kind = KIND_OFFER
            message.sender_energy = ANY_ENERGY if glyph.forced else self.holding.energy
