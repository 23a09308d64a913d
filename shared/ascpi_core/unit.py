"""Fractions in Q15 (32768 stands for 1.0) and the few functions the model needs of them.

Coherence runs over 0 … 1.0 inclusive, ΔΦ and κ over [0, 1): products of two of them stay in
30 bits.
"""

ONE = 1 << 15
"""1.0 in Q15."""

BELOW_ONE = ONE - 1

# 2^(−1/64) times 2^60.
_POWER_STEP = 1140502249370840087


def _powers() -> list[int]:
    """2^(−k/64) in Q15 for k = 0 … 64, and a fence."""
    table = []
    value = 1 << 60
    for _ in range(65):
        table.append((value + (1 << 44)) >> 45)
        value = (value * _POWER_STEP) >> 60
    return table + [table[-1]]


_POWER_TABLE = _powers()


def from_ratio(numerator: int, denominator: int) -> int:
    """Q15 nearest to numerator/denominator (configuration; may use long integers)."""
    return (numerator * ONE * 2 + denominator) // (denominator * 2)


def exp_negative(x: int) -> int:
    """exp(−x) in Q15 for x ≥ 0 in Q15; 0 from x = 11 on. Within 10^-4 of the true value.

    exp(−x) = 2^(−x·log2 e): the fraction by a table of 64 steps (interpolation errs by 1.5e-5),
    the integer part by a shift. log2 e in Q11 keeps x·log2 e below 2^30.
    """
    if x >= 11 << 15:
        return 0
    scaled = x * 2955
    rest = scaled & 0x3FFFFFF
    index = rest >> 20
    high = _POWER_TABLE[index]
    step = high - _POWER_TABLE[index + 1]
    value = high - ((step * ((rest >> 4) & 0xFFFF) + 0x8000) >> 16)
    shift = scaled >> 26
    return (value + ((1 << shift) >> 1)) >> shift


def square_root(value: int) -> int:
    """Floor of the square root, 0 ≤ value < 2^30 (Newton, from above)."""
    if value < 2:
        return value
    root = 32768
    half = 16384
    while half * half >= value:
        root = half
        half >>= 1
    while True:
        lower = (root + value // root) >> 1
        if lower >= root:
            return root
        root = lower


def geometric_mean(one: int, other: int) -> int:
    """√(one·other) in Q15, both 0 … 1.0; two values of 1.0 would leave 30 bits, hence the case."""
    if one == other:
        return one
    return square_root(one * other)


def harmonic_mean(one: int, other: int) -> int:
    """2·a·b/(a + b), rounded to nearest, of two Q15 values in [0, 1); 0 if both are 0."""
    total = one + other
    if total == 0:
        return 0
    product = one * other
    quotient = product // total
    rest = product - quotient * total
    return 2 * quotient + (4 * rest + total) // (2 * total)
