"""Figures of a run: how long hand-offs took, and how far they moved the receivers' phases.

A receiver is *disturbed* by so much: the largest distance, in the second after a glyph began to
run on it, of its deviation from the cluster's phase to what that was in the middle of the second
before. What a phase does by itself in two such seconds is measured as well, where there was no
hand-off: `undisturbed_us`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ascpi.bench.handoff.transfers import Transfer
from ascpi.bench.lock.recording import Recording
from ascpi.bench.row import Row

LIMITS = {"handoff_ms": 100.0, "handoff_p99_ms": 1000.0, "disturbance_us": 200.0}
UNFINISHED_AFTER_US = 5_000_000
"""What was offered so long before the end should be done, or withdrawn."""
LOOK_US = 1_000_000
_CALM_EVERY_US = 500_000
_CALM_US = 15_000_000


@dataclass(frozen=True)
class HandOffFigures:
    """Of one run; times in ms, phases in µs."""

    took_ms: tuple[float, ...]
    accept_ms: tuple[float, ...]
    commit_ms: tuple[float, ...]
    done_ms: tuple[float, ...]
    withdrawn: int
    refused: int
    unfinished: int
    repeated: int
    disturbances_us: tuple[float, ...]
    calm_us: tuple[float, ...]


def handoff_figures(found: Sequence[Transfer], recording: Recording) -> HandOffFigures:
    """Transfers that were offered while all was recorded."""
    done = [one for one in found if one.done_us is not None]
    old_us = recording.ended_us - UNFINISHED_AFTER_US
    return HandOffFigures(
        took_ms=_spans([(one.offered_us, one.done_us) for one in done]),
        accept_ms=_spans([(one.offered_us, one.accepted_us) for one in done]),
        commit_ms=_spans([(one.accepted_us, one.committed_us) for one in done]),
        done_ms=_spans([(one.committed_us, one.done_us) for one in done]),
        withdrawn=sum(one.committed_us is None and not one.refused for one in found),
        refused=sum(one.refused for one in found),
        unfinished=sum(
            one.committed_us is not None and one.done_us is None and one.offered_us < old_us
            for one in found
        ),
        repeated=sum(one.offers > 1 or one.commits > 1 for one in done),
        disturbances_us=_disturbances(done, recording),
        calm_us=_calm(found, recording),
    )


def rows(figures: HandOffFigures) -> list[Row]:
    """The table."""
    took = figures.took_ms
    worst = max(figures.disturbances_us, default=float("nan"))
    made = [
        Row("handoffs", "from an offer to its done", (float(len(took)),)),
        _row("handoff_ms", "median, the glyph stands still meanwhile", _quantile(took, 0.5)),
        _row("handoff_p90_ms", "", _quantile(took, 0.9)),
        _row("handoff_p99_ms", "", _quantile(took, 0.99)),
        _row("handoff_worst_ms", "", max(took, default=float("nan"))),
        _row("accept_ms", "offer to accept, median", _quantile(figures.accept_ms, 0.5)),
        _row("commit_ms", "accept to commit, median", _quantile(figures.commit_ms, 0.5)),
        _row("done_ms", "commit to done, median", _quantile(figures.done_ms, 0.5)),
        _row("repeated", "hand-offs in which something was said again", figures.repeated),
        _row("withdrawn", "offers that nobody answered in time", figures.withdrawn),
        _row("refused", "offers that were refused", figures.refused),
        Row("unfinished", "committed and not done", (float(figures.unfinished),), 0.0),
        _row("disturbance_us", "worst move of a receiver's phase, 1 s after", worst),
        _row(
            "disturbance_median_us",
            "the same, median",
            _quantile(figures.disturbances_us, 0.5),
        ),
        _row("undisturbed_us", "worst without a hand-off", max(figures.calm_us, default=0.0)),
    ]
    return made


def _row(key: str, meaning: str, value: float) -> Row:
    return Row(key, meaning, (float(value),), LIMITS.get(key))


def _spans(pairs: Sequence[tuple[int | None, int | None]]) -> tuple[float, ...]:
    return tuple(
        (end_us - begin_us) / 1000
        for begin_us, end_us in pairs
        if begin_us is not None and end_us is not None
    )


def _quantile(values: Sequence[float], share: float) -> float:
    return float(np.quantile(values, share)) if values else float("nan")


def _disturbances(done: Sequence[Transfer], recording: Recording) -> tuple[float, ...]:
    found = []
    for one in done:
        assert one.done_us is not None
        moved = _moved(recording, one.receiver, one.done_us)
        if moved is not None:
            found.append(moved)
    return tuple(found)


def _calm(found: Sequence[Transfer], recording: Recording) -> tuple[float, ...]:
    """The same in the seconds before anybody handed on anything."""
    first_us = min((one.offered_us for one in found), default=recording.ended_us)
    if recording.locked_since_us is None:
        return ()
    begin_us = max(recording.locked_since_us, first_us - _CALM_US)
    calm = []
    for node in recording.nodes:
        for at_us in range(begin_us + LOOK_US, first_us - LOOK_US, _CALM_EVERY_US):
            moved = _moved(recording, node.node_id, at_us)
            if moved is not None:
                calm.append(moved)
    return tuple(calm)


def _moved(recording: Recording, node_id: int, at_us: int) -> float | None:
    """How far a node's phase went from where it was, in the second from `at_us` on."""
    column = [node.node_id for node in recording.nodes].index(node_id)
    instants = recording.instants_us
    before = recording.deviations_us[(instants >= at_us - LOOK_US) & (instants < at_us), column]
    after = recording.deviations_us[(instants >= at_us) & (instants < at_us + LOOK_US), column]
    before, after = before[~np.isnan(before)], after[~np.isnan(after)]
    if not len(before) or not len(after):
        return None
    return float(np.abs(after - np.median(before)).max())
