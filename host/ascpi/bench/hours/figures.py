"""The figures of one recording. Pure: the same recording gives the same figures."""

from dataclasses import dataclass

import numpy as np

from ascpi.bench.hours.recorder import Numbers, Recording, Truths, Wholes
from ascpi.simulation import JUDGE_EVERY_US, LOCKED_ARC, LOCKED_COHERENCE, SECOND_US
from ascpi_core.phase import LOCKED
from ascpi_core.ssep import CLAIM_UNKNOWN, PACKET_BYTES

US_PER_TURN = 1e6
"""Boards turn once a second here."""

HELD_US = 10 * SECOND_US
"""A lock counts from when it held for so long: hours later it may be lost again, and is told."""

PART_S = 600.0
"""Hours are told in parts of so many seconds, so that a drift shows."""

WRAP_US = 5 * SECOND_US
"""So long before and after a wrap of a node's ticks it is looked at by itself."""


@dataclass(frozen=True)
class Claims:
    """Shares of (node, instant)s. None: nobody claimed anything, or no crystal drifted.

    `coverage`: true deviation within the claim; `drifting`: likewise, while a crystal's
    temperature changed fast. `unclaimed`: no claim was made.
    """

    coverage: float | None
    drifting: float | None
    median_us: float | None
    unclaimed: float


@dataclass(frozen=True)
class Part:
    """A stretch of the run by itself."""

    from_s: float
    rms_us: float
    worst_us: float
    coverage: float | None


@dataclass(frozen=True)
class Figures:
    """From `from_s` on, or from the lock if that is later.

    `worst_us`: the largest deviation of any node from the circular mean at any instant, of node
    `worst_id` at `worst_s`. `wrap_worst_us`: of nodes whose ticks wrap, 5 s either way; None: none
    did. `said_locked`: the share of (node, instant)s in which a node called itself locked.
    """

    from_s: float
    to_s: float
    rms_us: float
    p95_us: float
    worst_us: float
    worst_id: int
    worst_s: float
    spread_median_us: float
    spread_p95_us: float
    spread_max_us: float
    said_locked: float
    packets_per_s: float
    bytes_per_s: float
    busiest_second_packets: int
    wraps: int
    wrap_worst_us: float | None
    claims: Claims
    node_rms_us: tuple[float, ...]
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class RunFigures:
    """`figures` None: the run never locked, or ended before the figures begin."""

    time_to_lock_s: float | None
    lock_losses: int
    speed: float
    figures: Figures | None


def run_figures(recording: Recording, after_s: float) -> RunFigures:
    instants_us = recording.seen.instants_us
    together = locked(recording)
    since = lock_since(together)
    speed = recording.end_us / 1e6 / max(recording.took_s, 1e-9)
    if since is None:
        return RunFigures(None, 0, speed, None)
    losses = int(np.count_nonzero(together[since:-1] & ~together[since + 1 :]))
    lock_us = int(instants_us[since])
    from_us = max(lock_us, round(after_s * SECOND_US))
    found = None if from_us >= recording.end_us else _figures(recording, from_us)
    return RunFigures(lock_us / 1e6, losses, speed, found)


def locked(recording: Recording) -> Truths:
    """At which instants the field was locked in true time."""
    away = np.max(np.abs(recording.deviations_us), axis=1)
    found: Truths = (recording.coherence > LOCKED_COHERENCE) & (away <= LOCKED_ARC * US_PER_TURN)
    return found


def lock_since(together: Truths) -> int | None:
    """The first instant from which a lock held for 10 s; to the end, in a shorter run."""
    wanted = min(HELD_US // JUDGE_EVERY_US, len(together))
    since = 0
    for broken in [*np.flatnonzero(~together).tolist(), len(together)]:
        if broken - since >= wanted or (broken == len(together) and broken > since):
            return since
        since = broken + 1
    return None


def _figures(recording: Recording, from_us: int) -> Figures:
    seen = recording.seen
    rows = seen.after(from_us)
    deviations = recording.deviations_us[rows]
    spread = np.max(deviations, axis=1) - np.min(deviations, axis=1)
    size = np.abs(deviations)
    place, column = np.unravel_index(int(np.argmax(size)), size.shape)
    end_us = recording.end_us
    sent_us = recording.sent_us[recording.sent_us >= from_us]
    per_s = len(sent_us) / ((end_us - from_us) / 1e6)
    states = seen.states[rows]
    return Figures(
        from_s=from_us / 1e6,
        to_s=end_us / 1e6,
        rms_us=_rms(deviations),
        p95_us=float(np.percentile(size, 95)),
        worst_us=float(size[place, column]),
        worst_id=int(column) + 1,
        worst_s=float(seen.instants_us[rows][place]) / 1e6,
        spread_median_us=float(np.median(spread)),
        spread_p95_us=float(np.percentile(spread, 95)),
        spread_max_us=float(np.max(spread)),
        said_locked=float(np.mean(states == LOCKED)),
        packets_per_s=per_s,
        bytes_per_s=per_s * PACKET_BYTES,
        busiest_second_packets=busiest_second(sent_us),
        wraps=sum(len(of_node) for of_node in recording.wraps_us),
        wrap_worst_us=_wrap_worst(recording, from_us),
        claims=claims(recording, rows),
        node_rms_us=tuple(_rms(deviations[:, one]) for one in range(deviations.shape[1])),
        parts=tuple(_parts(recording, from_us)),
    )


def _rms(deviations: Numbers) -> float:
    return float(np.sqrt(np.mean(np.square(deviations))))


def busiest_second(sent_us: Wholes) -> int:
    """Most packets in any one second."""
    if not len(sent_us):
        return 0
    ends = np.searchsorted(sent_us, sent_us + SECOND_US, side="left")
    return int(np.max(ends - np.arange(len(sent_us))))


def _wrap_worst(recording: Recording, from_us: int) -> float | None:
    worst = None
    for column, wraps_us in enumerate(recording.wraps_us):
        for at_us in wraps_us:
            rows = recording.seen.after(max(from_us, at_us - WRAP_US), at_us + WRAP_US)
            near = np.abs(recording.deviations_us[rows, column])
            if len(near):
                worst = max(worst or 0.0, float(np.max(near)))
    return worst


def claims(recording: Recording, rows: slice) -> Claims:
    claimed_us = recording.seen.claims_us[rows]
    known = claimed_us != CLAIM_UNKNOWN
    unclaimed = 1 - float(np.mean(known))
    if not known.any():
        return Claims(None, None, None, unclaimed)
    within = np.abs(recording.deviations_us[rows]) <= claimed_us
    drifting = None
    if recording.drifting is not None:
        chosen = known & recording.drifting[rows]
        drifting = float(np.mean(within[chosen])) if chosen.any() else None
    return Claims(
        float(np.mean(within[known])), drifting, float(np.median(claimed_us[known])), unclaimed
    )


def _parts(recording: Recording, from_us: int) -> list[Part]:
    found = []
    part_us = round(PART_S * SECOND_US)
    for start_us in range(from_us, recording.end_us, part_us):
        rows = recording.seen.after(start_us, start_us + part_us)
        deviations = recording.deviations_us[rows]
        if len(deviations):
            found.append(
                Part(
                    start_us / 1e6,
                    _rms(deviations),
                    float(np.max(np.abs(deviations))),
                    claims(recording, rows).coverage,
                )
            )
    return found
