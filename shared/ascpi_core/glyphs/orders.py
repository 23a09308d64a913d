"""Orders from a person: give birth to a glyph, end one, move one. Each is carried out once.

An order names the boot of the node that it is for, so it means nothing after a restart; and its
number, so that one heard again is answered again and not done again.
"""

from ..wire import VERB_KILL, VERB_MOVE, VERB_SPAWN
from .glyph import ENDING, HELD, NASCENT, STOPPED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from .glyph import Glyph
    from .holding import Holding
    from .journal import Journal
    from .kind import Registry
    from .packets import Message
    from .replies import Replies

    class Motor(Protocol):
        """What orders are carried out by."""

        registry: Registry
        holding: Holding
        journal: Journal

        def epoch(self) -> int: ...
        def bear(self, kind: int, theta: int, energy: int) -> "Glyph | None": ...
        def end(self, glyph: Glyph) -> None: ...
        def send(self, glyph: Glyph, target: int, now: int) -> int: ...


DONE = 0
NO_GLYPH = 1
NO_ROOM = 2
NO_KIND = 3
NOT_COHERENT = 4
NOT_STABLE = 5
NO_PEER = 6
MOVING = 7
NO_FLASH = 8
RESTARTED = 9
UNKNOWN = 10

OUTCOMES = (
    "done",
    "this node does not hold it",
    "no room for another glyph",
    "the node does not have this type",
    "the field is not coherent enough to move a glyph",
    "the network is not stable enough to move a glyph",
    "the node to move it to is not here, or not locked",
    "it is on the move at this moment",
    "the journal cannot be written at present",
    "the node has restarted since",
    "the node does not know such an order",
)

_PENDING = -1
_REMEMBERED = 8
_STATE_BYTES = 8


class _Order:
    def __init__(self) -> None:
        self.sender = 0
        self.number = 0
        self.outcome = DONE
        self.birth_node = 0
        self.birth_count = 0


class Orders:
    """Takes orders in, and remembers what came of the last ones."""

    def __init__(self, motor: "Motor", replies: "Replies") -> None:
        self._motor = motor
        self._replies = replies
        self._orders = [_Order() for _ in range(_REMEMBERED)]
        self._next = 0

    def take(self, message: "Message", now: int) -> None:
        """Carry out an order, or answer again what came of it."""
        if message.to_epoch != self._motor.epoch():
            self._replies.answer(message.node_id, message.number, RESTARTED, 0, 0)
            return
        order = self._find(message.node_id, message.number)
        if order is None:
            order = self._orders[self._next]
            self._next = (self._next + 1) % _REMEMBERED
            order.sender = message.node_id
            order.number = message.number
            order.birth_node = message.birth_node
            order.birth_count = message.birth_count
            order.outcome = self._carry_out(order, message, now)
        if order.outcome != _PENDING:
            self._answer(order)

    def settle(self, glyph: "Glyph") -> None:
        """A glyph that was born or ended by order: that is on the flash."""
        order = self._find(glyph.peer, glyph.offer)
        if order is not None and order.outcome == _PENDING:
            order.outcome = DONE
            order.birth_node = glyph.birth_node
            order.birth_count = glyph.birth_count
            self._answer(order)

    def _find(self, sender: int, number: int) -> "_Order | None":
        for order in self._orders:
            if order.sender == sender and order.number == number and sender:
                return order
        return None

    def _answer(self, order: _Order) -> None:
        self._replies.answer(
            order.sender, order.number, order.outcome, order.birth_node, order.birth_count
        )

    def _carry_out(self, order: _Order, message: "Message", now: int) -> int:
        if message.verb == VERB_SPAWN:
            return self._spawn(message, now)
        glyph = self._motor.holding.find(message.birth_node, message.birth_count)
        if glyph is None or not (glyph.counts() or glyph.standing == NASCENT):
            return NO_GLYPH
        if message.verb == VERB_KILL:
            return self._kill(glyph, message)
        if message.verb == VERB_MOVE:
            return self._motor.send(glyph, message.target, now)
        return UNKNOWN

    def _spawn(self, message: "Message", now: int) -> int:
        motor = self._motor
        if motor.registry.by_number(message.kind) is None:
            return NO_KIND
        if not motor.journal.may_begin(now, 1):
            return NO_FLASH
        glyph = motor.bear(message.kind, message.theta, message.energy)
        if glyph is None:
            return NO_ROOM
        glyph.dphi = message.dphi
        glyph.kappa = message.kappa
        glyph.lifetime = message.lifetime
        for index in range(_STATE_BYTES):
            glyph.state[index] = message.state[index]
        glyph.peer = message.node_id
        glyph.offer = message.number
        return _PENDING

    def _kill(self, glyph: "Glyph", message: "Message") -> int:
        if glyph.standing != HELD and glyph.standing != STOPPED:
            return MOVING
        glyph.peer = message.node_id
        glyph.offer = message.number
        self._motor.end(glyph)
        assert glyph.standing == ENDING
        return _PENDING
