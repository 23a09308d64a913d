"""Recordings that were never run, so that every figure is known beforehand."""

import numpy as np

from ascpi.bench.hours.recorder import Numbers, Recording, Seen
from ascpi.bench.hours.run import judged
from ascpi.simulation import JUDGE_EVERY_US
from ascpi_core.fixed import TURN
from ascpi_core.phase import LOCKED
from ascpi_core.ssep import CLAIM_UNKNOWN


def seen(phases: Numbers, claims_us: int = CLAIM_UNKNOWN) -> Seen:
    """`phases` in turns: a row every 50 ms, a column for each node."""
    rows = len(phases)
    return Seen(
        np.arange(1, rows + 1, dtype=np.int64) * JUDGE_EVERY_US,
        (np.round(phases * TURN).astype(np.int64) % TURN).astype(np.uint32),
        np.full(phases.shape, LOCKED, dtype=np.uint8),
        np.full(phases.shape, claims_us, dtype=np.uint16),
    )


def recording(
    phases: Numbers,
    claims_us: int = CLAIM_UNKNOWN,
    wraps_us: tuple[tuple[int, ...], ...] | None = None,
) -> Recording:
    made = seen(phases, claims_us)
    deviations_us, coherence = judged(made)
    drifting = np.zeros(phases.shape, dtype=bool)
    drifting[: len(phases) // 2] = True
    end_us = int(made.instants_us[-1])
    return Recording(
        seed=1,
        seen=made,
        deviations_us=deviations_us,
        coherence=coherence,
        crystals_ppm=tuple(0.0 for _ in range(phases.shape[1])),
        sent_us=np.arange(0, end_us, 100_000, dtype=np.int64),
        wraps_us=((),) * phases.shape[1] if wraps_us is None else wraps_us,
        drifting=drifting,
        took_s=2.0,
        now_us=end_us,
    )


def courses(seconds: float, *offsets_us: float) -> Numbers:
    """Nodes that run at one turn a second, each so far off in µs."""
    count = round(seconds * 1e6) // JUDGE_EVERY_US
    times_s = np.arange(1, count + 1) * JUDGE_EVERY_US / 1e6
    turns: Numbers = (times_s[:, None] + np.array(offsets_us) / 1e6) % 1
    return turns
