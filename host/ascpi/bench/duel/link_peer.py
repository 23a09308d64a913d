"""One peer of Ableton Link, as a program: joins, and says where it is, until stdin ends.

    python link_peer.py GRID_US

The only file that imports Link's library, and never imported itself: its licence and its threads
stay in this process. Lines on stdout, times in µs of Link's own clock:

    start LINK_US MONOTONIC_US           once; both clocks were read together
    phase LINK_US PHASE OTHERS           at each multiple of GRID_US

60 beats a minute and a quantum of one beat make Link's phase a turn of one second. The phase at an
instant that has just passed is exact: Link calculates it from its session, whatever the instant.
"""

import ctypes
import importlib
import select
import sys
import time
from typing import Any

BEATS_PER_MINUTE = 60.0
QUANTUM_BEATS = 1.0
CLOCK_READINGS = 20
# As sharp timers as our boards have: by default Linux adds 50 µs to a sleep.
PR_SET_TIMERSLACK = 29


def main() -> None:
    grid_us = int(sys.argv[1])
    # Link's threads inherit it.
    ctypes.CDLL(None).prctl(PR_SET_TIMERSLACK, ctypes.c_ulong(1), 0, 0, 0)
    peer: Any = importlib.import_module("link").Link(BEATS_PER_MINUTE)
    clock = peer.clock()
    peer.enabled = True
    _say("start", *_together(clock))
    due_us = _next(clock.micros(), grid_us)
    while not _told_to_end((due_us - clock.micros()) / 1e6):
        now_us = clock.micros()
        if now_us < due_us:
            continue
        # Late by a step or more: those instants are passed over, not made up for.
        at_us = now_us - now_us % grid_us
        phase = peer.captureAppSessionState().phaseAtTime(at_us, QUANTUM_BEATS)
        _say("phase", at_us, f"{phase:.9f}", peer.numPeers())
        due_us = _next(now_us, grid_us)


def _next(now_us: int, grid_us: int) -> int:
    return now_us - now_us % grid_us + grid_us


def _together(clock: Any) -> tuple[int, int]:
    """(Link's clock, CLOCK_MONOTONIC): of several readings the one that took least."""
    readings = []
    for _ in range(CLOCK_READINGS):
        before_ns = time.monotonic_ns()
        link_us = clock.micros()
        after_ns = time.monotonic_ns()
        readings.append((after_ns - before_ns, link_us, (before_ns + after_ns) // 2000))
    _, link_us, monotonic_us = min(readings)
    return link_us, monotonic_us


def _told_to_end(longest_s: float) -> bool:
    """Wait, but no longer than until stdin ends: then whoever started this has gone."""
    return bool(select.select([sys.stdin], [], [], max(0.0, longest_s))[0])


def _say(*words: object) -> None:
    print(*words, flush=True)


if __name__ == "__main__":
    main()
