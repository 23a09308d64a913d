"""What becomes of an order, answer by answer."""

import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import cast

import pytest

from ascpi.glyphs import actions
from ascpi.glyphs.actions import Birth, Outcome
from ascpi.glyphs.conversation import Answer, Conversation, GlyphError
from ascpi.glyphs.observer import Observer
from ascpi.glyphs.roster import Roster
from ascpi.glyphs.roster_digest import Ident
from ascpi_core.glyphs.glyph import LIFETIME_ENDLESS
from ascpi_core.glyphs.messages import Message
from ascpi_core.glyphs.motor import (
    ORDER_DONE,
    ORDER_MOVING,
    ORDER_NO_FLASH,
    ORDER_NO_GLYPH,
    ORDER_NOT_COHERENT,
    ORDER_NOT_STABLE,
    ORDER_RESTARTED,
    ORDER_UNKNOWN,
)
from ascpi_core.layout import ORDER_OUTCOMES
from ascpi_core.peers import Peer
from ascpi_core.ssep import VERB_KILL, VERB_MOVE, VERB_SPAWN

IDENT = (7, 129)
PULSE = Birth(3, 1 << 26, 100, LIFETIME_ENDLESS, None, 0x1000, b"\x05")


class Scripted(Conversation):
    """Nodes 1, 2 and 3; the glyph is on `place` (0: nowhere). What comes of each order, in turn,
    is an outcome or what happens instead of one."""

    def __init__(self, *script: int | Callable[["Scripted"], int | None], place: int = 1) -> None:
        self.place = place
        self.ended = False
        self.orders: list[tuple[int, int, int, int]] = []
        self.messages: list[Message] = []
        self.refusals = {}
        self.script = list(script)
        self.silent: set[int] = set()
        self.waiting: list[int] = []
        self.peers = {number: Peer() for number in (1, 2, 3)}
        for number, peer in self.peers.items():
            peer.begin(number, 10 + number)
            peer.dphi, peer.kappa, peer.energy = 100, 200, 50 - number
        here = SimpleNamespace(
            member=self._member,
            members=lambda: [each for each in self.peers.values() if self._member(each.node_id)],
            silence=lambda: "nobody is heard",
        )
        self.observer = cast(Observer, here)
        held = {number: SimpleNamespace(held=_Anything()) for number in self.peers}
        self.roster = cast(
            Roster, SimpleNamespace(nodes=held, traces=SimpleNamespace(by_id={IDENT: None}))
        )

    def _member(self, node_id: int) -> Peer | None:
        return None if node_id in self.silent else self.peers.get(node_id)

    def holders(self, ident: Ident) -> list[int]:
        return [self.place] if self.place and ident == IDENT else []

    def has_ended(self, ident: Ident) -> bool:
        return self.ended

    def is_complete(self) -> bool:
        return not self.waiting

    def knows_all(self) -> bool:
        return True

    def unconfirmed(self) -> list[int]:
        return self.waiting

    def listen(self, until_s: float) -> None:
        """Nothing is said."""

    def wait_for(self, holds: Callable[[], bool], until_s: float) -> bool:
        return holds()

    def order(
        self,
        peer: Peer,
        fill: Callable[[Message], None],
        until_s: float,
        enough: Callable[[], bool] = lambda: False,
    ) -> Answer | None:
        message = Message()
        fill(message)
        self.messages.append(message)
        self.orders.append((peer.node_id, message.verb, message.birth_count, message.target))
        next_line = self.script.pop(0)
        outcome = next_line if isinstance(next_line, int) else next_line(self)
        return None if outcome is None else Answer(outcome, IDENT)


class _Anything(dict[Ident, SimpleNamespace]):
    def __missing__(self, ident: Ident) -> SimpleNamespace:
        return SimpleNamespace(hops=4)


def to(place: int, outcome: int | None = ORDER_DONE) -> Callable[[Scripted], int | None]:
    def happen(talk: Scripted) -> int | None:
        talk.place = place
        return outcome

    return happen


def end(talk: Scripted) -> int | None:
    talk.ended, talk.place = True, 0
    return None


def until() -> float:
    return time.monotonic() + 5


def kill(talk: Scripted) -> Outcome:
    return actions.kill(talk, IDENT, until())


def move(talk: Scripted, node: int = 3) -> Outcome:
    return actions.move(talk, IDENT, talk.peers[node], until())


def test_a_birth_has_what_its_node_has() -> None:
    talk = Scripted(ORDER_DONE)
    outcome = actions.spawn(talk, actions.poorest(talk, until()), PULSE, until())
    assert outcome == Outcome(True, "7.129 is born on node 3")
    (message,) = talk.messages
    assert (message.verb, message.kind, message.theta) == (VERB_SPAWN, 3, 1 << 26)
    assert (message.energy, message.lifetime) == (100, LIFETIME_ENDLESS)
    assert (message.dphi, message.kappa) == (100, 0x1000)
    assert message.state == b"\x05" + bytes(23)


