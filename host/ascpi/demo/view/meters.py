"""Values as marks: where an error lies, and how coherence has gone."""

import math
from collections.abc import Sequence

# An error's place on its bar is linear up to here, and logarithmic from here to half a turn.
LINEAR_US = 100.0
HALF_TURN_US = 500_000.0

EIGHTHS = " ▁▂▃▄▅▆▇█"


def error_place(error_us: float) -> float:
    """−1 … 1, half a turn at the ends; a tenth of an error is a good quarter nearer to 0."""
    share = math.log10(1 + abs(error_us) / LINEAR_US) / math.log10(1 + HALF_TURN_US / LINEAR_US)
    return math.copysign(min(share, 1.0), error_us)


def error_column(error_us: float, width: int) -> int:
    """The column of an error's mark on a bar of odd width."""
    half = width // 2
    return half + round(error_place(error_us) * half)


def sparkline(values: Sequence[float], width: int, lines: int) -> list[str]:
    """The last `width` values (0 … 1) as columns of so many lines, newest at the right."""
    shown = list(values[-width:])
    heights = [round(min(max(value, 0.0), 1.0) * 8 * lines) for value in shown]
    pad = " " * (width - len(shown))
    rows = []
    for line in range(lines - 1, -1, -1):
        rows.append(pad + "".join(EIGHTHS[min(8, max(0, each - 8 * line))] for each in heights))
    return rows
