"""What a person wants of glyphs, carried out by orders to nodes and seen to be done.

Each of these ends by `until_s` (of `time.monotonic`), with a sentence of what came of it.
"""

import time
from dataclasses import dataclass

from ascpi.glyphs.conversation import Answer, Conversation, GlyphError
from ascpi.glyphs.roster_digest import Ident
from ascpi_core.glyphs.glyph import glyph_name
from ascpi_core.glyphs.kind import VISIBLE_BYTES
from ascpi_core.glyphs.messages import Message
from ascpi_core.glyphs.motor import (
    ORDER_DONE,
    ORDER_MOVING,
    ORDER_NO_FLASH,
    ORDER_NO_GLYPH,
    ORDER_NO_PEER,
    ORDER_NO_ROOM,
    ORDER_NO_TYPE,
    ORDER_NOT_COHERENT,
    ORDER_NOT_STABLE,
    ORDER_RESTARTED,
    ORDER_UNKNOWN,
)
from ascpi_core.layout import ORDER_OUTCOMES
from ascpi_core.peers import Peer
from ascpi_core.ssep import VERB_KILL, VERB_MOVE, VERB_SPAWN

PAUSE_S = 0.3
"""Between a refusal that may be over soon and the next attempt."""
ARRIVAL_S = 1.5
"""An offer is withdrawn after 0.6 s; a glyph that has not arrived by then stays or comes later."""

ADVICE = {
    ORDER_NO_GLYPH: "it has ended or moved: `ascpi glyph list` shows where it is",
    ORDER_NO_ROOM: "end some there with `ascpi glyph kill`, or choose another node with --on",
    ORDER_NO_TYPE: "give it the type's file, or choose a node that has it with --on",
    ORDER_NOT_COHERENT: "wait until C is above 0.65; `ascpi monitor` shows it",
    ORDER_NOT_STABLE: "it is locked, hears most packets and has seen nobody come or go for 5 s "
    "before it hands on anything; try again, or with more --seconds",
    ORDER_NO_PEER: "wait until it is locked; `ascpi monitor` shows it",
    ORDER_MOVING: "try again in a moment",
    ORDER_NO_FLASH: "its flash rests or does not take the write; its own report says more",
    ORDER_RESTARTED: "`ascpi glyph list` shows what it holds; give the order again if need be",
    ORDER_UNKNOWN: "it runs an older program; update it with `ascpi flash`",
}
"""What to do about each outcome of an order that is none of DONE."""

REFUSED = {
    "kind": "it does not have this type: give it the type's file",
    "room": "it has no room for it: end another one there",
    "energy": "it holds more energy than the giver would",
    "coherence": "its field is not coherent enough, or it is not locked",
    "busy": "it is busy with this glyph",
    "stale": "it knows a newer copy of it",
    "flash": "its flash rests or does not take the write",
}
"""What a node means by each reason of `REFUSALS`."""


@dataclass(frozen=True)
class Outcome:
    """`done`, or not; and what there is to say about it."""

    done: bool
    text: str


@dataclass(frozen=True)
class Birth:
    """A glyph to be: in the core's units; ΔΦ and κ None: those of its node."""

    kind: int
    theta: int
    energy: int
    lifetime: int
    dphi: int | None
    kappa: int | None
    state: bytes


def poorest(talk: Conversation, until_s: float) -> Peer:
    """The node with the least energy, once all are known; of equals the one with the lowest id.

    GlyphError if there is none.
    """
    talk.wait_for(talk.knows_all, until_s)
    _require_somebody(talk)
    return min(talk.observer.members(), key=lambda peer: (peer.energy, peer.node_id))


def spawn(talk: Conversation, peer: Peer, birth: Birth, until_s: float) -> Outcome:
    """A new glyph on this node."""

    def fill(message: Message) -> None:
        message.verb = VERB_SPAWN
        message.kind = birth.kind
        message.theta = birth.theta
        message.energy = birth.energy
        message.lifetime = birth.lifetime
        message.dphi = peer.dphi if birth.dphi is None else birth.dphi
        message.kappa = peer.kappa if birth.kappa is None else birth.kappa
        message.state[:VISIBLE_BYTES] = birth.state.ljust(VISIBLE_BYTES, b"\0")

    began_s = time.monotonic()
    answer = talk.order(peer, fill, until_s)
    if answer is None:
        return Outcome(
            False,
            _unanswered(talk, peer, began_s)
            + "; it may have been born all the same: `ascpi glyph list` shows it",
        )
    if answer.outcome != ORDER_DONE:
        return Outcome(False, f"nothing is born: {_refusal(peer.node_id, answer)}")
    return Outcome(True, f"{glyph_name(*answer.ident)} is born on node {peer.node_id}")


