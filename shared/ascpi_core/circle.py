"""Phase on the circle: an integer 0 … 2^28 − 1 stands for [0, 1) turn (a step is 3.7 ns at 1 Hz).

28 bits leave room for a sum or difference of two phases in the 31-bit small integers of a 32-bit
board. Every difference is taken on the shortest arc, [−½, ½).
"""

PHASE_BITS = 28
TURN = 1 << PHASE_BITS
PHASE_MASK = TURN - 1
HALF_TURN = TURN >> 1


def arc(target: int, origin: int) -> int:
    """Shortest arc from `origin` to `target` in [−2^27, 2^27) units of 2^-28 turn."""
    return (((target - origin) & 0xFFFFFFF) ^ 0x8000000) - 0x8000000


def midpoint(one: int, other: int) -> int:
    """Circular midpoint θ_new of two phases; of two exactly ½ apart, the one ¼ before `other`."""
    return (other + (arc(one, other) >> 1)) & 0xFFFFFFF


def from_ratio(numerator: int, denominator: int) -> int:
    """The phase nearest to numerator/denominator turns (configuration; may use long integers)."""
    return ((numerator * TURN * 2 + denominator) // (denominator * 2)) & PHASE_MASK
