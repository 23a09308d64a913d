"""Whether every glyph is there exactly once, and all the energy that was ever born."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ascpi.demo.book import COUNTING, Book, Ledger
from ascpi.demo.ear import Seen
from ascpi.glyphs.roster_view import AWAY, MOVING, UNSEEN


@dataclass(frozen=True)
class Energy:
    """Of all nodes together, in quanta. `in_flight`: sent, and not received yet; reports of two
    nodes are of two moments, so it may be below 0. `balanced`: on each node by itself."""

    born: int
    held: int
    spent: int
    in_flight: int
    balanced: bool


class Account:
    """Of these glyphs, at one moment. `wrong`: a sentence for each thing that is not as it should
    be, or not yet; `unborn`: what each glyph is that there should be and is not."""

    def __init__(
        self, glyphs: Sequence[str], seen: Seen, book: Book, unborn: Iterable[str] = ()
    ) -> None:
        self.glyphs = list(glyphs)
        self.energy = energy_of(book.ledgers.values())
        living = [glyph for glyph in glyphs if glyph not in book.ended]
        self.astray = [f"the {kind} was not born" for kind in unborn]
        self.astray += not_once(living, seen)
        self.wrong = [*self.astray, *_unbalanced(self.energy)]
        self._where = [
            {"glyph": row.name, "node": row.node_id, "place": row.place}
            for row in seen.rows
            if row.name in self.glyphs
        ]

    def sentence(self, more: str = "") -> str:
        """If nothing is wrong; `more` is said of the glyphs, too."""
        count = len(self.glyphs)
        energy = self.energy
        return (
            f"{count} glyph{'' if count == 1 else 's'}, each of them once{more}. "
            f"Energy: {energy.born} born = {energy.held} held + {energy.spent} spent"
        )

    def figures(self) -> dict[str, Any]:
        """For the report."""
        return {
            "born": len(self.glyphs),
            "each_once": not self.astray,
            "wrong": self.wrong,
            "energy": asdict(self.energy),
            "where": self._where,
        }


def energy_of(ledgers: Iterable[Ledger]) -> Energy:
    """The sums of these."""
    each = list(ledgers)
    return Energy(
        born=sum(ledger.born for ledger in each),
        held=sum(ledger.held for ledger in each),
        spent=sum(ledger.spent for ledger in each),
        in_flight=sum(ledger.sent - ledger.received for ledger in each),
        balanced=all(ledger.is_balanced for ledger in each),
    )


def not_once(glyphs: Iterable[str], seen: Seen) -> Iterator[str]:
    """A sentence for each of these glyphs that is not at exactly one place, and for each of any
    others that is certainly lost or doubled."""
    for glyph in glyphs:
        rows = [row for row in seen.rows if row.name == glyph]
        if not rows:
            yield f"{glyph} is seen nowhere"
        elif len(rows) > 1:
            nodes = " and ".join(str(row.node_id) for row in rows)
            yield f"{glyph} is seen on nodes {nodes}"
        elif rows[0].place not in COUNTING | {MOVING}:
            what = {AWAY: "with a node that is not heard", UNSEEN: "seen nowhere at this moment"}
            place = what.get(rows[0].place, rows[0].place)
            yield f"{glyph} is {place}, last on node {rows[0].node_id}"
    yield from seen.problems


def _unbalanced(energy: Energy) -> Iterator[str]:
    if not energy.balanced:
        yield "the energy of a node does not balance"
    if energy.in_flight:
        yield f"{energy.in_flight} quanta of energy were sent and are not received"


def sentence(text: str) -> str:
    """With a capital letter and a full stop; nothing stays nothing."""
    return text[:1].upper() + text[1:].rstrip(".") + "." if text else ""
