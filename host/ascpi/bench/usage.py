"""What processes take of the machine, from Linux's /proc. Elsewhere nothing is known of it.

/proc/PID/stat counts in hundredths of a second, children that have ended included;
/proc/PID/schedstat tells in ns for how long a process was ready and had to wait for a processor.
"""

import itertools
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True)
class Taken:
    """By one process, since it began."""

    pid: int
    cpu_s: float
    waited_s: float


@dataclass(frozen=True)
class Sample:
    """`machine_busy_s`: of all processors together; None where there is no /proc."""

    true_us: int
    taken: Mapping[str, Taken]
    machine_busy_s: float | None
    load: float | None


@dataclass(frozen=True)
class Share:
    """Of one processor. `waiting`: ready to run, and not let."""

    cpu: float
    waiting: float


def sample(true_us: int, pids: Mapping[str, int | None]) -> Sample:
    """As of now; processes that are not there are left out."""
    taken = {
        name: found
        for name, pid in pids.items()
        if pid is not None and (found := _taken(pid)) is not None
    }
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return Sample(true_us, taken, _machine_busy_s(), load)


def within(samples: Sequence[Sample], from_us: int, to_us: int) -> list[Sample]:
    return [one for one in samples if from_us <= one.true_us <= to_us]


def share(samples: Sequence[Sample], name: str) -> Share | None:
    """Of the processor over these samples; None if there are too few of them."""
    cpu_s = waited_s = known_s = 0.0
    for before, after in itertools.pairwise(samples):
        first, last = before.taken.get(name), after.taken.get(name)
        # A board that was switched off and on is another process.
        if first is not None and last is not None and first.pid == last.pid:
            cpu_s += last.cpu_s - first.cpu_s
            waited_s += last.waited_s - first.waited_s
            known_s += (after.true_us - before.true_us) / 1e6
    return Share(cpu_s / known_s, waited_s / known_s) if known_s else None


def machine_busy(samples: Sequence[Sample]) -> float | None:
    """How many processors were busy on average, whoever it was that used them."""
    if len(samples) < 2:
        return None
    first, last = samples[0], samples[-1]
    if first.machine_busy_s is None or last.machine_busy_s is None:
        return None
    return (last.machine_busy_s - first.machine_busy_s) * 1e6 / (last.true_us - first.true_us)


def _taken(pid: int) -> Taken | None:
    try:
        text = (PROC / str(pid) / "stat").read_text("utf-8", "replace")
        # Its name stands in brackets and may hold anything; utime is the 12th word after it.
        words = text.rpartition(")")[2].split()
        cpu_s = sum(int(word) for word in words[11:15]) / os.sysconf("SC_CLK_TCK")
        waited_ns = int((PROC / str(pid) / "schedstat").read_text("ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return Taken(pid, cpu_s, waited_ns / 1e9)


def _machine_busy_s() -> float | None:
    """user, nice and system, interrupts too, of all processors since they were switched on."""
    try:
        words = (PROC / "stat").read_text("ascii", "replace").split("\n", 1)[0].split()[1:]
        user, nice, system, _idle, _waiting, irq, softirq, *_ = (int(word) for word in words)
    except (OSError, ValueError):
        return None
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")
