"""One figure of a bench: how often it was measured, what it may be, and how that is shown."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

GREEN, RED = "32", "31"


@dataclass(frozen=True)
class Row:
    """`limit` None: for information. `least`: the limit is the smallest good value."""

    key: str
    meaning: str
    samples: tuple[float, ...]
    limit: float | None = None
    least: bool = False

    @property
    def value(self) -> float:
        return median(self.samples)

    @property
    def passed(self) -> bool:
        if self.limit is None:
            return True
        return self.value >= self.limit if self.least else self.value <= self.limit


def number(value: float) -> str:
    """Three digits or more."""
    if value >= 1e6:
        return f"{value / 1e6:.1f} M"
    return f"{value:.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"


def verdict(row: Row, colour: bool) -> str:
    if row.limit is None:
        return ""
    word = "passed" if row.passed else "FAILED"
    if colour:
        word = f"\x1b[{GREEN if row.passed else RED}m{word}\x1b[0m"
    return f"{'≥' if row.least else '≤'} {number(row.limit):>7}  {word}"


def show(rows: Sequence[Row], plain: bool) -> None:
    colour = not plain and sys.stdout.isatty() and "NO_COLOR" not in os.environ
    wide = max(len(row.key) for row in rows)
    print(f"{'':<{wide}}  {'median':>8}  {'least … most':>19}  limit")
    for row in rows:
        span = f"{number(min(row.samples))} … {number(max(row.samples))}"
        line = f"{row.key:<{wide}}  {number(row.value):>8}  {span:>19}  {verdict(row, colour):<17}"
        print(f"{line}  {row.meaning}".rstrip())


def report(rows: Sequence[Row]) -> dict[str, object]:
    """The medians under their keys, and all else beside them."""
    return {
        **{row.key: round(row.value, 4) for row in rows},
        "ranges": {
            row.key: [round(min(row.samples), 4), round(max(row.samples), 4)] for row in rows
        },
        "limits": {row.key: row.limit for row in rows if row.limit is not None},
        "passed": all(row.passed for row in rows),
    }
