"""All glyphs as text, as a table and as JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.markup import escape
from rich.table import Table

from ascpi.glyphs.roster_judge import Finding
from ascpi.glyphs.roster_view import Row
from ascpi_core.fixed import ONE, TURN
from ascpi_core.glyphs.glyph import LIFETIME_ENDLESS
from ascpi_core.glyphs.kind import Registry

ENDLESS = "endless"
OPEN = "the field is open: anybody here may give orders; a key prevents that"


@dataclass(frozen=True)
class Listing:
    """What is known of all glyphs at one moment. `nodes`: (id, its energy, its list is complete).

    `complete`: of every node that is heard it is known that this is all that it holds.
    """

    rows: Sequence[Row]
    nodes: Sequence[tuple[int, int, bool]]
    findings: Sequence[Finding]
    complete: bool
    is_open: bool

    @property
    def is_well(self) -> bool:
        """Whether all glyphs are known, each of them once."""
        return self.complete and not self.findings


def lifetime_word(lifetime: int) -> str:
    return ENDLESS if lifetime == LIFETIME_ENDLESS else str(lifetime)


def says(row: Row, registry: Registry) -> str:
    """What its state says, as its type puts it; the bytes, where a type of a user's own fails."""
    try:
        return row.describe(registry)
    except Exception:  # noqa: BLE001  whatever stands in the file
        return f"state={row.entry.state.hex()}"


def table(listing: Listing, registry: Registry) -> Table:
    """A row for each glyph."""
    made = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("glyph", "type", "node"):
        made.add_column(title, no_wrap=True)
    for title in ("θ", "energy", "lifetime", "hops"):
        made.add_column(title, justify="right", no_wrap=True)
    made.add_column("state")
    for row in listing.rows:
        entry = row.entry
        made.add_row(
            row.name,
            row.kind_name(registry),
            _place(row),
            f"{entry.theta / TURN:.3f}",
            str(entry.energy),
            lifetime_word(entry.lifetime),
            str(entry.hops),
            escape(says(row, registry)),
            style="" if row.place == "held" else "yellow",
        )
    return made


def line(row: Row, registry: Registry) -> str:
    """One glyph in one line, for people and programs."""
    entry = row.entry
    return (
        f"{row.name} {row.kind_name(registry)} node={row.node_id} place={row.place} "
        f"theta={entry.theta / TURN:.6f} energy={entry.energy} "
        f"lifetime={lifetime_word(entry.lifetime)} hops={entry.hops} {says(row, registry)}"
    )


def summary(listing: Listing) -> list[str]:
    """What there is to say about all of them: complete or not, problems, an open field."""
    count, nodes = len(listing.rows), len(listing.nodes)
    glyphs = f"{count} glyph{'' if count == 1 else 's'}"
    heard = f"{nodes} node{'' if nodes == 1 else 's'}"
    energy = sum(node_energy for _, node_energy, _ in listing.nodes)
    waiting = [str(node_id) for node_id, _, confirmed in listing.nodes if not confirmed]
    if listing.complete:
        said = [f"complete: {glyphs} on {heard}, energy {energy}"]
    elif waiting:
        whose = f"node{'' if len(waiting) == 1 else 's'} {', '.join(waiting)}"
        verb = "has" if len(waiting) == 1 else "have"
        said = [
            f"not complete: {glyphs} so far; {whose} {verb} not told of all glyphs yet: give more "
            "--seconds"
        ]
    else:
        said = [f"not complete: {glyphs} so far, {heard} heard: give more --seconds"]
    said += [f"problem: {finding.text}" for finding in listing.findings]
    if listing.is_open:
        said.append(OPEN)
    return said


def as_json(listing: Listing, registry: Registry) -> dict[str, Any]:
    """The same for programs; phases in turns, ΔΦ and κ from 0 up to 1."""
    return {
        "complete": listing.complete,
        "open": listing.is_open,
        "nodes": [
            {"id": node_id, "energy": energy, "confirmed": confirmed}
            for node_id, energy, confirmed in listing.nodes
        ],
        "glyphs": [_row_json(row, registry) for row in listing.rows],
        "problems": [
            {
                "kind": finding.kind,
                "text": finding.text,
                "glyph": finding.glyph,
                "nodes": list(finding.nodes),
                "certain": finding.is_certain,
            }
            for finding in listing.findings
        ],
    }


def _row_json(row: Row, registry: Registry) -> dict[str, Any]:
    entry = row.entry
    endless = entry.lifetime == LIFETIME_ENDLESS
    return {
        "id": row.name,
        "type": row.kind_name(registry),
        "kind": entry.kind,
        "node": row.node_id,
        "place": row.place,
        "theta": entry.theta / TURN,
        "energy": entry.energy,
        "lifetime": None if endless else entry.lifetime,
        "hops": entry.hops,
        "dphi": entry.dphi / ONE,
        "kappa": entry.kappa / ONE,
        "state": entry.state.hex(),
        "says": says(row, registry),
    }


def _place(row: Row) -> str:
    """Where it is; how, if it does not simply run there."""
    return str(row.node_id) if row.place == "held" else f"{row.node_id} {row.place}"
