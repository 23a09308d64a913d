"""An observer of the demo's field, in a thread of its own: it knows all glyphs, and gives orders.

It is what `ascpi glyph` is made of. `seen` is always the latest, and complete in itself.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from ascpi.errors import NodeFailed
from ascpi.glyphs.conversation import Conversation
from ascpi.glyphs.observer import Field, Observer
from ascpi.glyphs.roster_node import Entry, entry_of
from ascpi.glyphs.roster_view import Row
from ascpi.glyphs.station import IDS_FIRST, Station
from ascpi_core.fixed import ONE
from ascpi_core.glyphs.glyph import LIFETIME_ENDLESS, glyph_name
from ascpi_core.glyphs.messages import Message
from ascpi_core.glyphs.motor import ORDER_DONE
from ascpi_core.layout import ORDER_OUTCOMES
from ascpi_core.ssep import KIND_GLYPH, VERB_SPAWN, Beacon

LOOK_S = 0.05
ORDER_DEADLINE_S = 10.0
JOIN_DEADLINE_S = 2.0
BEACONS_KEPT = 64


@dataclass(frozen=True)
class Birth:
    """A glyph to be, on this node. `theta` in turns; ΔΦ and κ None: those of its node."""

    node_id: int
    kind: int
    theta: float
    energy: int
    dphi: float | None = None
    kappa: float | None = None


@dataclass(frozen=True)
class Told:
    """What a beacon says of its node's glyphs; ΔΦ and κ are its averages over them."""

    at_us: int
    dphi: float
    kappa: float
    energy: int
    count: int


@dataclass(frozen=True)
class Seen:
    """All glyphs as of `at_us` (µs of CLOCK_MONOTONIC); `problems`: which are lost or doubled,
    for certain. `told`: the last beacons of each node, oldest first. `first`: of each glyph what
    was told of it first where it is now, by the node itself."""

    at_us: int = 0
    rows: tuple[Row, ...] = ()
    problems: tuple[str, ...] = ()
    told: Mapping[int, tuple[Told, ...]] = field(default_factory=dict)
    first: Mapping[str, Entry] = field(default_factory=dict)

    def row(self, glyph: str) -> Row | None:
        """The one place where this glyph is; None if that is none, or more than one."""
        rows = [row for row in self.rows if row.name == glyph]
        return rows[0] if len(rows) == 1 else None


class Hearing(Protocol):
    """What an `Ear` does for a story."""

    seen: Seen
    born: dict[Birth, str]
    trouble: str

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def bear(self, birth: Birth) -> None: ...


class Ear(threading.Thread):
    """Start it when there is somebody to be heard. `born`: by what was asked for, the name of the
    glyph; `trouble` is why an order was not carried out, or empty."""

    def __init__(self, heard: Field) -> None:
        super().__init__(name="ear", daemon=True)
        self.seen = Seen()
        self.born: dict[Birth, str] = {}
        self.trouble = ""
        self._field = heard
        self._wanted: deque[Birth] = deque()
        self._told: dict[int, deque[Told]] = {}
        self._first: dict[str, Entry] = {}
        self._ending = threading.Event()

    def bear(self, birth: Birth) -> None:
        """Order a birth; `born` tells when it is done."""
        self._wanted.append(birth)

    def stop(self) -> None:
        """Does nothing if it was never started."""
        self._ending.set()
        if self.ident is not None:
            self.join(JOIN_DEADLINE_S)

    # The thread

    def run(self) -> None:
        try:
            # The field is as young as the demo, so nobody knows this id yet.
            with Observer(self._field, Station(IDS_FIRST, 1)) as observer:
                self._listen(observer)
        except (NodeFailed, OSError) as error:
            self.trouble = str(error)

    def _listen(self, observer: Observer) -> None:
        talk = Conversation(observer, patient=True)
        taker = observer.on_packet
        observer.on_packet = lambda said, at_us: self._take(said, at_us, taker)
        while not self._ending.is_set():
            talk.listen_once(time.monotonic() + LOOK_S)
            now_us = time.monotonic_ns() // 1000
            if now_us - self.seen.at_us > LOOK_S * 1e6:
                self._look(talk, now_us)
            if self._wanted:
                self._bear(talk)

    def _take(
        self, said: Beacon | Message, at_us: int, taker: Callable[[Beacon | Message, int], None]
    ) -> None:
        if isinstance(said, Beacon):
            told = Told(at_us, said.dphi / ONE, said.kappa / ONE, said.energy, said.glyphs_held())
            self._told.setdefault(said.node_id, deque(maxlen=BEACONS_KEPT)).append(told)
        elif said.message_kind == KIND_GLYPH:
            entry = entry_of(said, at_us)
            known = self._first.get(entry.name)
            if known is None or entry.hops > known.hops:
                self._first[entry.name] = entry
        taker(said, at_us)

    def _look(self, talk: Conversation, now_us: int) -> None:
        self.seen = Seen(
            now_us,
            tuple(talk.roster.glyphs(now_us)),
            tuple(talk.roster.problems(now_us)),
            {node_id: tuple(told) for node_id, told in self._told.items()},
            dict(self._first),
        )

    def _bear(self, talk: Conversation) -> None:
        """The next birth, if its node is heard by now."""
        birth = self._wanted[0]
        peer = talk.observer.member(birth.node_id)
        if peer is None:
            return

        def fill(message: Message) -> None:
            message.verb = VERB_SPAWN
            message.kind = birth.kind
            message.theta = round(birth.theta * (1 << 28)) & 0xFFFFFFF
            message.energy = birth.energy
            message.lifetime = LIFETIME_ENDLESS
            message.dphi = peer.dphi if birth.dphi is None else round(birth.dphi * ONE)
            message.kappa = peer.kappa if birth.kappa is None else round(birth.kappa * ONE)
            message.state[:] = bytes(len(message.state))

        answer = talk.order(peer, fill, time.monotonic() + ORDER_DEADLINE_S)
        self._wanted.popleft()
        if answer is None:
            self.trouble = f"node {birth.node_id} did not answer the order to bear a glyph"
        elif answer.outcome != ORDER_DONE:
            self.trouble = f"node {birth.node_id} bore no glyph: {ORDER_OUTCOMES[answer.outcome]}"
        else:
            self.born[birth] = glyph_name(*answer.ident)
