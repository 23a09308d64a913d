"""Phases in turns as plain numbers: the model's definitions, without the core's integers.

On purpose not the core's own code: it is what the core is judged by.
"""

import cmath
import math
from collections.abc import Iterable


def arc(target: float, origin: float) -> float:
    """Shortest arc from `origin` to `target`, in [−½, ½) turn."""
    return (target - origin + 0.5) % 1.0 - 0.5


def circular_mean(phases: Iterable[float]) -> tuple[float, float]:
    """(mean in [0, 1) turn, resultant length R in [0, 1]); (0, 0) for no phases at all.

    Where R is near 0 the mean has no meaning.
    """
    vectors = [cmath.exp(2j * math.pi * phase) for phase in phases]
    if not vectors:
        return 0.0, 0.0
    resultant = sum(vectors) / len(vectors)
    mean = cmath.phase(resultant) / (2 * math.pi) % 1.0
    return mean, min(abs(resultant), 1.0)


def coherence(length: float) -> float:
    """C = exp(−5·V) with the circular variance V = 1 − R."""
    return math.exp(-5.0 * (1.0 - length))
