"""The figures as JSON and as a table. What each key means stands in docs/bench.md."""

import platform
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from ascpi.bench.lock.figures import RunFigures
from ascpi.bench.lock.limits import LEAST, limits
from ascpi.bench.lock.options import LockOptions
from ascpi.bench.lock.recording import Recording
from ascpi.bench.row import Row, report
from ascpi.errors import MicroPythonMissing
from ascpi.virtual.runtime import find_micropython
from ascpi_core import VERSION


@dataclass(frozen=True)
class Run:
    """A recording is as large as the run was long; its figures are what is kept of it."""

    recording: Recording
    figures: RunFigures


@dataclass(frozen=True)
class Key:
    """A figure that has one value in each run; None: the run has none."""

    name: str
    meaning: str
    of: Callable[[RunFigures], float | None]


def _deviation(name: str) -> Callable[[RunFigures], float | None]:
    return lambda run: _of(run.deviations, name)


def _edge(name: str) -> Callable[[RunFigures], float | None]:
    return lambda run: _of(run.edges, name)


def _of(part: object, name: str) -> float | None:
    value: float | None = None if part is None else getattr(part, name)
    return value


def _boards_cpu(run: RunFigures) -> list[float]:
    return [share.cpu for name, share in run.cpu.items() if name.isdigit()]


def _boards_waiting(run: RunFigures) -> list[float]:
    return [share.waiting for name, share in run.cpu.items() if name.isdigit()]


KEYS = (
    Key("time_to_lock_s", "since all boards were running", lambda run: run.time_to_lock_s),
    Key("rms_us", "of each node's deviation from the mean", _deviation("rms_us")),
    Key("p95_us", "of its absolute value", _deviation("p95_us")),
    Key("spread_median_us", "between the first node and the last", _deviation("spread_median_us")),
    Key("spread_p95_us", "", _deviation("spread_p95_us")),
    Key("spread_max_us", "", _deviation("spread_max_us")),
    Key("claim_coverage", "within what the node claims", lambda run: _of(run.claims, "coverage")),
    Key("claim_median_us", "what a node claims", lambda run: _of(run.claims, "median_us")),
    Key("unclaimed", "share without a claim", lambda run: _of(run.claims, "unclaimed")),
    Key("lock_truth", "within 1/256 turn when it says locked", lambda run: run.lock_truth),
    Key("lock_losses", "locks lost again", lambda run: run.lock_losses),
    Key("packets_per_s", "of all boards", lambda run: _of(run.traffic, "packets_per_s")),
    Key("bytes_per_s", "", lambda run: _of(run.traffic, "bytes_per_s")),
    Key(
        "busiest_second_packets",
        "of the whole run",
        lambda run: _of(run.traffic, "busiest_second_packets"),
    ),
    Key("edge_rms_us", "pulse edges against the mean's 0", _edge("rms_us")),
    Key("edge_median_us", "", _edge("median_us")),
    Key("edge_p95_us", "", _edge("p95_us")),
    Key("edge_spread_median_us", "between a turn's first and last", _edge("spread_median_us")),
    Key("edge_self_rms_us", "against the board's own 0: scheduling", _edge("self_rms_us")),
    Key("edge_self_median_us", "", _edge("self_median_us")),
    Key("edge_self_p95_us", "", _edge("self_p95_us")),
    Key("others_moved_us", "by a power cut", lambda run: _of(run.restart, "others_moved_us")),
    Key(
        "others_wander_us",
        "without one, beforehand",
        lambda run: _of(run.restart, "others_wander_us"),
    ),
    Key("rejoin_s", "from power-on to the lock", lambda run: _of(run.restart, "rejoin_s")),
    Key(
        "interpolation_p95_us",
        "error of judging between reports",
        lambda r: r.interpolation_p95_us,
    ),
    Key(
        "board_cpu_max",
        "processors, the busiest board",
        lambda run: max(_boards_cpu(run), default=None),
    ),
    Key(
        "board_waiting_max",
        "ready, but not let run",
        lambda run: max(_boards_waiting(run), default=None),
    ),
    Key("relay_cpu", "processors", lambda run: _of(run.cpu.get("relay"), "cpu")),
    Key("machine_busy", "processors, whoever uses them", lambda run: run.machine_busy),
    Key("load", "of the machine, at the end", lambda run: run.load),
)


