"""Streams of chance for the simulator: integers only, the same on every Python and platform."""

from collections.abc import Sequence
from typing import TypeVar

from ascpi.air.noise import MASK_32, PER_MILLION, advance, exponential, seed_of

Thing = TypeVar("Thing")


class Dice:
    """One stream, named by its words: what is drawn from one leaves all others as they are."""

    __slots__ = ("_state",)

    def __init__(self, *words: int | str) -> None:
        self._state = seed_of(*words)

    def below(self, limit: int) -> int:
        """0 … limit − 1, evenly; limit 1 … 2^32."""
        self._state, bits = advance(self._state)
        return bits * limit >> 64

    def between(self, low: int, high: int) -> int:
        """low … high, evenly."""
        return low + self.below(high - low + 1)

    def scaled(self, low: int, high: int) -> int:
        """low … high, every doubling as likely as any other; low 1 or more."""
        doublings = 0
        while low << doublings + 1 <= high:
            doublings += 1
        start = low << self.below(doublings + 1)
        return self.between(start, min(2 * start - 1, high))

    def strikes(self, per_million: int) -> bool:
        """True with this probability."""
        return self.below(PER_MILLION) < per_million

    def exponential(self, mean: int) -> int:
        """Exponentially distributed, at most 22.2 means."""
        self._state, bits = advance(self._state)
        return exponential(bits & MASK_32, mean)

    def choice(self, things: Sequence[Thing]) -> Thing:
        """Any of them."""
        return things[self.below(len(things))]
