"""What is left of a demo: figures as JSON, and one sentence."""

import dataclasses
import math
import platform
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from ascpi.cluster import BOARD, ppm_apart
from ascpi.demo import words
from ascpi.demo.watch import US_PER_TURN, Watch
from ascpi.errors import MicroPythonMissing
from ascpi.view import units
from ascpi.virtual.runtime import find_micropython
from ascpi_core import VERSION
from ascpi_core.phase import BAND_NAMES


@dataclass(frozen=True)
class NodeOutcome:
    """`error_us`: circular mean minus phase at the end, in true time, as `believed_error_us` is by
    the node's own account; None: it was not there."""

    id: int
    name: str
    kind: str
    ppm: float
    error_us: float | None
    believed_error_us: int | None
    state: str
    band: str


@dataclass(frozen=True)
class Outcome:
    """`steady_*`: since all nodes were locked and said so themselves."""

    locked: bool
    time_to_lock_s: float | None
    coherence: float | None
    rms_us: float | None
    spread_us: float | None
    steady_s: float | None
    steady_worst_us: float | None
    lock_losses: int
    packets_per_s: float | None
    nodes: tuple[NodeOutcome, ...]
    field: str
    air: str
    seed: int
    seconds: float
    versions: dict[str, str]
    sentence: str
    story: dict[str, Any] = dataclasses.field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The story's figures stand beside the others."""
        figures = asdict(self)
        return {**figures.pop("story"), **figures}


def outcome_of(
    watch: Watch, air: str, seed: int, now_us: int, story: dict[str, Any] | None = None
) -> Outcome:
    """As of the last instant that is certain; `story`: the figures of what else was to be seen."""
    latest = watch.latest
    errors = [] if latest is None else [d * US_PER_TURN for d in latest.deviations.values()]
    seconds = 0.0 if watch.judge.started_us is None else watch.seconds(now_us)
    return Outcome(
        locked=watch.judge.locked and not watch.excused.nodes,
        time_to_lock_s=_rounded(watch.judge.time_to_lock_s, 3),
        coherence=None if latest is None else round(latest.coherence, 6),
        rms_us=_rounded(math.sqrt(sum(e * e for e in errors) / len(errors)), 1)
        if errors
        else None,
        spread_us=_rounded(max(errors) - min(errors), 1) if errors else None,
        steady_s=_rounded(watch.steady.seconds, 2),
        steady_worst_us=_rounded(watch.steady_worst_us(), 1),
        lock_losses=watch.judge.losses,
        packets_per_s=_rounded(watch.packets_per_s(), 1),
        nodes=tuple(_nodes(watch)),
        field=watch.field_kind(),
        air=air,
        seed=seed,
        seconds=round(seconds, 2),
        versions=_versions(watch),
        sentence=sentence(watch, air, seconds),
        story=story or {},
    )


def sentence(watch: Watch, air: str, seconds: float) -> str:
    """What was seen, in one sentence, and C."""
    count = len(watch.nodes)
    apart = ppm_apart(watch.nodes)
    clocks = f"clocks up to {apart:g} ppm apart" if apart else "with clocks alike"
    start = f"{count} nodes, {clocks}, over {words.air(air)}, "
    latest = watch.latest
    lock_s = watch.judge.time_to_lock_s
    if latest is None:
        return start + "said nothing yet."
    closing = f" C = {units.coherence(latest.coherence)}."
    if lock_s is None:
        return start + f"had not locked after {seconds:.1f} s.{_who_is_out(watch)}" + closing
    out = watch.excused.nodes
    if out:
        names = ", ".join(node.name for node in watch.nodes if node.node_id in out)
        return start + f"locked after {lock_s:.1f} s; {names} was not back yet." + closing
    steady_s, worst_us = watch.steady.seconds, watch.steady_worst_us()
    if steady_s is None or worst_us is None:
        return start + f"locked after {lock_s:.1f} s, though not all nodes say so yet." + closing
    return (
        f"{start}locked after {lock_s:.1f} s, stayed within {units.within(worst_us)} for the "
        f"{steady_s:.0f} s since all of them said so, and ended within "
        f"{units.within(latest.worst * US_PER_TURN)}.{closing}"
    )


def _who_is_out(watch: Watch) -> str:
    """Whoever is missing or farthest off."""
    latest = watch.latest
    assert latest is not None
    names = {node.node_id: node.name for node in watch.nodes}
    if latest.missing:
        silent = ", ".join(names[node_id] for node_id in sorted(latest.missing))
        return f" Nothing is heard of {silent}."
    farthest = max(latest.deviations, key=lambda node_id: abs(latest.deviations[node_id]))
    error_us = -latest.deviations[farthest] * US_PER_TURN
    return f" Farthest off: {names[farthest]}, {units.microseconds(error_us)}."


def _nodes(watch: Watch) -> list[NodeOutcome]:
    latest = watch.latest
    found = []
    for node in watch.nodes:
        report = watch.reports.get(node.node_id)
        deviation = None if latest is None else latest.deviations.get(node.node_id)
        found.append(
            NodeOutcome(
                id=node.node_id,
                name=node.name,
                kind=node.kind,
                ppm=node.ppm,
                error_us=None if deviation is None else round(-deviation * US_PER_TURN, 1),
                believed_error_us=None if report is None else report.error_us,
                state="" if report is None else report.state,
                band=BAND_NAMES[0] if report is None else report.band,
            )
        )
    return found


def _versions(watch: Watch) -> dict[str, str]:
    versions = {"ascpi": VERSION, "python": platform.python_version()}
    if any(node.kind == BOARD for node in watch.nodes):
        with suppress(MicroPythonMissing):
            versions["micropython"] = find_micropython().version
    return versions


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
