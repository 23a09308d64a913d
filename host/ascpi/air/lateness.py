"""How late the relay is, in bounded memory: a count for each µs up to a limit."""

from dataclasses import dataclass

# Beyond it only the maximum stays exact. A relay that is so late relays nothing of use.
LIMIT_US = 50_000


@dataclass(frozen=True)
class LatenessSummary:
    """None: nothing was sent. A percentile at the limit means "at least"."""

    count: int
    median_us: int | None
    p95_us: int | None
    p99_us: int | None
    max_us: int | None


class Lateness:
    def __init__(self) -> None:
        self._counts = [0] * (LIMIT_US + 1)
        self._count = 0
        self._max_us = 0

    def add(self, late_us: int) -> None:
        late_us = max(0, late_us)
        self._counts[min(late_us, LIMIT_US)] += 1
        self._count += 1
        self._max_us = max(self._max_us, late_us)

    def summary(self) -> LatenessSummary:
        if self._count == 0:
            return LatenessSummary(0, None, None, None, None)
        return LatenessSummary(
            self._count,
            self._percentile(50),
            self._percentile(95),
            self._percentile(99),
            self._max_us,
        )

    def _percentile(self, percent: int) -> int:
        """The least value that `percent` of all do not exceed (nearest rank)."""
        rank = -(-self._count * percent // 100)
        seen = 0
        for value_us, count in enumerate(self._counts):
            seen += count
            if seen >= rank:
                return value_us
        return LIMIT_US
