"""How many rows each part of the window gets."""

from dataclasses import dataclass

from ascpi.monitor.window.table import HEADER_ROWS
from ascpi.monitor.window.wheel import ROWS_LEAST, ROWS_MOST

NOTICES_MOST = 3
# The wheel and the lines want so much; a table that is longer scrolls.
BELOW_LEAST = 9
# What lies beside the wheel.
BESIDE_LEAST = 40
GAP = 1


@dataclass(frozen=True)
class Layout:
    """Rows of each part. `wheel`: 0 where it has no room; `details`: so many at most;
    `held`: at most so many with the glyphs below them.

    Two more are the title and the keys, and one is the line of the glyphs if there are any.
    """

    table: int
    wheel: int
    notices: int
    details: int
    held: int


def layout(width: int, height: int, boards: int, notices: int, glyphs: int = 0) -> Layout:
    """For a terminal of any size; `glyphs`: 1 if their line is shown."""
    rows = max(0, height - 2 - glyphs)
    noticed = min(notices, NOTICES_MOST, rows // 6)
    table = max(HEADER_ROWS + 1, min(HEADER_ROWS + boards, rows - noticed - BELOW_LEAST))
    below = rows - noticed - table
    wheel = min(below, ROWS_MOST, (width - BESIDE_LEAST - GAP) // 2)
    return Layout(
        table, wheel if wheel >= ROWS_LEAST else 0, noticed, max(2, below // 2 - 2), below * 2 // 3
    )
