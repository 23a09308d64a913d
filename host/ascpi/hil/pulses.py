"""Pulses of boards as somebody sees them who can: a probe that is wired to their pins."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Pulse:
    """The front of a pulse, on the common clock, give or take `within_us`."""

    true_us: int
    within_us: float


class PulseSource(Protocol):
    def pulses(self, mac: str, since: int) -> tuple[Sequence[Pulse], int]:
        """A board's pulses from number `since` on, and the number of the next one."""
        ...
