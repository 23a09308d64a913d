"""What follows from what all nodes have told: which glyph is doubled, lost, missing or stale.

**Doubled**: two nodes that are heard have shown the same glyph side by side for DOUBLED_AFTER_US,
at once or, if it moves about, in several stays. A hand-off never does: its sender counts the glyph
no more before the receiver begins to.

**Lost**: nobody has it and nobody is sending it; every node that is heard has told all that it
holds, and all of that for LOST_AFTER_US or six rounds of telling, if those are longer.

What a listener cannot know is not called lost but **missing**, with the reason: a node that is not
heard may have it; the end of a glyph is told three times, and whoever missed three packets may
have missed it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ascpi.glyphs.roster_digest import Ident
from ascpi.glyphs.roster_node import Entry, Told
from ascpi.glyphs.roster_trace import Trace, Traces
from ascpi_core.glyphs.glyph import glyph_name
from ascpi_core.glyphs.motor import ANNOUNCE_PERIOD_US, ANNOUNCE_SHARE_US
from ascpi_core.node import BEACON_PERIOD_LONGEST_US, BEACON_SHARE_US

DOUBLED_AFTER_US = 2_000_000
"""Packets in flight may say what is no longer so; no air delays them so long."""
BESIDE_WITHIN_US = 60_000_000
"""Of a glyph that moves about, so many times side by side add up."""
LOST_AFTER_US = 10_000_000
ROUNDS = 6
"""Of telling, before who has not been told of is not there: at 30 % loss one in 1400 is missed."""
UNCLEAR_AFTER_US = 15_000_000
MISSING_FOR_US = 300_000_000
"""What may well have ended unheard is missed for so long, and then taken for ended."""
ENDED_TOLD = 3
"""So often a node tells of an end, one packet after another."""

_SILENCE_PERIODS = 8
_SILENCE_EXTRA_US = 1_000_000
_SILENCE_MAXIMUM_US = 15_000_000
"""As a node itself counts another one silent."""

DOUBLED, STALE, ENDED, LOST, MISSING, UNCLEAR = (
    "doubled",
    "stale",
    "ended",
    "lost",
    "missing",
    "unclear",
)


@dataclass(frozen=True)
class Finding:
    """`kind`: one of those above; `glyph` and `nodes` that it is about. `is_certain`: not
    `missing`, which may be so for this listener only."""

    kind: str
    text: str
    glyph: str
    nodes: tuple[int, ...]
    since_us: int

    @property
    def is_certain(self) -> bool:
        return self.kind != MISSING


def present(nodes: Mapping[int, Told], now_us: int) -> set[int]:
    """Ids of the nodes that are heard; who is not is silent, as nodes judge it of each other."""
    longest_us = max(BEACON_SHARE_US * len(nodes), BEACON_PERIOD_LONGEST_US)
    patience_us = min(_SILENCE_PERIODS * longest_us + _SILENCE_EXTRA_US, _SILENCE_MAXIMUM_US)
    return {told.node_id for told in nodes.values() if now_us - told.heard_us <= patience_us}


def tell_us(count: int) -> int:
    """The longest time between two packets in which one of `count` nodes tells of a glyph."""
    return max(ANNOUNCE_SHARE_US * count, ANNOUNCE_PERIOD_US) * 9 // 8


def round_us(told: Told, count: int) -> int:
    """How long this one of `count` nodes takes to tell of all its glyphs."""
    return tell_us(count) * (max(told.count, len(told.held)) + len(told.departing) + 1)


def findings(
    nodes: Mapping[int, Told], traces: Traces, turn_us: int, now_us: int
) -> list[Finding]:
    """What is wrong at this moment, or seems so."""
    here = present(nodes, now_us)
    found: list[Finding] = []
    for trace in traces.by_id.values():
        if len(trace.nodes) > 1:
            found += _doubled(nodes, trace, here)
        if trace.beside:
            found += _doubled_moving(trace, here, now_us, found)
        if trace.nodes and trace.ended_node:
            found += _undead(nodes, trace, here)
    _forget_departures(nodes, here, now_us)
    found += _Absence(nodes, here, turn_us, now_us).findings(traces.by_id.values())
    found += [_unclear(told) for told in _unclear_nodes(nodes, here, now_us)]
    return sorted(found, key=lambda finding: (finding.kind, finding.glyph, finding.nodes))


# Twice


def _doubled(nodes: Mapping[int, Told], trace: Trace, here: set[int]) -> Iterator[Finding]:
    copies = {node_id: nodes[node_id].held[trace.ident] for node_id in trace.nodes & here}
    beside = sorted(
        node_id
        for node_id, entry in copies.items()
        if any(
            other != node_id and _overlap_us(entry, copies[other]) >= DOUBLED_AFTER_US
            for other in copies
        )
    )
    if len(beside) < 2:
        return
    newest = max(copies[node_id].hops for node_id in beside)
    since_us = sorted(copies[node_id].since_us for node_id in beside)[1]
    called = glyph_name(*trace.ident)
    text = f"{called} is doubled: on {listed(beside)}"
    yield Finding(DOUBLED, text, called, tuple(beside), since_us)
    for node_id in beside:
        hops = copies[node_id].hops
        if hops < newest:
            text = f"{called} on {node_id} is stale: {hops} moves, and {newest} elsewhere"
            yield Finding(STALE, text, called, (node_id,), since_us)


def _doubled_moving(
    trace: Trace, here: set[int], now_us: int, found: list[Finding]
) -> Iterator[Finding]:
    """Of a glyph that moves on before it was seen for long beside its double."""
    called = glyph_name(*trace.ident)
    lately = [each for each in trace.beside if now_us - each[0] < BESIDE_WITHIN_US]
    if sum(each[1] for each in lately) < DOUBLED_AFTER_US:
        return
    pair = lately[-1][2]
    if here >= set(pair) and not any(each.glyph == called for each in found):
        text = f"{called} is doubled: on {listed(pair)}"
        yield Finding(DOUBLED, text, called, pair, lately[0][0])


def _overlap_us(one: Entry, other: Entry) -> int:
    return min(one.last_us, other.last_us) - max(one.since_us, other.since_us)


def _undead(nodes: Mapping[int, Told], trace: Trace, here: set[int]) -> Iterator[Finding]:
    ended_us = trace.ended_us or 0
    running = sorted(
        node_id
        for node_id in trace.nodes & here
        if nodes[node_id].held[trace.ident].last_us - ended_us >= DOUBLED_AFTER_US
    )
    if running:
        called = glyph_name(*trace.ident)
        text = f"{called} has ended on {trace.ended_node} and is still on {listed(running)}"
        yield Finding(ENDED, text, called, tuple(running), ended_us)


# Nowhere


def _forget_departures(nodes: Mapping[int, Told], here: set[int], now_us: int) -> None:
    """A glyph that a node has not told of for six rounds is not on its way any more."""
    for node_id in here:
        told = nodes[node_id]
        limit_us = patience_us(told, len(here))
        for ident, entry in list(told.departing.items()):
            if now_us - entry.told_us > limit_us:
                del told.departing[ident]


def patience_us(told: Told, count: int) -> int:
    """How long a glyph that this one of `count` nodes had last may be nowhere."""
    return max(LOST_AFTER_US, ROUNDS * round_us(told, count))


class _Absence:
    """Judges glyphs that nobody has."""

    def __init__(
        self, nodes: Mapping[int, Told], here: set[int], turn_us: int, now_us: int
    ) -> None:
        self._nodes = nodes
        self._here = here
        self._turn_us = turn_us
        self._now_us = now_us
        self._departing: dict[Ident, int] = {}
        for told in nodes.values():
            for ident, entry in told.departing.items():
                self._departing[ident] = max(entry.hops, self._departing.get(ident, 0))
        self._all_told = all(nodes[node_id].confirmed for node_id in here)
        self._murky_us = max((nodes[node_id].murky_us or 0 for node_id in here), default=0)

    def findings(self, traces: Iterable[Trace]) -> Iterator[Finding]:
        """Of these glyphs those that should be somewhere."""
        for trace in traces:
            if trace.gone_us is None or trace.ended_us is not None:
                continue
            if trace.ident in self._departing or trace.node_id not in self._here:
                trace.verdict = ""
                continue
            if trace.verdict != LOST and self._all_told:
                self._judge(trace)
            if trace.verdict == MISSING and self._may_rest(trace):
                trace.ended_us = self._now_us
            elif trace.verdict:
                yield self._finding(trace)

    def _judge(self, trace: Trace) -> None:
        gone_us = trace.gone_us or 0
        told = self._nodes[trace.node_id]
        since_us = max(gone_us, trace.departed_us, self._murky_us)
        if self._now_us - since_us < patience_us(told, len(self._here)):
            trace.verdict = ""
            return
        trace.doubt = self._doubt(trace)
        trace.verdict = MISSING if trace.doubt else LOST

    def _doubt(self, trace: Trace) -> str:
        """Why it may be well for all that; empty if nothing speaks for it."""
        silent = sorted(set(self._nodes) - self._here)
        if silent:
            verb = "is" if len(silent) == 1 else "are"
            return f"perhaps on {listed(silent)}, which {verb} not heard"
        if trace.outlived(self._now_us, self._turn_us):
            return "its lifetime is over"
        told = self._nodes[trace.node_id]
        from_us = trace.last.last_us
        # The first may be a period late, and a gap shows with the next packet only.
        to_us = (trace.gone_us or 0) + (ENDED_TOLD + 2) * tell_us(len(self._here))
        if self._was_erased(trace):
            return ""
        restarted_us = told.restarted_us
        if restarted_us is not None and from_us < restarted_us <= to_us:
            return "the node has restarted, and it may have ended just before"
        if told.missed(from_us, to_us) >= ENDED_TOLD:
            return "packets were missed, and its end may have been in them"
        return ""

    def _was_erased(self, trace: Trace) -> bool:
        """Whether the flash of its last node was, between its last sign and its absence."""
        erased_us = self._nodes[trace.node_id].erased_us
        return erased_us is not None and trace.last.last_us < erased_us <= (trace.gone_us or 0)

    def _may_rest(self, trace: Trace) -> bool:
        since_us = trace.gone_us or 0
        return len(self._nodes) == len(self._here) and self._now_us - since_us > MISSING_FOR_US

    def _finding(self, trace: Trace) -> Finding:
        called = glyph_name(*trace.ident)
        ago_s = (self._now_us - trace.last.last_us) // 1_000_000
        text = f"{called} is {trace.verdict}: last on {trace.node_id}, {ago_s} s ago"
        if trace.verdict == MISSING:
            text += f"; {trace.doubt}"
        elif self._was_erased(trace):
            text += f"; the flash of {trace.node_id} was erased"
        return Finding(trace.verdict, text, called, (trace.node_id,), trace.gone_us or 0)


# Not told


def _unclear_nodes(nodes: Mapping[int, Told], here: set[int], now_us: int) -> Iterator[Told]:
    for node_id in sorted(here):
        told = nodes[node_id]
        limit_us = max(UNCLEAR_AFTER_US, ROUNDS * round_us(told, len(here)))
        if (
            told.beacon_us is not None
            and not told.explained
            and now_us - told.unclear_us > limit_us
        ):
            yield told


def _unclear(told: Told) -> Finding:
    text = (
        f"what {told.node_id} holds is unclear: it counts {told.count} "
        f"{'glyph' if told.count == 1 else 'glyphs'}, and {len(told.held)} of those that it has "
        "told of may be there"
    )
    return Finding(UNCLEAR, text, "", (told.node_id,), told.unclear_us)


def listed(nodes: Iterable[int]) -> str:
    """Ids as in a sentence: 3, 5 and 7."""
    words = [str(node_id) for node_id in nodes]
    return " and ".join([*([", ".join(words[:-1])] if words[1:] else []), words[-1]])
