"""Locked or not: one definition, for demos, benches and tests.

Locked: C > 0.75 and every node within 0.01 turn of the circular mean, nobody missing. The time to
lock is the first instant from which this held to the end, from when the first node came up.
"""

from ascpi.truth.field import Moment

# The edge of the band `shared`.
COHERENCE_ABOVE = 0.75
# 10 ms at 1 turn/s: as near as two lights must be for an eye to take them for one.
ARC_WITHIN = 0.01


def is_lock(moment: Moment) -> bool:
    return (
        not moment.missing
        and len(moment.phases) > 1
        and moment.coherence > COHERENCE_ABOVE
        and moment.worst <= ARC_WITHIN
    )


class LockJudge:
    """Feed it instants in order; ask it at any time, as if that were the end."""

    def __init__(self) -> None:
        self.started_us: int | None = None
        # Since when it has held without a break; None: it does not hold.
        self.locked_since_us: int | None = None
        # How often a lock was lost again.
        self.losses = 0
        self._fixed = False

    def count_from(self, true_us: int) -> None:
        """Count from here, whoever came up when: from when the nodes could hear each other."""
        self.started_us = true_us
        self._fixed = True

    def came_up(self, true_us: int) -> None:
        """A node came up; the first one starts the clock."""
        if not self._fixed and (self.started_us is None or true_us < self.started_us):
            self.started_us = true_us

    def add(self, moment: Moment) -> None:
        if is_lock(moment):
            if self.locked_since_us is None:
                self.locked_since_us = moment.true_us
        elif self.locked_since_us is not None:
            self.locked_since_us = None
            self.losses += 1

    @property
    def locked(self) -> bool:
        return self.locked_since_us is not None

    @property
    def time_to_lock_s(self) -> float | None:
        """None: not locked."""
        if self.locked_since_us is None or self.started_us is None:
            return None
        return (self.locked_since_us - self.started_us) / 1e6
