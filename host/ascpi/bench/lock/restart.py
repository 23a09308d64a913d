"""What a power cut of one board did to the others.

Before it, the mean phase of the others ran along a straight line (their common rate). How far
each of them leaves its place on that line afterwards is how far it was moved.
"""

from dataclasses import dataclass

import numpy as np

from ascpi.bench.lock.options import WATCHED_S
from ascpi.bench.lock.recording import US_PER_TURN, Numbers, Recording, Truths
from ascpi.truth.track import NOMINAL_RATE_MHZ

# The line is drawn through so much before the cut, or as much as there is since the lock.
BASELINE_US = 10_000_000
BASELINE_LEAST_US = 2_000_000


@dataclass(frozen=True)
class RestartFigures:
    """`others_moved_us`: the largest change of another board in the 20 s after the power cut;
    `others_wander_us`: likewise in the stretch before it that the line was drawn through, and
    `baseline_s` how long that was. None: there was no lock for long enough before the cut.
    `rejoin_s`: from power-on until all were locked again to the end; None: they were not."""

    others_moved_us: float | None
    others_wander_us: float | None
    baseline_s: float | None
    rejoin_s: float | None


def restart_figures(recording: Recording) -> RestartFigures | None:
    """None: nothing was cut."""
    seen = recording.kill
    if seen is None:
        return None
    rejoin_s = None
    if seen.rejoined_us is not None and seen.restarted_us is not None:
        rejoin_s = (seen.rejoined_us - seen.restarted_us) / 1e6
    since_us = recording.locked_since_us
    if since_us is None or seen.killed_us - since_us < BASELINE_LEAST_US:
        return RestartFigures(None, None, None, rejoin_s)
    begin_us = max(since_us, seen.killed_us - BASELINE_US)
    until_us = seen.killed_us + round(WATCHED_S * 1e6)
    instants = recording.instants_us
    watched = (instants >= begin_us) & (instants < until_us)
    others = [
        column for column, node in enumerate(recording.nodes) if node.node_id != seen.kill.node_id
    ]
    # Where one of them is missing, as its reports were held up, the mean is another one.
    watched &= ~np.isnan(recording.phases[:, others]).any(axis=1)
    before = instants[watched] < seen.killed_us
    if not before.any() or before.all():
        return RestartFigures(None, None, None, rejoin_s)
    off_us = off_the_line(
        (instants[watched] - begin_us) / 1e6, recording.phases[watched][:, others], before
    )
    return RestartFigures(
        others_moved_us=float(np.abs(off_us[~before]).max()),
        others_wander_us=float(np.abs(off_us[before]).max()),
        baseline_s=(seen.killed_us - begin_us) / 1e6,
        rejoin_s=rejoin_s,
    )


def off_the_line(seconds: Numbers, phases: Numbers, before: Truths) -> Numbers:
    """µs that each phase (a column, turns) is off its place on the line that their mean ran along
    while `before`; its place is where it stood on average then."""
    nominal = seconds * NOMINAL_RATE_MHZ / 1000
    turns = phases - nominal[:, np.newaxis]
    # One turn for all: as near to the first phase as can be.
    turns = turns - turns[0, 0]
    beside = (turns + 0.5) % 1.0 - 0.5
    mean = beside.mean(axis=1)
    slope, start = np.polyfit(seconds[before], mean[before], 1)
    off = beside - (start + slope * seconds)[:, np.newaxis]
    off = off - off[before].mean(axis=0)
    moved_us: Numbers = off * US_PER_TURN
    return moved_us
