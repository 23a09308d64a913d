"""Ticks: microseconds of one board's own clock, modulo 2^30 (17.9 min), as `ticks_us` counts.

Every comparison of ticks goes through `ticks_diff`. It is valid while the two lie less than half
a period (8.9 min) apart. 2^30 itself is no small integer on a 32-bit board, hence the exclusive
or instead of a comparison and a subtraction.
"""

TICKS_BITS = 30
TICKS_MASK = (1 << TICKS_BITS) - 1
TICKS_HALF = 1 << (TICKS_BITS - 1)


def ticks_add(ticks: int, delta_us: int) -> int:
    """Ticks `delta_us` later (earlier if negative); |delta_us| ≤ 2^29.

    The ticks are taken as −2^29 … 2^29 − 1 first, so that the sum stays a small integer.
    """
    return ((ticks ^ 0x20000000) - 0x20000000 + delta_us) & 0x3FFFFFFF


def ticks_diff(later: int, earlier: int) -> int:
    """later − earlier in µs, in [−2^29, 2^29); both in [0, 2^30)."""
    return (((later - earlier) & 0x3FFFFFFF) ^ 0x20000000) - 0x20000000
