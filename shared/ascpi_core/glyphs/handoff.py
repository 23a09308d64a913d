"""Hand-off: a glyph moves from one node to another, exactly once, whatever is lost or dies.

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
"""

from .. import events
from . import policy
from .departure import HANDED, LOST, Departures
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
    mark,
)
from .transfer import (
    REFUSED_BUSY,
    REFUSED_COHERENCE,
    REFUSED_ENERGY,
    REFUSED_FLASH,
    REFUSED_KIND,
    REFUSED_ROOM,
    REFUSED_STALE,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .glyph import Glyph
    from .packets import Message

_WRITES_TO_RECEIVE = 3


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
        if not policy.accepts(expected, message.energy, message.sender_energy):
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
        check = mark(glyph.birth_node, glyph.birth_count, hops) & 0xFFFF
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
        self.events.push(events.GLYPH_FENCED, glyph.birth_node, glyph.birth_count)
        self.journal.want()

    # The flash

    def written(self, glyph: "Glyph") -> None:
        """The record that this glyph stood waiting for is on the flash: go on."""
        standing = glyph.standing
        if standing == NASCENT:
            self.ledger.born += glyph.energy
            self.begin_running(glyph, events.GLYPH_BORN)
        elif standing == COMMITTING:
            self.ledger.sent += glyph.energy
            glyph.standing = DEPARTING
            self.begin_moving(glyph)
            self.sent += 1
            self.holding.touch()
            self.events.push(events.GLYPH_LEFT, glyph.birth_node, glyph.birth_count)
        elif standing == RESUMING:
            self.ledger.received += glyph.energy
            self.returned += 1
            self.begin_running(glyph, events.GLYPH_RETURNED)
        elif standing == PREPARING:
            glyph.standing = PREPARED
            self.begin_moving(glyph)
        elif standing == ARRIVING:
            self.ledger.received += glyph.energy
            self.received += 1
            self.begin_running(glyph, events.GLYPH_ARRIVED)
            check = mark(glyph.birth_node, glyph.birth_count, glyph.hops - 1) & 0xFFFF
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
