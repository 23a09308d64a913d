"""Seeded noise in integers: the same on every Python, platform and C library.

Python's own generator is stable in `random()` only, weighs 2.5 kB (a mesh of 200 nodes has 39 800
links), and its exponential goes through the platform's logarithm. Here a stream is one 64-bit
integer, and the logarithm is a table made with integers alone.
"""

import hashlib
from functools import cache

MASK_64 = (1 << 64) - 1
MASK_32 = (1 << 32) - 1

# SplitMix64: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
_GAMMA = 0x9E3779B97F4A7C15
_MIX_1 = 0xBF58476D1CE4E5B9
_MIX_2 = 0x94D049BB133111EB

PER_MILLION = 1_000_000

# ln 2 in Q32.
_LN_2_Q32 = 2_977_044_472

# Between two entries of the logarithm's table a straight line is off by less than
# (1/256)² / 8 · log2(e) = 2.8e-6: 0.06 µs of a jitter of 20 ms.
_TABLE_BITS = 8


def seed_of(*words: int | str) -> int:
    """A stream's first state, 64 bits, from whatever names the stream. 1 and "1" differ."""
    text = "\0".join(repr(word) for word in words)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def advance(state: int) -> tuple[int, int]:
    """(the next state, 64 random bits)."""
    state = (state + _GAMMA) & MASK_64
    bits = ((state ^ (state >> 30)) * _MIX_1) & MASK_64
    bits = ((bits ^ (bits >> 27)) * _MIX_2) & MASK_64
    return state, bits ^ (bits >> 31)


def strikes(bits_32: int, per_million: int) -> bool:
    """Whether an event of that probability happens: never at 0, always at 1 000 000."""
    return (bits_32 * PER_MILLION) >> 32 < per_million


def uniform(bits_32: int, limit: int) -> int:
    """An integer of 0 … limit, evenly."""
    return (bits_32 * (limit + 1)) >> 32


def exponential(bits_32: int, mean: int) -> int:
    """An exponentially distributed integer, rounded; at most 22.2 means, for that is ln 2^32."""
    minus_ln_q32 = ((32 << 32) - _log2_q32(bits_32 + 1)) * _LN_2_Q32 >> 32
    return (minus_ln_q32 * mean + (1 << 31)) >> 32


def _log2_q32(number: int) -> int:
    """log2 in Q32 of 1 … 2^32."""
    whole = number.bit_length() - 1
    fraction_q32 = (number << (32 - whole)) & MASK_32
    table = _log2_table()
    index = fraction_q32 >> (32 - _TABLE_BITS)
    within = fraction_q32 & ((1 << (32 - _TABLE_BITS)) - 1)
    step = table[index + 1] - table[index]
    return (whole << 32) + table[index] + (step * within >> (32 - _TABLE_BITS))


@cache
def _log2_table() -> tuple[int, ...]:
    """log2(1 + i / 2^_TABLE_BITS) in Q32, by squaring: each squaring yields one binary digit."""
    size = 1 << _TABLE_BITS
    entries = []
    for index in range(size):
        mantissa_q62 = (size + index) << (62 - _TABLE_BITS)
        logarithm = 0
        for _ in range(32):
            mantissa_q62 = mantissa_q62 * mantissa_q62 >> 62
            logarithm <<= 1
            if mantissa_q62 >> 63:
                mantissa_q62 >>= 1
                logarithm |= 1
        entries.append(logarithm)
    return (*entries, 1 << 32)
