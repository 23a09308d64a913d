"""Circular mean and resultant length of phases: Θ_cluster and the order behind C."""

from .trigonometry import SINE_TABLE, angle
from .unit import ONE

MAXIMUM_PHASES = 511
"""So many unit vectors of Q20 add up to less than 2^29."""

UNDEFINED_BELOW = ONE // 16
"""Resultant length (Q15) under which the mean direction is taken as undefined.

A tabled unit vector is off by 2.4e-6 at most; divided by this length that is 6e-6 turn, so a mean
that is defined is right to 2^-16 turn.
"""


class CircularMean:
    """Sum of unit vectors. `clear`, `add` each phase, then read `mean` and `length`."""

    def __init__(self) -> None:
        self.count = 0
        self._sines = 0
        self._cosines = 0

    def clear(self) -> None:
        """Forget all phases."""
        self.count = 0
        self._sines = 0
        self._cosines = 0

    def add(self, thetas: list[int], count: int) -> None:
        """Add the first `count` of `thetas` (any integers, taken modulo a turn).

        One loop over all, without calls: this is most of a supervision step. Sine and cosine
        are looked up side by side: same distance between entries, mirrored index.
        """
        table = SINE_TABLE
        sines = self._sines
        cosines = self._cosines
        for number in range(count):
            theta = thetas[number]
            fraction = theta & 0x1FFFF
            index = (theta >> 17) & 511
            rising = table[index]
            rising += ((table[index + 1] - rising) * fraction + 0x10000) >> 17
            index = 512 - index
            falling = table[index]
            falling += ((table[index - 1] - falling) * fraction + 0x10000) >> 17
            if theta & 0x4000000:
                if theta & 0x8000000:
                    sines -= falling
                    cosines += rising
                else:
                    sines += falling
                    cosines -= rising
            elif theta & 0x8000000:
                sines -= rising
                cosines -= falling
            else:
                sines += rising
                cosines += falling
        self._sines = sines
        self._cosines = cosines
        self.count += count

    def mean(self) -> int:
        """Circular mean in 2^-28 turn; meaningless where `length() < UNDEFINED_BELOW`."""
        return angle(self._sines, self._cosines)

    def length(self) -> int:
        """Resultant length R = |Σ e^(2πiθ)|/n in Q15, 0 … 1.0, within 8e-5; 0 for no phases.

        The components are brought to Q14, so the sum of their squares stays below 2^29; the root
        starts from max + ⅜·min (within 7 %) and needs two Newton steps.
        """
        scale = self.count << 6
        if scale == 0:
            return 0
        high = (abs(self._cosines) + (scale >> 1)) // scale
        low = (abs(self._sines) + (scale >> 1)) // scale
        if low > high:
            high, low = low, high
        square = high * high + low * low
        if square >= 0x10000000:
            return ONE
        square <<= 2
        root = (high << 1) + ((low * 3) >> 2)
        if root == 0:
            return 0
        root = (root + square // root) >> 1
        return (root + square // root) >> 1
