"""What was seen of one run, as arrays over true time (µs of CLOCK_MONOTONIC). No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ascpi.bench.lock.options import Kill
from ascpi.bench.usage import Sample
from ascpi.cluster import NodePlan

Numbers = npt.NDArray[np.float64]
Wholes = npt.NDArray[np.int64]
Truths = npt.NDArray[np.bool_]

# Boards turn once a second here: what is a turn is a second.
US_PER_TURN = 1e6


@dataclass(frozen=True)
class Reports:
    """One node's reports in order. `claim_us`: nan where it claimed no bound.

    `sent`: packets since the run began, restarts included.
    """

    true_us: Wholes
    theta: Numbers
    epoch: Wholes
    locked: Truths
    claim_us: Numbers
    sent: Wholes

    def holding_at(self, instants_us: Wholes) -> Wholes:
        """Index of the last report at or before each instant; −1 before the first."""
        return np.searchsorted(self.true_us, instants_us, side="right").astype(np.int64) - 1


@dataclass(frozen=True)
class EdgeSeen:
    """A rising edge of a board's pulse. Positive: it came after the phase had passed 0, in µs.

    `field_us`: 0 of the circular mean of all; `self_us`: 0 of the board's own Θ.
    """

    node_id: int
    true_us: int
    field_us: float
    self_us: float


@dataclass(frozen=True)
class KillSeen:
    """`rejoined_us`: since when all were locked again to the end; None: they were not."""

    kill: Kill
    killed_us: int
    restarted_us: int | None
    rejoined_us: int | None


@dataclass(frozen=True)
class Recording:
    """`phases` (turns) and `deviations_us` (from the circular mean, positive ahead) have a row
    for each instant and a column for each node, nan where it was missing.

    `locked_since_us`: from then to the end, or to the power cut, all were locked.
    `first_lock_us`: the first instant at which they were.
    """

    seed: int
    nodes: tuple[NodePlan, ...]
    running_us: int
    ended_us: int
    complete: bool
    instants_us: Wholes
    phases: Numbers
    deviations_us: Numbers
    coherence: Numbers
    reports: Mapping[int, Reports]
    edges: tuple[EdgeSeen, ...]
    first_lock_us: int | None
    locked_since_us: int | None
    lock_losses: int
    kill: KillSeen | None = None
    usage: tuple[Sample, ...] = ()
    relay: Mapping[str, object] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def steady_end_us(self) -> int:
        """Until then nothing was done to the boards."""
        return self.ended_us if self.kill is None else self.kill.killed_us

    def seconds(self, true_us: int | None) -> float | None:
        """Since all boards were running."""
        return None if true_us is None else (true_us - self.running_us) / 1e6
