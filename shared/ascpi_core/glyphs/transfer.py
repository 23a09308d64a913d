"""What both sides of a hand-off share: what they know, and saying things again until answered."""

from ..ticks import ticks_add, ticks_diff
from ..wire import KIND_ACCEPT, KIND_COMMIT, KIND_OFFER
from . import policy, replies
from .glyph import DEPARTING, HELD, OFFERED, PREPARED, STATE_BYTES, mark

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..chance import Chance
    from ..events import EventRing
    from .glyph import Glyph
    from .holding import Holding
    from .journal import Journal
    from .kind import Registry
    from .ledger import Ledger
    from .packets import Message

FIRST_RETRY_US = 40_000
RETRY_DOUBLINGS = 7
"""Pauses between repetitions double up to 40 ms · 2^7 = 5.1 s, and have up to a quarter added."""

_SPEAKING = (OFFERED, DEPARTING, PREPARED)
"""Standings in which something is sent again and again. Made once: in a loop it would allocate."""

REFUSED_KIND = 1
REFUSED_ROOM = 2
REFUSED_ENERGY = 3
REFUSED_COHERENCE = 4
REFUSED_BUSY = 5
REFUSED_STALE = 6
REFUSED_FLASH = 7
REFUSALS = ("", "kind", "room", "energy", "coherence", "busy", "stale", "flash")
"""Why an offer is refused."""


class Transfers:
    """The glyphs of one node that are on the move, and the packets that move them."""

    def __init__(
        self,
        node_id: int,
        holding: "Holding",
        ledger: "Ledger",
        journal: "Journal",
        registry: "Registry",
        chance: "Chance",
        ring: "EventRing",
    ) -> None:
        self.may_receive = False
        self.replies = replies.Replies()
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
            message.check = mark(glyph.birth_node, glyph.birth_count, glyph.hops) & 0xFFFF
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
            message.sender_energy = policy.ANY_ENERGY if glyph.forced else self.holding.energy
