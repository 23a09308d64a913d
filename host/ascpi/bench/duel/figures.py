"""A run in figures, and the runs of one side in few. Pure.

A run *succeeds* if all were one (see recording.py) from some moment before `after_s` on to the
end. Errors are taken from `after_s` on, of runs that failed too: they are told apart afterwards.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from ascpi.bench.deviations import Deviations, deviations_of
from ascpi.bench.duel.frame import UDP
from ascpi.bench.duel.recording import Recording


@dataclass(frozen=True)
class Traffic:
    """What all peers together sent: UDP datagrams alone (bytes: their payload), ARP and others."""

    packets_per_s: float
    bytes_per_s: float
    other_frames_per_s: float


@dataclass(frozen=True)
class RunFigures:
    """Seconds since all peers were up. `time_to_one_s` None: they were not one at the end.

    `one_share`: of the instants after `after_s`, those at which all were one. `errors`, `after`:
    None, where there was nothing to take a figure from.
    """

    seed: int
    succeeded: bool
    time_to_one_s: float | None
    one_share: float
    errors: Deviations | None
    whole_run: Traffic | None
    after: Traffic | None


@dataclass(frozen=True)
class Span:
    """Over several runs."""

    median: float
    least: float
    most: float


@dataclass(frozen=True)
class Summary:
    """`rms_us`, `p95_us` and `spread_*` are over the runs that succeeded; `all_*`: over all."""

    runs: int
    succeeded: int
    time_to_one_s: Span | None
    rms_us: Span | None
    p95_us: Span | None
    spread_median_us: Span | None
    spread_p95_us: Span | None
    spread_max_us: Span | None
    all_rms_us: Span | None
    packets_per_s: Span | None
    bytes_per_s: Span | None

    @property
    def success_rate(self) -> float:
        return self.succeeded / self.runs if self.runs else 0.0


def run_figures(
    seed: int,
    recording: Recording,
    after_s: float,
    whole_run: Traffic | None = None,
    after: Traffic | None = None,
) -> RunFigures:
    seconds = recording.instants_us / 1e6
    inside = seconds >= after_s
    since_s = one_since_s(recording)
    return RunFigures(
        seed=seed,
        succeeded=since_s is not None and since_s <= after_s and bool(inside.any()),
        time_to_one_s=since_s,
        one_share=float(recording.one[inside].mean()) if inside.any() else 0.0,
        errors=deviations_of(recording.deviations_us[inside]),
        whole_run=whole_run,
        after=after,
    )


def one_since_s(recording: Recording) -> float | None:
    """The first instant from which all were one to the end; None: not at the end."""
    if not recording.one.any() or not recording.one[-1]:
        return None
    broken = np.flatnonzero(~recording.one)
    first = int(broken[-1]) + 1 if len(broken) else 0
    return float(recording.instants_us[first] / 1e6)


def traffic(
    before: dict[str, dict[str, int]], then: dict[str, dict[str, int]], seconds: float
) -> Traffic | None:
    """Between two counts of the switch, so many seconds apart; None: no time at all."""
    if seconds <= 0:
        return None

    def grown(kind: str, what: str) -> int:
        return then[kind][what] - before[kind][what]

    others = sum(grown(kind, "frames") for kind in then if kind != UDP)
    return Traffic(
        grown(UDP, "frames") / seconds, grown(UDP, "payload_bytes") / seconds, others / seconds
    )


def summary(runs: Sequence[RunFigures]) -> Summary:
    good = [run for run in runs if run.succeeded]

    def errors(name: str, of: Sequence[RunFigures]) -> Span | None:
        return span([getattr(run.errors, name) for run in of if run.errors is not None])

    def rates(name: str) -> Span | None:
        return span([getattr(run.after, name) for run in runs if run.after is not None])

    return Summary(
        runs=len(runs),
        succeeded=len(good),
        time_to_one_s=span([run.time_to_one_s for run in good]),
        rms_us=errors("rms_us", good),
        p95_us=errors("p95_us", good),
        spread_median_us=errors("spread_median_us", good),
        spread_p95_us=errors("spread_p95_us", good),
        spread_max_us=errors("spread_max_us", good),
        all_rms_us=errors("rms_us", runs),
        packets_per_s=rates("packets_per_s"),
        bytes_per_s=rates("bytes_per_s"),
    )


def span(values: Sequence[float | None]) -> Span | None:
    """None: there is no value."""
    known = [value for value in values if value is not None and not math.isnan(value)]
    return Span(median(known), min(known), max(known)) if known else None
