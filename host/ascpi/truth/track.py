"""One node's phase at any instant, from its reports.

A phase runs on at the nominal rate. Between two reports, what it has moved beside that (its
crystal's error, its supervisor's steering) is spread evenly over the time between them; after the
last report the nominal rate alone carries it on, for a while.
"""

from bisect import bisect_right

from ascpi.truth.circle import arc

NOMINAL_RATE_MHZ = 1000
# turns/µs for each turn in 1000 s
_TURNS_PER_US = 1e-9

# Reports kept: six seconds of them at the usual ten a second.
KEPT = 64
# A node that is silent for so long is not known to have a phase any more. Ten missing reports at
# ten a second: a busy machine can delay a line for some of that.
SILENT_AFTER_US = 1_000_000


class Track:
    def __init__(
        self, rate_mhz: int = NOMINAL_RATE_MHZ, silent_after_us: int = SILENT_AFTER_US
    ) -> None:
        self._rate = rate_mhz * _TURNS_PER_US
        self._silent_after_us = silent_after_us
        self._epoch = -1
        self._times_us: list[int] = []
        self._phases: list[float] = []

    @property
    def last_us(self) -> int | None:
        """True time of the last report."""
        return self._times_us[-1] if self._times_us else None

    def add(self, true_us: int, phase: float, epoch: int = 0) -> None:
        """A report: the phase (turns) at a true instant. A new epoch, a restart, begins anew.

        Reports that are no later than the last one are passed over: lines come in order.
        """
        if epoch != self._epoch:
            self._epoch = epoch
            self._times_us.clear()
            self._phases.clear()
        if self._times_us and true_us <= self._times_us[-1]:
            return
        self._times_us.append(true_us)
        self._phases.append(phase)
        if len(self._times_us) > KEPT:
            del self._times_us[0], self._phases[0]

    def at(self, true_us: int) -> float | None:
        """The phase in [0, 1) turn; None before the first report, or long after the last."""
        index = bisect_right(self._times_us, true_us) - 1
        if index < 0:
            return None
        elapsed_us = true_us - self._times_us[index]
        phase = self._phases[index] + self._rate * elapsed_us
        if index + 1 == len(self._times_us):
            return phase % 1.0 if elapsed_us <= self._silent_after_us else None
        span_us = self._times_us[index + 1] - self._times_us[index]
        if span_us > self._silent_after_us:
            return None
        expected = self._phases[index] + self._rate * span_us
        beside = arc(self._phases[index + 1], expected)
        return (phase + beside * elapsed_us / span_us) % 1.0