@pytest.mark.parametrize("outcome", range(1, len(ORDER_OUTCOMES)))
def test_every_refusal_of_a_birth_is_told_with_advice(outcome: int) -> None:
    talk = Scripted(outcome)
    told = actions.spawn(talk, talk.peers[2], PULSE, until())
    assert not told.done
    assert told.text == (
        f"nothing is born: node 2 says: {ORDER_OUTCOMES[outcome]}; {actions.ADVICE[outcome]}"
    )
    assert len(talk.orders) == 1, "it may have been born: never twice"


def test_an_answer_from_the_future() -> None:
    talk = Scripted(31)
    told = actions.spawn(talk, talk.peers[2], PULSE, until())
    assert "node 2 answers 31, which this program does not know: it runs a newer one" in told.text


def test_no_answer_leaves_open_whether_it_was_born() -> None:
    talk = Scripted(lambda _: None)
    told = actions.spawn(talk, talk.peers[2], PULSE, until())
    assert not told.done
    assert "node 2 did not answer" in told.text
    assert "it may have been born all the same" in told.text
    talk = Scripted(lambda _: None)
    talk.silent.add(2)
    assert "node 2 has fallen silent" in actions.spawn(talk, talk.peers[2], PULSE, until()).text


@pytest.mark.parametrize("first", [ORDER_MOVING, ORDER_RESTARTED, ORDER_NO_FLASH])
def test_a_kill_is_given_again_where_that_may_help(first: int) -> None:
    talk = Scripted(first, ORDER_DONE)
    assert kill(talk) == Outcome(True, "7.129 has ended; it was on node 1")
    assert talk.orders == [(1, VERB_KILL, 129, 0)] * 2


def test_a_kill_follows_a_glyph_that_has_moved() -> None:
    talk = Scripted(to(2, ORDER_NO_GLYPH), ORDER_DONE)
    assert kill(talk) == Outcome(True, "7.129 has ended; it was on node 2")
    assert [node for node, *_ in talk.orders] == [1, 2]


def test_an_end_that_is_seen_needs_no_answer() -> None:
    assert kill(Scripted(end)) == Outcome(True, "7.129 has ended; it was on node 1")
    talk = Scripted()
    end(talk)
    assert kill(talk) == Outcome(True, "7.129 has ended")


def test_what_is_nowhere_cannot_be_ended() -> None:
    talk = Scripted(place=0)
    talk.roster.traces.by_id.clear()
    assert kill(talk) == Outcome(
        False, "no node holds 7.129; `ascpi glyph list` shows which glyphs there are"
    )


def test_what_is_not_found_may_be_somewhere() -> None:
    talk = Scripted(place=0)
    talk.roster.traces.by_id.clear()
    talk.waiting = [2]
    assert kill(talk).text == (
        "7.129 is not found yet: node 2 has not told of all its glyphs; give it more --seconds"
    )
    talk.silent = {1, 2, 3}
    with pytest.raises(GlyphError, match="nobody is heard"):
        kill(talk)
    with pytest.raises(GlyphError, match="nobody is heard"):
        actions.poorest(talk, until())


def test_one_that_is_away_is_said_to_be() -> None:
    talk = Scripted(place=0)
    talk.roster.traces.by_id[IDENT] = SimpleNamespace(node_id=2)  # type: ignore[assignment]
    assert "with nobody who is heard; last it was on node 2" in kill(talk).text


def test_a_move_is_over_when_the_node_tells_of_it() -> None:
    talk = Scripted(to(3))
    told = move(talk)
    assert told.done
    assert told.text.startswith("7.129 is on node 3, from node 1, at hop 4 (")
    assert talk.orders == [(1, VERB_MOVE, 129, 3)]
    assert move(talk) == Outcome(True, "7.129 is on node 3 already")


def test_a_move_is_over_also_where_nobody_answers() -> None:
    assert move(Scripted(to(3, None))).done


def test_a_move_is_tried_again_and_follows() -> None:
    talk = Scripted(ORDER_NOT_STABLE, ORDER_DONE, to(2, ORDER_NO_GLYPH), to(3))
    assert move(talk).text.startswith("7.129 is on node 3, from node 2")
    assert [node for node, *_ in talk.orders] == [1, 1, 1, 2]


def test_a_move_says_why_it_did_not_succeed() -> None:
    def silent(talk: Scripted) -> None:
        return None

    told = move(Scripted(ORDER_NOT_COHERENT, silent))
    assert not told.done
    assert "7.129 has not moved: node 1 says: the field is not coherent enough" in told.text
    talk = Scripted(ORDER_DONE, silent)
    talk.refusals[IDENT, 3] = "kind"
    assert move(talk).text == (
        "7.129 has not come to node 3: it does not have this type: give it the type's file"
    )
    told = move(Scripted(ORDER_UNKNOWN))
    assert "update it with `ascpi flash`" in told.text
    assert move(Scripted(end)) == Outcome(False, "7.129 has ended")
