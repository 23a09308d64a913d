"""The clock of desktop nodes."""

import time

from ascpi_core.fixed import TICKS_MASK


def ticks_us() -> int:
    """CLOCK_MONOTONIC in µs, modulo 2^30."""
    return (time.monotonic_ns() // 1000) & TICKS_MASK
