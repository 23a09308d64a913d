"""Random numbers for jitter: multiply-with-carry in 30 bits, no allocation, same everywhere."""

_MULTIPLIER = 16_365
"""a·2^16 − 1 and (a·2^16 − 2)/2 are prime, so the period is (a·2^16 − 2)/2, about 5·10^8."""


class Chance:
    """A stream of 16-bit numbers from a seed (any integer)."""

    def __init__(self, seed: int) -> None:
        self._state = (seed ^ seed >> 30) % (_MULTIPLIER * 65536 - 2) + 1
        for _ in range(8):
            self.next()

    def next(self) -> int:
        """The next number, 0 … 65535. Worst product 16 365 · 65 535 < 2^30."""
        self._state = _MULTIPLIER * (self._state & 0xFFFF) + (self._state >> 16)
        return self._state & 0xFFFF

    def below(self, limit: int) -> int:
        """A number 0 … limit − 1, limit up to 2^14 (worst product 2^14 · 2^16)."""
        return (self.next() * limit) >> 16
