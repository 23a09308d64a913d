"""How often the journal may write: flash wears out, and so does patience with a slow one.

A bucket of tokens: one comes in every 3600 s / writes_per_hour, up to BURST, and every write takes
one. What needs several writes begins only if there are tokens for it *and* for all that has begun
already: the standings of the glyphs say how many those are (OWED), so nothing has to be reserved
and given back. What has begun is always written. A glyph that ends or is stopped asks nobody: the
bucket may be overdrawn by that, and then nothing begins until it is level again.

So in any hour there are at most writes_per_hour + BURST writes, and those of such ends. Each boot
begins with a full bucket.
"""

from ..ticks import ticks_diff

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .holding import Holding

WRITES_PER_HOUR_MINIMUM = 10
WRITES_PER_HOUR_MAXIMUM = 36_000

BURST = 240

OWED = (0, 1, 0, 0, 2, 2, 1, 1, 1, 2, 1, 1, 1, 1, 1)
"""Of each standing: how many writes may still follow from it.

That of an offer is committed, and then gone or resumed; of a glyph that is being prepared, that
and arrived or dropped.
"""

_HOUR_MS = 3_600_000
_LONGEST_US = 1 << 28


class Budget:
    """Tokens, and the times that depend on them. `pass_time` is to be called more often than
    every 8.9 min; a longer pause counts as none. `writes_per_hour`: 10 … 36 000."""

    def __init__(self, holding: "Holding", now: int, writes_per_hour: int) -> None:
        if not WRITES_PER_HOUR_MINIMUM <= writes_per_hour <= WRITES_PER_HOUR_MAXIMUM:
            raise ValueError(
                "writes_per_hour of the glyphs' journal: %d is not allowed, give %d to %d"
                % (writes_per_hour, WRITES_PER_HOUR_MINIMUM, WRITES_PER_HOUR_MAXIMUM)
            )
        self.tokens = BURST
        self.since_checkpoint_us = 0
        """Up to 2^28."""
        self.retry_us = 0
        """µs before which the flash is not asked again; 0: it may be."""
        self._holding = holding
        # Rounded up, so that the rate is never exceeded; at most 360 s.
        self._interval_us = -(-_HOUR_MS // writes_per_hour) * 1000
        self._credit_us = 0
        self._ticks = now

    def restart(self, now: int) -> None:
        """Time begins now."""
        self._ticks = now

    def pass_time(self, now: int) -> None:
        """It is `now`: tokens come in. Sums stay below 2^29 + 2^29."""
        elapsed = ticks_diff(now, self._ticks)
        self._ticks = now
        if elapsed <= 0:
            return
        self.since_checkpoint_us = min(self.since_checkpoint_us + elapsed, _LONGEST_US)
        self.retry_us = max(self.retry_us - elapsed, 0)
        self._credit_us += elapsed
        self.tokens += self._credit_us // self._interval_us
        self._credit_us %= self._interval_us
        if self.tokens >= BURST:
            self.tokens = BURST
            self._credit_us = 0

    def affords(self, records: int) -> bool:
        """Whether there are tokens for so many writes more than those that are owed."""
        for glyph in self._holding.slots:
            records += OWED[glyph.standing]
        return self.tokens >= records

    def spend(self, checkpoint: bool) -> None:
        """There was a write; with `checkpoint`, everything that was unsaved is saved."""
        self.tokens -= 1
        if checkpoint:
            self.since_checkpoint_us = 0

    def postpone(self, duration_us: int) -> None:
        """Do not ask the flash again for so long; up to 2^28."""
        self.retry_us = duration_us
