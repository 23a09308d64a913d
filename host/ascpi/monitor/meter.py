"""How many of something come in a second."""

from collections import deque

WINDOW_US = 5_000_000


class RateMeter:
    """Counts over the last five seconds, or since the first if that is shorter."""

    def __init__(self) -> None:
        self._first_us: int | None = None
        self._times: deque[int] = deque()

    def add(self, at_us: int) -> None:
        if self._first_us is None:
            self._first_us = at_us
        self._times.append(at_us)
        self._forget(at_us)

    def per_second(self, now_us: int) -> float:
        """0.0 before the second one, and long after the last."""
        self._forget(now_us)
        if self._first_us is None:
            return 0.0
        since_us = now_us - self._first_us
        if since_us >= WINDOW_US:
            return len(self._times) * 1e6 / WINDOW_US
        if len(self._times) < 2:
            return 0.0
        # The first one only starts the count.
        return (len(self._times) - 1) * 1e6 / max(self._times[-1] - self._first_us, 1)

    def _forget(self, now_us: int) -> None:
        while self._times and now_us - self._times[0] >= WINDOW_US:
            self._times.popleft()
