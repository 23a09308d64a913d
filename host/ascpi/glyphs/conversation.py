"""What a command knows of a field by listening, and how it gives orders to one of its nodes.

An order is said again until it is answered; its number makes that the same as saying it once. It
names the boot of the node that it is for, so a node that has restarted since says so.
"""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from ascpi.errors import AscpiError, NodeFailed
from ascpi.glyphs.observer import Observer
from ascpi.glyphs.roster import Roster
from ascpi.glyphs.roster_digest import Ident
from ascpi.glyphs.roster_view import MOVING, UNSEEN
from ascpi_core.glyphs.messages import Message
from ascpi_core.layout import REFUSALS
from ascpi_core.peers import Peer
from ascpi_core.ssep import KIND_ANSWER, KIND_ORDER, KIND_REFUSE, WORD_MAXIMUM, Beacon

FIRST_REPEAT_S = 0.1
LONGEST_REPEAT_S = 0.4
KNOWN_AFTER_PERIODS = 2.5
"""Beacon periods without a new node until all are known that can be heard."""
KNOWN_AFTER_S = 1.0
SILENCE_S = 3.0
"""Nobody heard for so long: there is nobody."""
REFUSED_S = 1.0
"""And so long where what is heard cannot be taken."""


class GlyphError(AscpiError):
    """An order that cannot be given, or glyphs that cannot be listed."""


@dataclass(frozen=True)
class Answer:
    """What came of an order: an index of `ORDER_OUTCOMES`, and the glyph that it was about."""

    outcome: int
    ident: Ident


class Conversation:
    """Listens through an observer and keeps a roster of what it hears.

    Unless it is `patient`, NodeFailed says why when nobody is heard for SILENCE_S.
    """

    def __init__(self, observer: Observer, patient: bool = False) -> None:
        self.observer = observer
        self._patient = patient
        self.roster = Roster()
        self.refusals: dict[tuple[Ident, int], str] = {}
        """Why a node refused a glyph that was offered to it, by glyph and node: the last word."""
        self._known: set[int] = set()
        self._newcomer_s = time.monotonic()
        self._began_s = self._newcomer_s
        self._wanted = -1
        self._answer: Answer | None = None
        observer.on_packet = self._take

    # Listening

    def listen(self, until_s: float) -> None:
        """Take in what is said until then."""
        while time.monotonic() < until_s:
            self.listen_once(until_s)

    def listen_once(self, until_s: float) -> bool:
        """Take in the next packet, or none until then."""
        heard = self.observer.listen(until_s)
        if not self._patient and self.is_lonely():
            raise NodeFailed(self.observer.silence())
        return heard

    def is_lonely(self) -> bool:
        """Whether nobody has been heard for so long that somebody should have been."""
        if self._known:
            return False
        limit_s = REFUSED_S if self.observer.node.reception.refused() else SILENCE_S
        return time.monotonic() - self._began_s > limit_s

    def wait_for(self, holds: Callable[[], bool], until_s: float) -> bool:
        """Listen until something holds; whether it does."""
        while not holds():
            if time.monotonic() >= until_s:
                return False
            self.listen_once(until_s)
        return True

    def knows_all(self) -> bool:
        """Whether enough time has gone by without a new node."""
        period_s = self.observer.node.transmission.longest_us() / 1e6
        calm_s = max(KNOWN_AFTER_S, KNOWN_AFTER_PERIODS * period_s)
        return bool(self._known) and time.monotonic() - self._newcomer_s > calm_s

    def unconfirmed(self) -> list[int]:
        """The nodes whose list of glyphs is not known to be complete."""
        return [
            peer.node_id
            for peer in self.observer.members()
            if peer.node_id not in self.roster.nodes
            or not self.roster.nodes[peer.node_id].confirmed
        ]

    def is_complete(self) -> bool:
        """Whether all glyphs of all nodes are known."""
        return self.knows_all() and not self.unconfirmed()

    def settle(self, until_s: float) -> bool:
        """Listen until all glyphs are known, and none is on its way; whether that is so."""
        return self.wait_for(lambda: self.is_complete() and not self._is_moving(), until_s)

    def _is_moving(self) -> bool:
        rows = self.roster.glyphs(time.monotonic_ns() // 1000)
        return any(row.place in (MOVING, UNSEEN) for row in rows)

    def require_node(self, node_id: int, until_s: float, option: str) -> Peer:
        """The node with this id. GlyphError if it is not heard while all others are."""
        here = self.observer.member
        self.wait_for(lambda: here(node_id) is not None or self.knows_all(), until_s)
        peer = here(node_id)
        if peer is None:
            raise GlyphError(f"{option}: node {node_id} is not heard; {self.presence()}")
        return peer

    def presence(self) -> str:
        """Who is heard, in words."""
        names = [str(peer.node_id) for peer in self.observer.members()]
        if not names:
            return "nobody is"
        return f"heard {'is' if len(names) == 1 else 'are'} {', '.join(names)}"

    # Where a glyph is

    def holders(self, ident: Ident) -> list[int]:
        """The nodes that tell of it as theirs, as far as is known; those that are here."""
        return [
            peer.node_id
            for peer in self.observer.members()
            if peer.node_id in self.roster.nodes and ident in self.roster.nodes[peer.node_id].held
        ]

    def has_ended(self, ident: Ident) -> bool:
        """Whether a node has told that it is no more."""
        trace = self.roster.traces.by_id.get(ident)
        return trace is not None and trace.ended_us is not None and not trace.nodes

    # Speaking

    def order(
        self,
        peer: Peer,
        fill: Callable[[Message], None],
        until_s: float,
        enough: Callable[[], bool] = lambda: False,
    ) -> Answer | None:
        """Give an order to a node, again and again until it answers, or until it is `enough`.

        `fill` sets what is asked for; to whom, its boot and the number are set here. None if there
        was no answer.
        """
        message = Message()
        fill(message)
        message.message_kind = KIND_ORDER
        message.to = peer.node_id
        message.to_epoch = peer.epoch
        message.number = self._wanted = secrets.randbelow(WORD_MAXIMUM) + 1
        self._answer = None
        pause_s = FIRST_REPEAT_S

        def over() -> bool:
            return self._answer is not None or enough()

        # Whoever has not heard who this is takes no orders from it.
        self.observer.hasten()
        self.wait_for(self.observer.announce, until_s)
        while not over() and time.monotonic() < until_s:
            self.observer.announce()
            self.observer.say(message)
            self.wait_for(over, min(until_s, time.monotonic() + pause_s))
            pause_s = min(2 * pause_s, LONGEST_REPEAT_S)
        self._wanted = -1
        return self._answer

    def _take(self, said: Beacon | Message, at_us: int) -> None:
        if said.node_id not in self._known:
            self._known.add(said.node_id)
            self._newcomer_s = time.monotonic()
        self.roster.hear(said, at_us)
        if isinstance(said, Beacon):
            return
        if said.message_kind == KIND_ANSWER:
            if said.to == self.observer.node.node_id and said.number == self._wanted:
                self._answer = Answer(said.outcome, (said.birth_node, said.birth_count))
        elif said.message_kind == KIND_REFUSE:
            ident = (said.birth_node, said.birth_count)
            if said.reason < len(REFUSALS):
                self.refusals[ident, said.node_id] = REFUSALS[said.reason]
