"""Groups of vectors of one function: inputs, and what an independent source says of them."""

import math
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Any

PHASE = 1 << 28
TICKS = 1 << 30
Q15 = 1 << 15
Q20 = 1 << 20

Reference = Callable[..., Any]


def group(
    name: str,
    source: str,
    reference: Reference,
    inputs: Iterable[Sequence[Any]],
    tolerance: int = 0,
    circle: int = 0,
) -> dict[str, Any]:
    """`name` is the function's, with more after a space where one has several groups."""
    return {
        "name": name,
        "function": name.split()[0],
        "source": source,
        "tolerance": tolerance,
        "circle": circle,
        "cases": [[list(given), reference(*given)] for given in inputs],
    }


def rounded(value: Fraction | float) -> int:
    """To the nearest integer, halves up."""
    return math.floor(Fraction(value) + Fraction(1, 2))


def shortest(target: int, origin: int, period: int) -> int:
    """The difference in [−½, ½) of the period."""
    return (target - origin + period // 2) % period - period // 2


def harmonic(values: Sequence[int]) -> int:
    """Harmonic mean; 0 if one of them is 0."""
    if 0 in values:
        return 0
    return rounded(len(values) / sum(Fraction(1, value) for value in values))
