"""A roster to be shown: a row for each glyph, and all of it in one line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ascpi.glyphs import roster_judge
from ascpi.glyphs.roster_judge import Finding, listed
from ascpi.glyphs.roster_node import Entry, Told
from ascpi.glyphs.roster_trace import Trace, Traces
from ascpi_core.glyphs.kind import Registry
from ascpi_core.layout import STANDINGS

AWAY, MOVING, UNSEEN = "away", "moving", "unseen"

SETTLING_US = 3_000_000


@dataclass(frozen=True)
class Row:
    """One glyph. `node_id`: where it is, or was last; `place`: held, stopped, offered … as the
    node says; or moving (`peer` is where to), away (its node is not heard), unseen (nobody has it
    at this moment), missing, lost. What else it says is as old as `told_us`."""

    node_id: int
    place: str
    entry: Entry

    @property
    def name(self) -> str:
        """Its id, such as 7.129."""
        return self.entry.name

    def kind_name(self, registry: Registry) -> str:
        """The name of its type; its number, where the type is not known here."""
        kind = registry.by_number(self.entry.kind)
        return f"type {self.entry.kind}" if kind is None else kind.NAME

    def describe(self, registry: Registry) -> str:
        """What its state says: count=129."""
        kind = registry.by_number(self.entry.kind)
        return (
            f"state={self.entry.state.hex()}" if kind is None else kind.describe(self.entry.state)
        )


@dataclass(frozen=True)
class Account:
    """How it stands with all glyphs. `waiting`: nodes that have not told of all that they hold.
    `away`: glyphs that are on the nodes in `silent`, which are not heard."""

    glyphs: int
    energy: int
    nodes: int
    waiting: int
    away: int
    silent: tuple[int, ...]
    findings: tuple[Finding, ...]

    @property
    def is_well(self) -> bool:
        """Whether every glyph is known to be somewhere, once, on a node that is heard."""
        return not (self.waiting or self.away or self.findings)

    @property
    def text(self) -> str:
        """One line: 12 glyphs, energy 480, all accounted for."""
        if not self.nodes:
            return "no node heard yet"
        counted = f"{self.glyphs} glyph{'' if self.glyphs == 1 else 's'}, energy {self.energy}"
        if self.findings:
            return f"{counted}; " + "; ".join(finding.text for finding in self.findings)
        if self.waiting:
            return f"{counted}; {self.waiting} of {self.nodes} nodes have more to tell"
        if self.away:
            verb = "is" if len(self.silent) == 1 else "are"
            where = f"on {listed(self.silent)}, which {verb} not heard"
            return f"{counted}, all accounted for; {self.away} of them {where}"
        return f"{counted}, all accounted for"


def rows(
    nodes: Mapping[int, Told], traces: Traces, now_us: int, node_id: int | None = None
) -> list[Row]:
    """Every glyph that has not ended, by id; a doubled one has two rows."""
    here = roster_judge.present(nodes, now_us)
    found = []
    for trace in traces.by_id.values():
        for holder in sorted(trace.nodes):
            entry = nodes[holder].held[trace.ident]
            found.append(Row(holder, STANDINGS[entry.standing] if holder in here else AWAY, entry))
        if not trace.nodes and trace.ended_us is None:
            found.append(_nowhere(nodes, trace, here))
    found.sort(key=lambda row: (row.entry.ident, row.node_id))
    return [row for row in found if node_id is None or row.node_id == node_id]


def _nowhere(nodes: Mapping[int, Told], trace: Trace, here: set[int]) -> Row:
    """A glyph that no node counts as its own."""
    for told in nodes.values():
        if trace.ident in told.departing:
            return Row(told.node_id, MOVING, told.departing[trace.ident])
    if trace.node_id not in here:
        return Row(trace.node_id, AWAY, trace.last)
    return Row(trace.node_id, trace.verdict or UNSEEN, trace.last)


def account(
    nodes: Mapping[int, Told], traces: Traces, findings: Sequence[Finding], now_us: int
) -> Account:
    """Glyphs that are somewhere; the energy of the nodes who are heard, and of what is under way
    between nodes."""
    here = roster_judge.present(nodes, now_us)
    told = [nodes[node_id] for node_id in here]
    there = [trace for trace in traces.by_id.values() if _is_there(trace)]
    away = [trace.nodes for trace in there if trace.nodes and not trace.nodes & here]
    return Account(
        glyphs=len(there),
        energy=sum(each.settled_energy if each.has_told else each.energy for each in told)
        + sum(trace.last.energy for trace in there if not trace.nodes),
        nodes=len(told),
        waiting=sum(_waits(each, now_us) for each in told),
        away=len(away),
        silent=tuple(sorted(set[int]().union(*away))),
        findings=tuple(findings),
    )


def _is_there(trace: Trace) -> bool:
    """Somewhere, or on its way."""
    return bool(trace.nodes) or (trace.ended_us is None and not trace.verdict)


def _waits(told: Told, now_us: int) -> bool:
    """What came or went a moment ago is no reason to wait for more."""
    if not told.has_told:
        return True
    return not told.explained and now_us - told.unclear_us > SETTLING_US
