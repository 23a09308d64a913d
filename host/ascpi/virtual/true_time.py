"""True time: the one clock of this machine that boards and host both read, in µs."""

import sys
import time


def true_us() -> int:
    """What MicroPython's own `utime.ticks_us` reads.

    CLOCK_MONOTONIC on Linux. On macOS MicroPython is built without it and reads the time of day.
    """
    if sys.platform == "linux":
        return time.monotonic_ns() // 1000
    return time.time_ns() // 1000
