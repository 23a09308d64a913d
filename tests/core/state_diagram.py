"""The diagrams of states in the documents, made from the tables that the code runs by.

    python -m tests.core.state_diagram [--write]

Without --write they are printed; with it, those in docs/model.md (the lock, `LOCK_TRANSITIONS`)
and docs/glyphs.md (a glyph, `MOVES`) are replaced.
"""

import argparse
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from ascpi_core.glyphs.lifecycle import AWAITS, COLUMNS, FREE, MOVES, ON_WRITTEN
from ascpi_core.glyphs.lifecycle import STANDINGS as STANDING_ROWS
from ascpi_core.layout import GLYPH_EVENTS, LOCK_EVENTS, RECORD_TYPES, STANDINGS
from ascpi_core.phase import ALONE, LOCK_STATES, LOCK_TRANSITIONS

DOCS = Path(__file__).resolve().parents[2] / "docs"
BEGIN = "<!-- state diagram: made by python -m tests.core.state_diagram --write -->\n"
END = "<!-- end of the state diagram -->\n"

Arrow = tuple[str, str, str]
"""From which state an event leads to which: (state, state, event)."""


def diagram(first: str, arrows: Iterable[Arrow]) -> str:
    """The mermaid block; events that lead the same way share an arrow."""
    events: dict[tuple[str, str], list[str]] = {}
    for before, after, event in arrows:
        events.setdefault((before, after), []).append(event)
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {first}"]
    for (before, after), names in events.items():
        lines.append(f"    {before} --> {after}: {', '.join(names)}")
    return "\n".join([*lines, "```"]) + "\n"


def lock() -> str:
    """Of the lock. Events that leave a state as it is are not drawn."""
    arrows = []
    for state, row in enumerate(LOCK_TRANSITIONS):
        to = sorted((target, event) for event, target in enumerate(row) if target != state)
        for target, event in to:
            arrows.append((LOCK_STATES[state], LOCK_STATES[target], LOCK_EVENTS[event]))
    return diagram(LOCK_STATES[ALONE], arrows)


def glyph() -> str:
    """Of a glyph; where it waits for a record, the arrow has the record's name."""
    records = {number: name for number, name, _ in RECORD_TYPES}
    arrows = []
    for row in range(0, len(MOVES), 4):
        before, event, after = MOVES[row : row + 3]
        words = GLYPH_EVENTS[event]
        if event == ON_WRITTEN:
            words = f"{records[STANDING_ROWS[before * COLUMNS + AWAITS]]} is written"
        arrows.append((STANDINGS[before], STANDINGS[after], words))
    return diagram(STANDINGS[FREE], arrows)


@dataclass(frozen=True)
class Page:
    """A document with a diagram between two marks."""

    path: Path
    made: Callable[[], str]

    def shown(self) -> str:
        """The diagram that it has."""
        return self.path.read_text("utf-8").partition(BEGIN)[2].partition(END)[0]

    def write(self) -> None:
        """Give it the diagram as it is to be."""
        head, mark, rest = self.path.read_text("utf-8").partition(BEGIN)
        self.path.write_text(head + mark + self.made() + END + rest.partition(END)[2], "utf-8")


PAGES = (Page(DOCS / "model.md", lock), Page(DOCS / "glyphs.md", glyph))


def main() -> None:
    parser = argparse.ArgumentParser(description="the diagrams of states in the documents")
    parser.add_argument("--write", action="store_true", help="put them into the documents")
    write = parser.parse_args().write
    for page in PAGES:
        if write:
            page.write()
        else:
            print(page.made(), end="")


if __name__ == "__main__":
    main()
