"""The diagram of the lock's states, made from `LOCK_TRANSITIONS`.

    python -m tests.core.state_diagram [--write]

Without --write it is printed; with it, the one in docs/model.md is replaced.
"""

import argparse
from pathlib import Path

from ascpi_core.layout import LOCK_EVENTS
from ascpi_core.phase import ALONE, LOCK_STATES, LOCK_TRANSITIONS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "model.md"
BEGIN = "<!-- state diagram: made by python -m tests.core.state_diagram --write -->\n"
END = "<!-- end of the state diagram -->\n"


def diagram() -> str:
    """The mermaid block. Events that leave a state as it is are not drawn."""
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {LOCK_STATES[ALONE]}"]
    for state, row in enumerate(LOCK_TRANSITIONS):
        events_to: dict[int, list[str]] = {}
        for event, target in enumerate(row):
            if target != state:
                events_to.setdefault(target, []).append(LOCK_EVENTS[event])
        for target, events in sorted(events_to.items()):
            lines.append(
                f"    {LOCK_STATES[state]} --> {LOCK_STATES[target]}: {', '.join(events)}"
            )
    lines.append("```")
    return "\n".join(lines) + "\n"


def in_page(text: str) -> str:
    """What the page has between its two marks."""
    return text.partition(BEGIN)[2].partition(END)[0]


def main() -> None:
    parser = argparse.ArgumentParser(description="the diagram of the lock's states")
    parser.add_argument("--write", action="store_true", help="put it into docs/model.md")
    if not parser.parse_args().write:
        print(diagram(), end="")
        return
    text = PAGE.read_text("utf-8")
    head, mark, rest = text.partition(BEGIN)
    PAGE.write_text(head + mark + diagram() + END + rest.partition(END)[2], "utf-8")


if __name__ == "__main__":
    main()
