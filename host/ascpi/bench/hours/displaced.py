"""How far a wild node moved the others: the same field twice, once without it.

Both runs have one seed and are the same to the bit until the board goes wild in one of them and
is switched off in the other. In each the honest nodes' mean was on a line, fitted to the 30 s
before; how far it leaves that line in the 60 s from then on is its displacement. Without the wild
node it leaves it, too: the line is known only so well, and temperatures change.
"""

import math
import time
from dataclasses import dataclass

import numpy as np

from ascpi.bench.hours.options import FIT_S, WATCHED_S, HoursOptions, Wild
from ascpi.bench.hours.recorder import Numbers, Recorder, Recording, Seen, Truths
from ascpi.bench.hours.run import Tell, advance, make_field, recorded
from ascpi.bench.hours.wild import begin
from ascpi.simulation import SECOND_US
from ascpi_core.phase import LOCKED
from ascpi_core.ssep import CLAIM_UNKNOWN


@dataclass(frozen=True)
class Displaced:
    """All in µs. `moved`: from the line; `moved_calm`: likewise without the wild node;
    `moved_apart`: between the two runs. `honest_worst`: of any honest node from their mean, from
    the beginning to the end of the run; `calm_worst`: without. `honest_locked`: the share of
    (honest node, instant)s in which it called itself locked, `honest_coverage`: in which its true
    deviation was within its claim, of those with one.
    """

    moved_us: float
    moved_calm_us: float
    moved_apart_us: float
    honest_worst_us: float
    calm_worst_us: float
    honest_locked: float
    honest_coverage: float | None


@dataclass(frozen=True)
class Pair:
    """The run with the wild node; and the honest ones' mean against nominal time, with it and
    without, from 30 s before on, in µs."""

    recording: Recording
    displaced: Displaced
    instants_us: Numbers
    wild_us: Numbers
    calm_us: Numbers


def run_pair(options: HoursOptions, seed: int, tell: Tell) -> Pair | None:
    """Both runs; None if they were ended early."""
    wild = options.wild
    assert wild is not None
    began_s = time.perf_counter()
    end_us = options.end_us
    recorder, calm_recorder = Recorder(options.boards), Recorder(options.boards)
    field = make_field(options, seed, recorder)
    # Either run is half of the work.
    if not advance(field, wild.begin_us, lambda now_us: tell(now_us // 2)):
        return None
    begin(field, wild)
    if not advance(field, end_us, lambda now_us: tell(now_us // 2)):
        return None
    calm = make_field(options, seed, calm_recorder)
    if not advance(calm, wild.begin_us, lambda now_us: tell((end_us + now_us) // 2)):
        return None
    calm.power_off(wild.node_id)
    if not advance(calm, end_us, lambda now_us: tell((end_us + now_us) // 2)):
        return None
    took_s = (time.perf_counter() - began_s) / 2
    seen = recorder.seen()
    return compared(recorded(field, seen, took_s, wild.node_id), seen, calm_recorder.seen(), wild)


def compared(recording: Recording, seen: Seen, calm: Seen, wild: Wild) -> Pair:
    start_us = wild.begin_us - round(FIT_S * SECOND_US)
    rows = seen.after(start_us)
    honest = [column for column in range(seen.thetas.shape[1]) if column != wild.node_id - 1]
    instants_us = seen.instants_us[rows].astype(np.float64)
    wild_us, worst_us = mean_course(seen.turns(rows)[:, honest], instants_us)
    calm_us, calm_worst_us = mean_course(calm.turns(rows)[:, honest], instants_us)
    before = instants_us < wild.begin_us
    watched = ~before & (instants_us < wild.begin_us + WATCHED_S * SECOND_US)
    apart_us = wild_us - calm_us
    displaced = Displaced(
        moved_us=float(np.max(np.abs(_off_line(instants_us, wild_us, before)[watched]))),
        moved_calm_us=float(np.max(np.abs(_off_line(instants_us, calm_us, before)[watched]))),
        moved_apart_us=float(np.max(np.abs(apart_us[watched]))),
        honest_worst_us=float(np.max(worst_us[~before])),
        calm_worst_us=float(np.max(calm_worst_us[~before])),
        honest_locked=float(np.mean(seen.states[rows][~before][:, honest] == LOCKED)),
        honest_coverage=_coverage(recording, rows, ~before, honest),
    )
    return Pair(recording, displaced, instants_us, wild_us, calm_us)


def _coverage(
    recording: Recording, rows: slice, chosen: Truths, honest: list[int]
) -> float | None:
    claims_us = recording.seen.claims_us[rows][chosen][:, honest]
    away_us = np.abs(recording.deviations_us[rows][chosen][:, honest])
    known = claims_us != CLAIM_UNKNOWN
    return float(np.mean((away_us <= claims_us)[known])) if known.any() else None


def mean_course(turns: Numbers, instants_us: Numbers) -> tuple[Numbers, Numbers]:
    """(the mean against nominal time, unrolled from 0 on; the farthest node from it), in µs."""
    mean = np.angle(np.mean(np.exp(2j * math.pi * turns), axis=1)) / math.tau
    away = np.abs((turns - mean[:, None] + 0.5) % 1 - 0.5)
    course = np.unwrap((mean - instants_us / 1e6) % 1, period=1)
    return (course - course[0]) * 1e6, np.max(away, axis=1) * 1e6


def _off_line(instants_us: Numbers, course_us: Numbers, before: Truths) -> Numbers:
    """What is left of a course beside the line through its part `before`."""
    since = instants_us - instants_us[0]
    slope, offset = np.polyfit(since[before], course_us[before], 1)
    off: Numbers = course_us - (slope * since + offset)
    return off
