"""What is remembered of one glyph, wherever it is: for the time when nobody has it."""

from collections import deque
from dataclasses import dataclass, field

from ascpi.glyphs.roster_digest import Ident
from ascpi.glyphs.roster_node import Entry
from ascpi_core.glyphs.glyph import LIFETIME_ENDLESS

GLYPHS_MOST = 8192
"""More than 200 full nodes have; an open field may hold somebody who invents them."""

DELAYS_US = 250_000
"""By so much two packets may be delayed differently."""
STAYS_KEPT = 8


@dataclass(frozen=True)
class Stay:
    """A glyph was on a node from its first sign there to the last."""

    node_id: int
    since_us: int
    last_us: int

    def beside_us(self, other: "Stay") -> int:
        """For how long both were certainly so at the same time; 0 or less: not at all."""
        first_us = max(self.since_us, other.since_us)
        return min(self.last_us, other.last_us) - first_us - DELAYS_US


@dataclass
class Trace:
    """`nodes` hold it, by what they have told; `last` is its entry on `node_id`, the last of them.

    `moved_us`: when it last turned up on another node. `beside`: the times, and for how long, that
    stays which are over overlapped, with the two nodes.
    `gone_us`: when it was first held by nobody. `verdict`: lost or missing, with the `doubt` that
    makes it the latter; empty while it is neither.
    """

    ident: Ident
    node_id: int
    last: Entry
    nodes: set[int] = field(default_factory=set)
    gone_us: int | None = None
    departed_us: int = 0
    ended_us: int | None = None
    ended_node: int = 0
    verdict: str = ""
    doubt: str = ""
    moved_us: int = 0
    stays: deque[Stay] = field(default_factory=lambda: deque(maxlen=STAYS_KEPT))
    beside: deque[tuple[int, int, tuple[int, int]]] = field(
        default_factory=lambda: deque(maxlen=STAYS_KEPT)
    )

    def close(self, stay: Stay) -> None:
        """A stay is over: it may have overlapped with others."""
        for other in self.stays:
            beside_us = stay.beside_us(other)
            if other.node_id != stay.node_id and beside_us > 0:
                pair = (min(other.node_id, stay.node_id), max(other.node_id, stay.node_id))
                self.beside.append((stay.last_us, beside_us, pair))
        self.stays.append(stay)

    def appear(self, node_id: int, entry: Entry, now_us: int) -> None:
        """It is there."""
        if node_id not in self.nodes:
            self.moved_us = now_us
        self.nodes.add(node_id)
        self.node_id = node_id
        self.last = entry
        self.gone_us = None
        self.verdict = ""
        if not self.ended_node:
            # It was only taken for ended.
            self.ended_us = None

    def vanish(self, node_id: int, last: Entry | None, now_us: int) -> None:
        """It is there no more."""
        self.nodes.discard(node_id)
        if last is not None:
            self.close(Stay(node_id, last.since_us, last.last_us))
            if not self.nodes:
                self.node_id, self.last = node_id, last
        if not self.nodes and self.gone_us is None:
            self.gone_us = now_us

    def outlived(self, now_us: int, turn_us: int) -> bool:
        """Whether its lifetime, as it was told, is over."""
        last = self.last
        turns = (now_us - last.told_us) // turn_us + 2
        return last.lifetime != LIFETIME_ENDLESS and turns >= last.lifetime


class Traces:
    """By id, GLYPHS_MOST at most. The ended ones make room; then newcomers are not followed."""

    def __init__(self) -> None:
        self.by_id: dict[Ident, Trace] = {}
        self.refused = 0

    def of(self, entry: Entry, node_id: int) -> Trace | None:
        """The trace of this glyph, made if there is none; None if there is no room."""
        trace = self.by_id.get(entry.ident)
        if trace is not None:
            return trace
        if len(self.by_id) >= GLYPHS_MOST and not self._make_room():
            self.refused += 1
            return None
        trace = self.by_id[entry.ident] = Trace(entry.ident, node_id, entry)
        return trace

    def forget(self, ident: Ident) -> None:
        """As if it had never been heard of."""
        self.by_id.pop(ident, None)

    def _make_room(self) -> bool:
        ended = [t for t in self.by_id.values() if t.ended_us is not None and not t.nodes]
        for trace in sorted(ended, key=lambda t: t.ended_us or 0)[: GLYPHS_MOST // 16]:
            del self.by_id[trace.ident]
        return bool(ended)
