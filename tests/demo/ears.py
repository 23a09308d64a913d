"""An ear that hears what a test says."""

from dataclasses import replace

from ascpi.demo.ear import Birth, Seen, Told
from ascpi.glyphs.roster_node import Entry
from ascpi.glyphs.roster_view import Row
from ascpi_core.fixed import ONE
from ascpi_core.glyphs.glyph import LIFETIME_ENDLESS
from ascpi_core.glyphs.kind import put_word
from ascpi_core.glyphs.lifecycle import HELD


def row(
    glyph: str,
    node_id: int,
    *,
    place: str = "held",
    kind: int = 5,
    hops: int = 0,
    count: int = 0,
    told_us: int = 0,
    energy: int = 100,
    dphi: float = 0.0,
    kappa: float = 0.0,
) -> Row:
    """One glyph as a roster shows it; `count` is the first word of its state."""
    birth_node, birth_count = map(int, glyph.split("."))
    state = bytearray(8)
    put_word(state, 0, count)
    entry = Entry(
        ident=(birth_node, birth_count),
        hops=hops,
        kind=kind,
        standing=HELD,
        energy=energy,
        lifetime=LIFETIME_ENDLESS,
        theta=0,
        dphi=round(dphi * ONE),
        kappa=round(kappa * ONE),
        state=bytes(state),
        peer=0,
        told_us=told_us,
        since_us=told_us,
        last_us=told_us,
    )
    return Row(node_id, place, entry)


class FakeEar:
    """Births are carried out at once, as `NODE.COUNT` with counts from 100."""

    def __init__(self) -> None:
        self.seen = Seen()
        self.born: dict[Birth, str] = {}
        self.trouble = ""
        self.started = False
        self.stopped = False

    def start(self) -> None:
        self.started = True

    def stop(self) -> None:
        self.stopped = True

    def bear(self, birth: Birth) -> None:
        self.born[birth] = f"{birth.node_id}.{100 + len(self.born)}"

    def show(self, *rows: Row) -> None:
        """What is heard of glyphs from now on."""
        first = {each.name: each.entry for each in rows}
        self.seen = replace(self.seen, rows=rows, first=first)

    def beacon(self, node_id: int, told: Told) -> None:
        """One more beacon of a node."""
        before = self.seen.told.get(node_id, ())
        self.seen = replace(self.seen, told={**self.seen.told, node_id: (*before, told)})
