"""Where each glyph is, hop by hop, and the energy of every node: kept from what nodes say.

A node's own lines come within a tenth of a second and none is lost, so they lead; what is heard on
the air corrects them where a node lost its power before it could say that a glyph had come.
"""

from collections import deque
from dataclasses import dataclass

from ascpi.demo.ear import Seen
from ascpi.telemetry import Event, Line, Report
from ascpi_core.layout import COUNTS, STANDINGS

PATH_KEPT = 256
"""Nodes of a glyph's way that are remembered."""
COUNTING = frozenset(word for word, counts in zip(STANDINGS, COUNTS, strict=True) if counts)
"""Where a glyph stands when it is its node's."""


@dataclass(frozen=True)
class Place:
    """`node_id` has it since `at_us`, after so many hops; `before`: who had it then, if known."""

    node_id: int
    hops: int
    at_us: int
    before: int | None = None


@dataclass(frozen=True)
class Ledger:
    """A node's energy in quanta: born + received = held + spent + sent."""

    born: int
    received: int
    held: int
    spent: int
    sent: int

    @property
    def is_balanced(self) -> bool:
        return self.born + self.received == self.held + self.spent + self.sent


class Book:
    """`take` every line of every node, `see` what is heard on the air."""

    def __init__(self) -> None:
        self.places: dict[str, Place] = {}
        self.kinds: dict[str, str] = {}
        self.paths: dict[str, deque[int]] = {}
        self.ended: set[str] = set()
        self.ledgers: dict[int, Ledger] = {}

    def take(self, node_id: int, said: Line | None, at_us: int) -> None:
        """What one node has said at `at_us`."""
        if isinstance(said, Report):
            ledger = ledger_of(said)
            if ledger is not None:
                self.ledgers[node_id] = ledger
        elif isinstance(said, Event) and "glyph" in said.words:
            self._take_event(node_id, said, at_us)

    def see(self, seen: Seen) -> None:
        """What is known on the air, where it is newer."""
        for row in seen.rows:
            known = self.places.get(row.name)
            hops = row.entry.hops
            if row.place in COUNTING and (known is None or hops > known.hops):
                self._put(row.name, row.node_id, hops, row.entry.since_us)

    def _take_event(self, node_id: int, said: Event, at_us: int) -> None:
        glyph = said.words["glyph"]
        known = self.places.get(glyph)
        if "kind" in said.words:
            self.kinds[glyph] = said.words["kind"]
        if said.name == "glyph_born" and known is None:
            self._put(glyph, node_id, 0, at_us)
        elif said.name == "glyph_arrived":
            if known is None or known.node_id != node_id:
                least = 1 if known is None else known.hops + 1
                self._put(glyph, node_id, max(least, int(said.words.get("hops", 0))), at_us)
        elif said.name in ("glyph_ended", "glyph_fenced"):
            self.ended.add(glyph)

    def _put(self, glyph: str, node_id: int, hops: int, at_us: int) -> None:
        known = self.places.get(glyph)
        before = None if known is None else known.node_id
        self.places[glyph] = Place(node_id, hops, at_us, before)
        self.paths.setdefault(glyph, deque(maxlen=PATH_KEPT)).append(node_id)


def ledger_of(report: Report) -> Ledger | None:
    """None of a node that holds no glyphs, or whose report says nothing of them."""
    words = report.words
    try:
        return Ledger(
            int(words["born"]),
            int(words["received"]),
            int(words["energy"]),
            int(words["spent"]),
            int(words["sent_energy"]),
        )
    except (KeyError, ValueError):
        return None
