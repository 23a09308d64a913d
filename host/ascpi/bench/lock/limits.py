"""What the figures may be, for the fields that have limits. All others are for information.

They hold for crystals within ±40 ppm and the full law; those of the phases for a run that goes on
for long enough to be judged from 30 s on.
"""

from collections.abc import Mapping

from ascpi.bench.lock.options import LockOptions

PPM_MOST = 40.0
AFTER_S = 30.0

# (boards, air) → key → the largest good value.
#
# Better than what others reach in the same air with no crystal error at all: 51–209 µs after 30 s.
# In `powersave` a board hears the others every 102.4 ms only; in `harsh` one packet in three is
# lost, and the others are late by 30 ms on average.
LIMITS: Mapping[tuple[int, str], Mapping[str, float]] = {
    (4, "wifi"): {"rms_us": 50, "spread_p95_us": 200, "time_to_lock_s": 3},
    (4, "clean"): {"rms_us": 30},
    (4, "powersave"): {"rms_us": 2000},
    (4, "harsh"): {"rms_us": 500},
    (8, "wifi"): {"rms_us": 80},
}
# 1 ms: what a board that restarts may move the others by.
OTHERS_MOVED_US = 1000
RESTART_AIRS = ("clean", "wifi")


def limits(options: LockOptions) -> dict[str, float]:
    """Key → limit, of what these options measure; empty: all is for information."""
    if options.law == "source" or options.ppm > PPM_MOST:
        return {}
    found = dict(LIMITS.get((options.boards, options.air), {}))
    if found:
        # Every run has to lock.
        found["lock_share"] = 1
    if options.after_s < AFTER_S or options.steady_end_s <= options.after_s:
        found = {key: limit for key, limit in found.items() if key not in AFTER_LOCK}
    if options.kill is not None and options.air in RESTART_AIRS:
        found["others_moved_us"] = OTHERS_MOVED_US
    return found


AFTER_LOCK = ("rms_us", "spread_p95_us")
# Keys whose limit is the smallest good value.
LEAST = ("lock_share",)
