"""What is kept of one run: its figures, and what a picture of it needs. A recording is large."""

from dataclasses import dataclass

import numpy as np

from ascpi.bench.hours.displaced import Displaced, run_pair
from ascpi.bench.hours.figures import RunFigures, run_figures
from ascpi.bench.hours.options import HoursOptions
from ascpi.bench.hours.recorder import Numbers, Recording
from ascpi.bench.hours.run import Tell, run_once

BINS = 720
"""A picture is not wider than that: ten seconds each in two hours."""


@dataclass(frozen=True)
class Curves:
    """Least and largest deviation of each node in each bin, from `edges_s[i]` to the next.

    `course_*`: with a wild node, the honest ones' mean in µs with it and without.
    """

    edges_s: Numbers
    low_us: Numbers
    high_us: Numbers
    wraps_s: tuple[float, ...]
    course_s: Numbers | None = None
    course_wild_us: Numbers | None = None
    course_calm_us: Numbers | None = None


@dataclass(frozen=True)
class Result:
    """`complete`: the run was not ended early."""

    seed: int
    complete: bool
    seconds: float
    crystals_ppm: tuple[float, ...]
    refused: dict[str, int]
    run: RunFigures
    displaced: Displaced | None
    curves: Curves


def result(options: HoursOptions, seed: int, tell: Tell) -> Result | None:
    """One run. None: it was ended before anything could be said of it."""
    if options.wild is None:
        recording = run_once(options, seed, tell)
        return _result(options, recording, None, curves(recording))
    pair = run_pair(options, seed, tell)
    if pair is None:
        return None
    drawn = curves(pair.recording)
    course_s = pair.instants_us / 1e6
    with_courses = Curves(
        drawn.edges_s,
        drawn.low_us,
        drawn.high_us,
        drawn.wraps_s,
        course_s,
        pair.wild_us,
        pair.calm_us,
    )
    return _result(options, pair.recording, pair.displaced, with_courses)


def _result(
    options: HoursOptions, recording: Recording, displaced: Displaced | None, drawn: Curves
) -> Result:
    return Result(
        recording.seed,
        recording.now_us >= options.end_us,
        recording.now_us / 1e6,
        recording.crystals_ppm,
        recording.refused,
        run_figures(recording, options.after_s),
        displaced,
        drawn,
    )


def curves(recording: Recording) -> Curves:
    instants_us = recording.seen.instants_us
    count = min(BINS, len(instants_us))
    starts = np.linspace(0, len(instants_us), count, endpoint=False).astype(np.int64)
    edges_us = np.append(instants_us[starts], instants_us[-1])
    return Curves(
        edges_us / 1e6,
        np.minimum.reduceat(recording.deviations_us, starts),
        np.maximum.reduceat(recording.deviations_us, starts),
        tuple(at_us / 1e6 for of_node in recording.wraps_us for at_us in of_node),
    )
