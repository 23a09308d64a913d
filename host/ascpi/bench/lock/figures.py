"""The figures of one recording. Pure: the same recording gives the same figures.

All deviations are in true time, from the circular mean of all nodes at that instant.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ascpi.bench import usage
from ascpi.bench.deviations import Deviations, deviations_of
from ascpi.bench.lock.edges import EdgeFigures, edge_figures
from ascpi.bench.lock.recording import US_PER_TURN, Numbers, Recording, Truths, Wholes
from ascpi.bench.lock.restart import RestartFigures, restart_figures
from ascpi.bench.lock.traffic import Traffic, traffic
from ascpi.truth.track import NOMINAL_RATE_MHZ

# As near as a node must have been to call itself locked: 1/256 turn.
LOCK_TRUTH_US = US_PER_TURN / 256


@dataclass(frozen=True)
class Window:
    """What the figures after the lock are taken from; seconds since all boards were running."""

    from_us: int
    to_us: int
    from_s: float
    to_s: float
    # Whether it begins where it was asked to, and not at the lock.
    as_asked: bool


@dataclass(frozen=True)
class Claims:
    """Shares of (node, instant)s. `coverage`, `median_us` None: nobody claimed anything.

    `whole_run`: likewise from the start, before the lock too.
    """

    coverage: float | None
    median_us: float | None
    unclaimed: float
    whole_run_coverage: float | None
    node_coverage: tuple[float | None, ...]


@dataclass(frozen=True)
class RunFigures:
    """None where there was nothing to take a figure from."""

    locked: bool
    time_to_lock_s: float | None
    lock_losses: int
    lock_truth: float | None
    window: Window | None
    deviations: Deviations | None
    claims: Claims | None
    interpolation_p95_us: float | None
    traffic: Traffic | None
    edges: EdgeFigures | None
    restart: RestartFigures | None
    cpu: dict[str, usage.Share]
    machine_busy: float | None
    load: float | None


def run_figures(recording: Recording, after_s: float) -> RunFigures:
    window = window_of(recording, after_s)
    samples = [] if window is None else usage.within(recording.usage, window.from_us, window.to_us)
    locked = recording.locked_since_us is not None
    return RunFigures(
        locked=locked,
        time_to_lock_s=recording.seconds(recording.locked_since_us),
        lock_losses=recording.lock_losses,
        lock_truth=lock_truth(recording),
        window=window,
        deviations=None if window is None else deviations(recording, window),
        claims=None if window is None else claims(recording, window),
        interpolation_p95_us=None if window is None else interpolation(recording, window),
        traffic=None if window is None else traffic(recording, window.from_us, window.to_us),
        edges=None
        if window is None
        else edge_figures(
            [edge for edge in recording.edges if window.from_us <= edge.true_us < window.to_us]
        ),
        restart=restart_figures(recording),
        cpu=_cpu(samples),
        machine_busy=usage.machine_busy(samples),
        load=samples[-1].load if samples else None,
    )


def window_of(recording: Recording, after_s: float) -> Window | None:
    """From `after_s` on, or from the first lock if that is later; of a run that ends before, from
    the lock that held. None: there was no lock, or the run ended with it."""
    end_us = recording.steady_end_us
    asked_us = recording.running_us + round(after_s * 1e6)
    as_asked = asked_us < end_us
    lock_us = recording.first_lock_us if as_asked else recording.locked_since_us
    if lock_us is None:
        return None
    from_us = max(asked_us, lock_us) if as_asked else lock_us
    inside = (recording.instants_us >= from_us) & (recording.instants_us < end_us)
    if not inside.any():
        return None
    from_s, to_s = recording.seconds(from_us), recording.seconds(end_us)
    assert from_s is not None
    assert to_s is not None
    return Window(from_us, end_us, from_s, to_s, as_asked)


def deviations(recording: Recording, window: Window) -> Deviations | None:
    """None: nobody was there."""
    return deviations_of(recording.deviations_us[_inside(recording, window)])


def claims_at_instants(recording: Recording) -> Numbers:
    """What each node claimed last before each instant, µs; nan: nothing."""
    columns = []
    for node in recording.nodes:
        reports = recording.reports[node.node_id]
        index = reports.holding_at(recording.instants_us)
        known = np.append(reports.claim_us, np.nan)
        columns.append(known[np.where(index < 0, len(known) - 1, index)])
    return np.column_stack(columns)


def claims(recording: Recording, window: Window) -> Claims:
    claim_us = claims_at_instants(recording)
    inside = _inside(recording, window)
    covered, claimed = _coverage(recording.deviations_us[inside], claim_us[inside])
    present = ~np.isnan(recording.deviations_us[inside])
    run_covered, run_claimed = _coverage(recording.deviations_us, claim_us)
    return Claims(
        coverage=_share(covered, claimed),
        median_us=float(np.median(claim_us[inside][claimed])) if claimed.any() else None,
        unclaimed=1.0 - float(claimed.sum()) / max(1, int(present.sum())),
        whole_run_coverage=_share(run_covered, run_claimed),
        node_coverage=tuple(
            _share(covered[:, column], claimed[:, column]) for column in range(covered.shape[1])
        ),
    )


def lock_truth(recording: Recording) -> float | None:
    """Of the (node, instant)s at which a node said `locked`, over the whole run up to its end or
    the power cut: the share at which it stood within 1/256 turn of the mean. None: none did."""
    said = np.column_stack(
        [
            _said_locked(recording, node.node_id)
            & (recording.instants_us < recording.steady_end_us)
            for node in recording.nodes
        ]
    )
    present = ~np.isnan(recording.deviations_us)
    true = np.abs(np.nan_to_num(recording.deviations_us, nan=np.inf)) <= LOCK_TRUTH_US
    return _share(said & present & true, said & present)


def interpolation(recording: Recording, window: Window) -> float | None:
    """How far phases between reports may be off, µs: p95 of |each report − the straight line
    between the two beside it|. What is drawn from neighbouring reports spans half of that."""
    found = []
    for reports in recording.reports.values():
        inside = (reports.true_us >= window.from_us) & (reports.true_us < window.to_us)
        times, theta, epoch = reports.true_us[inside], reports.theta[inside], reports.epoch[inside]
        if len(times) < 3:
            continue
        beside = beside_nominal(times, theta)
        before, middle, after = times[:-2], times[1:-1], times[2:]
        line = beside[:-2] + (beside[2:] - beside[:-2]) * (middle - before) / (after - before)
        found.append(np.abs(beside[1:-1] - line)[epoch[:-2] == epoch[2:]])
    if not found:
        return None
    return float(np.percentile(np.concatenate(found), 95)) if any(map(len, found)) else None


def beside_nominal(times_us: Wholes, phases: Numbers) -> Numbers:
    """What a phase (turns) has moved beside its nominal rate, in µs, without jumps of a turn."""
    elapsed_us = times_us - times_us[0]
    # Whole numbers as far as they go: a double keeps 10^-9 turn over days then.
    nominal = (elapsed_us * NOMINAL_RATE_MHZ % 10**9) / 1e9
    beside: Numbers = np.unwrap(phases - nominal, period=1.0) * US_PER_TURN
    return beside


def _said_locked(recording: Recording, node_id: int) -> Truths:
    reports = recording.reports[node_id]
    index = reports.holding_at(recording.instants_us)
    known = np.append(reports.locked, False)
    said: Truths = known[np.where(index < 0, len(known) - 1, index)]
    return said


def _inside(recording: Recording, window: Window) -> Truths:
    inside: Truths = (recording.instants_us >= window.from_us) & (
        recording.instants_us < window.to_us
    )
    return inside


def _coverage(deviations_us: Numbers, claim_us: Numbers) -> tuple[Truths, Truths]:
    """(the deviation is within the claim, there are both)"""
    claimed = ~np.isnan(claim_us) & ~np.isnan(deviations_us)
    with np.errstate(invalid="ignore"):
        covered = claimed & (np.abs(deviations_us) <= claim_us)
    return covered, claimed


def _share(part: Truths, whole: Truths) -> float | None:
    return float(part.sum() / whole.sum()) if whole.any() else None


def _cpu(samples: list[usage.Sample]) -> dict[str, usage.Share]:
    names = samples[0].taken if samples else {}
    found: dict[str, Any] = {name: usage.share(samples, name) for name in names}
    return {name: share for name, share in found.items() if share is not None}