def kill(talk: Conversation, ident: Ident, until_s: float) -> Outcome:
    """End a glyph, wherever it is."""

    def fill(message: Message) -> None:
        message.verb = VERB_KILL
        message.birth_node, message.birth_count = ident

    refusal = ""
    while (holder := _find(talk, ident, until_s)) is not None:
        began_s = time.monotonic()
        answer = talk.order(holder, fill, until_s, lambda: talk.has_ended(ident))
        if talk.has_ended(ident) or (answer is not None and answer.outcome == ORDER_DONE):
            return Outcome(
                True, f"{glyph_name(*ident)} has ended; it was on node {holder.node_id}"
            )
        if answer is None:
            return Outcome(False, refusal or _unanswered(talk, holder, began_s))
        refusal = f"{glyph_name(*ident)} has not ended: {_refusal(holder.node_id, answer)}"
        talk.listen(min(until_s, time.monotonic() + PAUSE_S))
    ended = _ended(talk, ident)
    return Outcome(bool(ended), ended or refusal or _nowhere(talk, ident))


def move(talk: Conversation, ident: Ident, target: Peer, until_s: float) -> Outcome:
    """Bring a glyph to a node, from wherever it is, and see it arrive."""

    def fill(message: Message) -> None:
        message.verb = VERB_MOVE
        message.birth_node, message.birth_count = ident
        message.target = target.node_id

    def arrived() -> bool:
        return target.node_id in talk.holders(ident)

    called, there = glyph_name(*ident), f"node {target.node_id}"
    began_s = time.monotonic()
    refusal, source = "", 0
    while (holder := _find(talk, ident, until_s)) is not None and not arrived():
        source = holder.node_id
        answer = talk.order(holder, fill, until_s, lambda: arrived() or talk.has_ended(ident))
        if arrived():
            break
        if answer is None:
            said = _ended(talk, ident) or refusal or _unanswered(talk, holder, began_s)
            return Outcome(False, said)
        if answer.outcome == ORDER_DONE:
            talk.wait_for(arrived, min(until_s, time.monotonic() + ARRIVAL_S))
            refusal = f"{called} has not come to {there}: {_objection(talk, ident, target)}"
            continue
        refusal = f"{called} has not moved: {_refusal(holder.node_id, answer)}"
        if answer.outcome == ORDER_UNKNOWN:
            break
        talk.listen(min(until_s, time.monotonic() + PAUSE_S))
    if not arrived():
        return Outcome(False, _ended(talk, ident) or refusal or _nowhere(talk, ident))
    if not source:
        return Outcome(True, f"{called} is on {there} already")
    hops = talk.roster.nodes[target.node_id].held[ident].hops
    took_s = time.monotonic() - began_s
    came = f"{called} is on {there}, from node {source}, at hop {hops} ({took_s:.1f} s)"
    return Outcome(True, came)


def _find(talk: Conversation, ident: Ident, until_s: float) -> Peer | None:
    """Who holds a glyph: of two the one with more hops. None if it has ended, is not there, or
    is seen nowhere until the deadline."""
    if time.monotonic() >= until_s:
        return None
    known = talk.roster.traces.by_id

    def is_known() -> bool:
        if talk.holders(ident) or talk.has_ended(ident):
            return True
        # One that is under way, or was seen, will be seen again.
        return ident not in known and talk.is_complete()

    talk.wait_for(is_known, until_s)
    holders = talk.holders(ident)
    if not holders:
        return None
    nodes = talk.roster.nodes
    return talk.observer.member(max(holders, key=lambda each: nodes[each].held[ident].hops))


def _require_somebody(talk: Conversation) -> None:
    if not talk.observer.members():
        raise GlyphError(talk.observer.silence())


def _ended(talk: Conversation, ident: Ident) -> str:
    return f"{glyph_name(*ident)} has ended" if talk.has_ended(ident) else ""


def _objection(talk: Conversation, ident: Ident, target: Peer) -> str:
    """Why a node has not taken a glyph that was offered to it, if that was heard."""
    reason = talk.refusals.get((ident, target.node_id), "")
    return REFUSED.get(reason, "it was offered and not taken; give it more --seconds")


def _refusal(node_id: int, answer: Answer) -> str:
    if answer.outcome not in ADVICE:
        return (
            f"node {node_id} answers {answer.outcome}, which this program does not know: it runs "
            "a newer one"
        )
    return f"node {node_id} says: {ORDER_OUTCOMES[answer.outcome]}; {ADVICE[answer.outcome]}"


def _unanswered(talk: Conversation, peer: Peer, began_s: float) -> str:
    waited_s = time.monotonic() - began_s
    if talk.observer.member(peer.node_id) is None:
        return f"node {peer.node_id} has fallen silent; try again when it is back"
    return (
        f"node {peer.node_id} did not answer within {waited_s:.1f} s: it holds no glyphs, runs an "
        "older program, or does not hear this computer"
    )


def _nowhere(talk: Conversation, ident: Ident) -> str:
    _require_somebody(talk)
    called = glyph_name(*ident)
    trace = talk.roster.traces.by_id.get(ident)
    if trace is not None:
        return (
            f"{called} is with nobody who is heard; last it was on node {trace.node_id}: give it "
            "more --seconds, or switch that node on"
        )
    if not talk.is_complete():
        whose = "".join(f" node {node_id}" for node_id in talk.unconfirmed()[:1])
        why = (
            f"{whose} has not told of all its glyphs" if whose else " not all nodes are heard yet"
        )
        return f"{called} is not found yet:{why}; give it more --seconds"
    return f"no node holds {called}; `ascpi glyph list` shows which glyphs there are"