def counted(runs: Sequence[Run]) -> list[Run]:
    """Those whose figures count: the complete ones, or else what there is."""
    complete = [run for run in runs if run.recording.complete]
    return complete or list(runs)


def rows(options: LockOptions, runs: Sequence[Run]) -> list[Row]:
    """A row for each figure that any run has."""
    allowed = limits(options)
    figures = [run.figures for run in counted(runs)]
    share = sum(run.locked for run in figures) / len(figures)
    made = [Row("lock_share", "runs that locked", (share,), allowed.get("lock_share"), True)]
    for key in KEYS:
        values = [value for run in figures if (value := key.of(run)) is not None]
        if values:
            limit = allowed.get(key.name)
            made.append(Row(key.name, key.meaning, tuple(values), limit, key.name in LEAST))
    return made


def unmeasured(options: LockOptions, made: Sequence[Row]) -> list[str]:
    """Limited figures that no run has: a limit that cannot be looked at is missed."""
    return [name for name in limits(options) if name not in {row.key for row in made}]


def document(options: LockOptions, runs: Sequence[Run], interrupted: bool) -> dict[str, object]:
    """Everything, as JSON has it: medians over the runs, and each run by itself."""
    made = rows(options, runs)
    missing = unmeasured(options, made)
    figures = [run.figures for run in counted(runs)]
    summary = report(made)
    summary["limits"] = limits(options)
    summary["passed"] = bool(summary["passed"]) and not missing
    return {
        "bench": "lock",
        "options": asdict(options),
        "lock_rate": lock_rate(figures),
        **summary,
        "worst": {
            row.key: round((min if row.key in BEST_IS_MOST else max)(row.samples), 4)
            for row in made
        },
        "interrupted": interrupted,
        "runs": [_run(run) for run in runs],
        "versions": _versions(),
    }


BEST_IS_MOST = ("lock_share", "claim_coverage", "lock_truth")


def lock_rate(figures: Sequence[RunFigures]) -> str:
    return f"{sum(run.locked for run in figures)} of {len(figures)}"


def _run(run: Run) -> dict[str, object]:
    recording, figures = run.recording, run.figures
    parts = asdict(figures)
    for name in ("deviations", "claims", "cpu", "machine_busy", "load"):
        del parts[name]
    return {
        "seed": recording.seed,
        "complete": recording.complete,
        "seconds": _rounded((recording.ended_us - recording.running_us) / 1e6),
        **{key.name: _rounded(key.of(figures)) for key in KEYS},
        **{name: _rounded(value) for name, value in parts.items() if name != "restart"},
        "claim_coverage_whole_run": _rounded(_of(figures.claims, "whole_run_coverage")),
        "restart": _rounded(parts["restart"]),
        "nodes": _nodes(run),
        "cpu": {
            name: _rounded(asdict(share))
            for name, share in figures.cpu.items()
            if not name.isdigit()
        },
        "relay": {name: recording.relay.get(name) for name in ("relay", "fates", "lateness")},
        "notes": list(recording.notes),
    }


def _nodes(run: Run) -> list[dict[str, Any]]:
    figures = run.figures
    found = []
    for column, node in enumerate(run.recording.nodes):
        share = figures.cpu.get(str(node.node_id))
        found.append(
            {
                "id": node.node_id,
                "ppm": node.ppm,
                "phase": node.phase,
                "rms_us": None
                if figures.deviations is None
                else _rounded(figures.deviations.node_rms_us[column]),
                "claim_coverage": None
                if figures.claims is None
                else _rounded(figures.claims.node_coverage[column]),
                "cpu": None if share is None else _rounded(share.cpu),
                "waiting": None if share is None else _rounded(share.waiting),
            }
        )
    return found


def _rounded(value: Any) -> Any:
    """Four decimals, in whatever holds the numbers. JSON knows no nan."""
    if isinstance(value, float):
        return round(value, 4) if value == value else None
    if isinstance(value, dict):
        return {name: _rounded(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(one) for one in value]
    return value


def _versions() -> dict[str, str]:
    versions = {"ascpi": VERSION, "python": platform.python_version()}
    with suppress(MicroPythonMissing):
        versions["micropython"] = find_micropython().version
    return versions
