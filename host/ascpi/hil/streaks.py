"""How long boards have been one without a break, and if not, why not."""

from dataclasses import dataclass

from ascpi.hil.watch import Seen
from ascpi.truth.judge import COHERENCE_ABOVE


@dataclass(frozen=True)
class Lock:
    """A lock that held: it began `after_s` the call; since then the worst deviation from the
    mean and the widest spread, in µs, each known to `uncertain_us`."""

    after_s: float
    worst_us: float
    spread_us: float
    uncertain_us: float


class Streaks:
    """Fed with what was seen, in order. `within_us`: the largest error allowed, its own
    uncertainty included."""

    def __init__(self, within_us: float) -> None:
        self._within_us = within_us
        self._streak: list[Seen] = []
        self._longest_s = 0.0
        self._latest: Seen | None = None

    def add(self, seen: Seen) -> None:
        self._latest = seen
        if self._holds(seen):
            self._streak.append(seen)
            self._longest_s = max(self._longest_s, self.lasted_s)
        else:
            self._streak.clear()

    @property
    def lasted_s(self) -> float:
        """0 where it does not hold."""
        if not self._streak:
            return 0.0
        return (self._streak[-1].true_us - self._streak[0].true_us) / 1e6

    def lock(self, asked_us: int) -> Lock:
        """Of the present streak, for somebody who asked at `asked_us`."""
        return Lock(
            max(0.0, (self._streak[0].true_us - asked_us) / 1e6),
            max(seen.worst_us for seen in self._streak),
            max(seen.spread_us for seen in self._streak),
            max(seen.uncertain_us for seen in self._streak),
        )

    def why(self) -> str:
        """What stood in the way at the end."""
        seen = self._latest
        longest = f"it held for {self._longest_s:.1f} s at the longest"
        if seen is None:
            return "no board was heard at all"
        if seen.missing:
            return f"{', '.join(seen.missing)} had no phase at the end (off, or silent); {longest}"
        if seen.uncertain_us > self._within_us:
            return (
                f"phases are known to {seen.uncertain_us:.0f} µs only, as the boards' clocks are "
                "seen through serial lines, so it cannot be judged: wire a probe (--probe), or "
                f"ask for less (--hil-within {_above(seen.uncertain_us)})"
            )
        if seen.coherence <= COHERENCE_ABOVE:
            return f"C was {seen.coherence:.4f} at the end; {longest}"
        worst = max(seen.errors_us, key=lambda name: abs(seen.errors_us[name]))
        return (
            f"at the end {worst} was off by {seen.errors_us[worst]:+.0f} µs "
            f"(known to {seen.uncertain_us:.0f} µs); {longest}"
        )

    def _holds(self, seen: Seen) -> bool:
        return (
            not seen.missing
            and len(seen.errors_us) > 1
            and seen.coherence > COHERENCE_ABOVE
            and seen.worst_us + seen.uncertain_us <= self._within_us
        )


def _above(uncertain_us: float) -> int:
    """A limit that such a clock can judge, in round numbers."""
    return (int(uncertain_us * 1.5) // 500 + 1) * 500
