"""Answers that wait to be sent: a bounded ring. One that is lost is asked for again."""

from ..wire import KIND_ABORT, KIND_ANSWER, KIND_DONE, KIND_REFUSE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .packets import Message

_ROOM = 16


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
