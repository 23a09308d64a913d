"""The sending side of a hand-off: offer, and when it is accepted commit, until it is done."""

from ..ticks import ticks_add
from .glyph import COMMITTING, DEPARTED, DEPARTING, HELD, OFFERED, RESUMING, mark
from .transfer import Transfers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .glyph import Glyph
    from .packets import Message

OFFER_TIMEOUT_US = 600_000
"""An offer that is not accepted by then is withdrawn."""

HANDED = 0
LOST = 1
"""Outcomes of a commit: it is on the receiver's flash, or was lost with it."""

_WRITES = 2


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
        check = mark(message.birth_node, message.birth_count, message.hops) & 0xFFFF
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
                and mark(glyph.birth_node, glyph.birth_count, glyph.hops) & 0xFFFF == message.check
            ):
                if message.outcome == LOST:
                    glyph.standing = RESUMING
                    self.journal.want()
                else:
                    glyph.standing = DEPARTED
                return
