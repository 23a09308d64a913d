"""What a node tells of its glyphs, one packet for one glyph, in rotation.

Whoever listens can keep a list of all glyphs: a node's beacon has the digest of those that it
holds, so a listener knows whether its list is complete. And a node that hears of a glyph which it
runs itself knows which copy is the stale one.
"""

from ..ticks import ticks_add, ticks_diff
from ..wire import KIND_GLYPH
from .glyph import DEPARTING, ENDING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..chance import Chance
    from ..membership import Membership
    from .glyph import Glyph
    from .holding import Holding
    from .packets import Message

SHARE_US = 100_000
"""A field of N nodes tells of glyphs at most ten times a second, all together."""
PERIOD_US = 250_000
"""And one node at most four times."""

_NEVER_US = 1 << 28
_ENDED_ROOM = 8
_ENDED_TIMES = 3


class _Ended:
    """A glyph that has ended, to be told a few times: or it would look lost."""

    def __init__(self) -> None:
        self.birth_node = 0
        self.birth_count = 0
        self.hops = 0
        self.kind = 0
        self.times = 0


class Telling:
    """Which glyph is told of when."""

    def __init__(
        self, holding: "Holding", membership: "Membership", chance: "Chance", now: int
    ) -> None:
        self._holding = holding
        self._membership = membership
        self._chance = chance
        self._due = now
        self._turn = 0
        self._next: Glyph | None = None
        self._ended = [_Ended() for _ in range(_ENDED_ROOM)]
        self._ended_next = 0

    def ended(self, glyph: "Glyph", now: int) -> None:
        """Tell that this glyph is no more."""
        record = self._ended[self._ended_next]
        self._ended_next = (self._ended_next + 1) % _ENDED_ROOM
        record.birth_node = glyph.birth_node
        record.birth_count = glyph.birth_count
        record.hops = glyph.hops
        record.kind = glyph.kind
        record.times = _ENDED_TIMES
        self.hasten(now)

    def next_is(self, glyph: "Glyph", now: int) -> None:
        """Tell of this glyph next, and soon."""
        self._next = glyph
        self.hasten(now)

    def hasten(self, now: int) -> None:
        """Something is new: tell soon, unless the field is so large that its share is long."""
        if (len(self._membership.present) + 1) * SHARE_US > 4 * PERIOD_US:
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
        period = max(SHARE_US * (len(self._membership.present) + 1), PERIOD_US)
        self._due = ticks_add(
            now, period - (period >> 3) + (period >> 10) * self._chance.below(256)
        )
        for record in self._ended:
            if record.times:
                record.times -= 1
                self._tell_ended(record, message)
                return True
        glyph = self._choose()
        if glyph is None:
            return False
        message.message_kind = KIND_GLYPH
        message.birth_node = glyph.birth_node
        message.birth_count = glyph.birth_count
        message.hops = glyph.hops
        message.kind = glyph.kind
        message.standing = glyph.standing
        message.energy = glyph.energy
        message.lifetime = glyph.lifetime
        message.theta = glyph.theta
        message.dphi = glyph.dphi
        message.kappa = glyph.kappa
        message.peer = glyph.peer if glyph.standing == DEPARTING else 0
        for index in range(8):
            message.state[index] = glyph.state[index]
        return True

    def _choose(self) -> "Glyph | None":
        chosen = self._next
        self._next = None
        if chosen is not None and (chosen.counts() or chosen.standing == DEPARTING):
            return chosen
        slots = self._holding.slots
        for _ in range(len(slots)):
            self._turn += 1
            if self._turn >= len(slots):
                self._turn = 0
            glyph = slots[self._turn]
            if glyph.counts() or glyph.standing == DEPARTING:
                return glyph
        return None

    def _tell_ended(self, record: _Ended, message: "Message") -> None:
        message.message_kind = KIND_GLYPH
        message.birth_node = record.birth_node
        message.birth_count = record.birth_count
        message.hops = record.hops
        message.kind = record.kind
        message.standing = ENDING
        message.energy = 0
        message.lifetime = 0
        message.theta = 0
        message.dphi = 0
        message.kappa = 0
        message.peer = 0
        for index in range(8):
            message.state[index] = 0
