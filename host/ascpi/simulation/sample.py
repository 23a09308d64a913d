"""All phases of a field at one true time, and what they make of it."""

import cmath
import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

LOCKED_COHERENCE = 0.75
LOCKED_ARC = 0.01
"""What counts as locked, in true time: C above the edge of `shared`, all within 0.01 turn."""


@dataclass(frozen=True)
class Sample:
    """The boards with power at one true time: Θ_local (turns) and the state of the lock, by id."""

    true_us: int
    phases: dict[int, float]
    states: dict[int, int]

    @cached_property
    def resultant(self) -> complex:
        return resultant(self.phases.values())

    @property
    def coherence(self) -> float:
        return math.exp(-5 * (1 - abs(self.resultant)))

    @property
    def spread(self) -> float:
        """Largest distance of a phase from their mean, in turns."""
        mean = cmath.phase(self.resultant) / math.tau
        return max(abs(shortest(phase - mean)) for phase in self.phases.values())

    @property
    def locked(self) -> bool:
        return self.coherence > LOCKED_COHERENCE and self.spread < LOCKED_ARC


def resultant(phases: Iterable[float]) -> complex:
    """Mean of the unit vectors."""
    vectors = [cmath.exp(1j * math.tau * phase) for phase in phases]
    return sum(vectors) / len(vectors)


def shortest(arc: float) -> float:
    """An arc in turns brought to [−½, ½)."""
    return (arc + 0.5) % 1 - 0.5
