"""Glyphs as they hop: a table that follows them, or a line for each thing that happens."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from ascpi.glyphs.conversation import Conversation
from ascpi.glyphs.listing import take_stock
from ascpi.glyphs.report import Listing, says, summary, table
from ascpi.glyphs.roster_digest import Ident
from ascpi.glyphs.roster_view import UNSEEN, Row
from ascpi_core.glyphs.glyph import glyph_name
from ascpi_core.glyphs.kind import Registry

LOOK_S = 0.2
EVENTS_SHOWN = 10


@dataclass(frozen=True)
class Told:
    """A thing that happened, so many seconds after the start."""

    at_s: float
    text: str

    @property
    def line(self) -> str:
        return f"{self.at_s:8.1f} s  {self.text}"


class Display(Protocol):
    def show(self, listing: Listing, told: list[Told]) -> None:
        """The glyphs now, and what has happened since the last time."""


class Watch:
    """`look` now and then: what has happened since."""

    def __init__(self, talk: Conversation, registry: Registry) -> None:
        self._talk = talk
        self._registry = registry
        self._began_s = time.monotonic()
        self._rows: dict[Ident, Row] = {}
        self._nodes: set[int] = set()
        self._findings: set[str] = set()
        self._lonely_said = False

    def look(self) -> tuple[Listing, list[Told]]:
        """All glyphs, and what is new."""
        listing = take_stock(self._talk)
        at_s = time.monotonic() - self._began_s
        return listing, [Told(at_s, text) for text in self._news(listing)]

    def _news(self, listing: Listing) -> Iterator[str]:
        nodes = {node_id for node_id, _, _ in listing.nodes}
        for node_id in sorted(nodes - self._nodes):
            yield f"node {node_id} is here"
        for node_id in sorted(self._nodes - nodes):
            yield f"node {node_id} has fallen silent"
        self._nodes = nodes
        if self._talk.is_lonely() and not self._lonely_said:
            self._lonely_said = True
            yield self._talk.observer.silence()
        yield from self._moves({row.entry.ident: row for row in listing.rows})
        # The age that is told of a glyph that is lost changes all the time.
        findings = {f"{each.kind} {each.glyph} {each.nodes}": each for each in listing.findings}
        for key in findings.keys() - self._findings:
            yield f"problem: {findings[key].text}"
        for key in self._findings - findings.keys():
            yield f"no longer: {key.partition(' (')[0]}"
        self._findings = set(findings)

    def _moves(self, rows: dict[Ident, Row]) -> Iterator[str]:
        for ident, row in rows.items():
            before = self._rows.get(ident)
            # On its way it is somewhere again in a moment.
            if row.place == UNSEEN and before is not None:
                rows[ident] = before
            elif before is None:
                yield f"{self._called(row)} is on node {row.node_id}, {says(row, self._registry)}"
            elif row.node_id != before.node_id:
                yield (
                    f"{self._called(row)} node {before.node_id} → node {row.node_id}, "
                    f"hop {row.entry.hops}, {says(row, self._registry)}"
                )
            elif row.place != before.place and "stopped" in (row.place, before.place):
                yield f"{self._called(row)} is {row.place} on node {row.node_id}"
        for ident in self._rows.keys() - rows.keys():
            if self._talk.has_ended(ident):
                yield f"{glyph_name(*ident)} has ended on node {self._rows[ident].node_id}"
        self._rows = rows

    def _called(self, row: Row) -> str:
        return f"{row.name} {row.kind_name(self._registry)}"


class Lines:
    """A line for each thing that happens; nothing repeats."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say

    def show(self, listing: Listing, told: list[Told]) -> None:
        for each in told:
            self._say(each.line)


class Screen:
    """The table, and the last things that happened, in place."""

    def __init__(self, live: Live, registry: Registry) -> None:
        self._live = live
        self._registry = registry
        self._recent: deque[Told] = deque(maxlen=EVENTS_SHOWN)

    def show(self, listing: Listing, told: list[Told]) -> None:
        self._recent.extend(told)
        self._live.update(
            Group(
                table(listing, self._registry),
                Text(),
                *(Text(text, style=_style(text)) for text in summary(listing)),
                Text(),
                *(Text(each.line, style="dim") for each in self._recent),
            ),
            refresh=True,
        )


def _style(text: str) -> str:
    if text.startswith("problem"):
        return "red"
    return "green" if text.startswith("complete") else "yellow"


@contextmanager
def screen(console: Console, registry: Registry) -> Iterator[Screen]:
    """The display of a terminal, which is as it was before, afterwards."""
    with Live(console=console, auto_refresh=False, vertical_overflow="crop") as live:
        yield Screen(live, registry)


def follow(
    talk: Conversation,
    registry: Registry,
    display: Display,
    until_s: float,
    is_over: Callable[[], bool],
) -> None:
    """Show what happens until the time is up (`time.monotonic`), or it is over."""
    watch = Watch(talk, registry)
    while not is_over() and (now_s := time.monotonic()) < until_s:
        talk.listen(min(until_s, now_s + LOOK_S))
        display.show(*watch.look())
