"""The figures as a table and as JSON. What each key means stands in docs/bench.md."""

import platform
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ascpi.bench.hours.figures import Claims, Figures
from ascpi.bench.hours.limits import LEAST, limits
from ascpi.bench.hours.options import HoursOptions
from ascpi.bench.hours.result import Result
from ascpi.bench.row import Row, report
from ascpi_core import VERSION


@dataclass(frozen=True)
class EveryRow(Row):
    """A seed is the same run again: every run has to keep a limit, not the median of them."""

    @property
    def passed(self) -> bool:
        if self.limit is None:
            return True
        if self.least:
            return min(self.samples) >= self.limit
        return max(self.samples) <= self.limit


@dataclass(frozen=True)
class Key:
    """A figure that has one value in each run; None: the run has none."""

    name: str
    meaning: str
    of: Callable[[Result], float | None]


def _figure(of: Callable[[Figures], float | None]) -> Callable[[Result], float | None]:
    return lambda one: None if one.run.figures is None else of(one.run.figures)


def _claim(of: Callable[[Claims], float | None]) -> Callable[[Result], float | None]:
    return _figure(lambda figures: of(figures.claims))


def _displaced(name: str) -> Callable[[Result], float | None]:
    def of(one: Result) -> float | None:
        value: float | None = None if one.displaced is None else getattr(one.displaced, name)
        return value

    return of


LOCK_KEY = Key("time_to_lock_s", "from the start", lambda one: one.run.time_to_lock_s)
SPEED_KEY = Key("virtual_s_per_s", "speed of the simulation", lambda one: one.run.speed)

HOURS_KEYS = (
    LOCK_KEY,
    Key("lock_losses", "locks lost again", lambda one: one.run.lock_losses),
    Key("rms_us", "of each node's deviation from the mean", _figure(lambda one: one.rms_us)),
    Key("p95_us", "of its absolute value", _figure(lambda one: one.p95_us)),
    Key("worst_us", "any node at any instant", _figure(lambda one: one.worst_us)),
    Key(
        "spread_median_us",
        "between the first node and the last",
        _figure(lambda one: one.spread_median_us),
    ),
    Key("spread_p95_us", "", _figure(lambda one: one.spread_p95_us)),
    Key("spread_max_us", "", _figure(lambda one: one.spread_max_us)),
    Key("wraps", "of a node's ticks", _figure(lambda one: one.wraps)),
    Key(
        "wrap_worst_us",
        "of such a node, 5 s either way",
        _figure(lambda one: one.wrap_worst_us),
    ),
    Key("claim_coverage", "within what the node claims", _claim(lambda one: one.coverage)),
    Key(
        "claim_coverage_drifting",
        "while its temperature changes fast",
        _claim(lambda one: one.drifting),
    ),
    Key("claim_median_us", "what a node claims", _claim(lambda one: one.median_us)),
    Key("unclaimed", "share without a claim", _claim(lambda one: one.unclaimed)),
    Key("said_locked", "share in which a node said so", _figure(lambda one: one.said_locked)),
    Key("packets_per_s", "of all boards", _figure(lambda one: one.packets_per_s)),
    Key("bytes_per_s", "", _figure(lambda one: one.bytes_per_s)),
    Key("busiest_second_packets", "of the whole run", _figure(lambda o: o.busiest_second_packets)),
    SPEED_KEY,
)

WILD_KEYS = (
    LOCK_KEY,
    Key("moved_us", "the others' mean, off its line", _displaced("moved_us")),
    Key("moved_calm_us", "likewise, wild node off instead", _displaced("moved_calm_us")),
    Key("moved_apart_us", "between these two", _displaced("moved_apart_us")),
    Key("honest_worst_us", "any other from their mean", _displaced("honest_worst_us")),
    Key("calm_worst_us", "likewise, wild node off instead", _displaced("calm_worst_us")),
    Key("honest_locked", "share in which they said so", _displaced("honest_locked")),
    Key("honest_coverage", "within what they claim", _displaced("honest_coverage")),
    SPEED_KEY,
)


def keys(options: HoursOptions) -> tuple[Key, ...]:
    return HOURS_KEYS if options.wild is None else WILD_KEYS


def counted(results: Sequence[Result]) -> list[Result]:
    """Those whose figures count: the complete ones, or else what there is."""
    return [one for one in results if one.complete] or list(results)


def rows(options: HoursOptions, results: Sequence[Result]) -> list[Row]:
    """A row for each figure that any run has."""
    allowed = limits(options)
    runs = counted(results)
    locked = sum(one.run.time_to_lock_s is not None for one in runs)
    made: list[Row] = [
        EveryRow(
            "lock_share",
            "runs that locked",
            (locked / len(runs),),
            allowed.get("lock_share"),
            True,
        )
    ]
    for key in keys(options):
        values = tuple(value for one in runs if (value := key.of(one)) is not None)
        if values:
            limit = allowed.get(key.name)
            made.append(EveryRow(key.name, key.meaning, values, limit, key.name in LEAST))
    return made


def unmeasured(options: HoursOptions, made: Sequence[Row]) -> list[str]:
    """Limited figures that no run has: a limit that cannot be looked at is missed."""
    return [name for name in limits(options) if name not in {row.key for row in made}]


def document(
    options: HoursOptions, results: Sequence[Result], interrupted: bool
) -> dict[str, object]:
    """Everything, as JSON has it: medians over the runs, and each run by itself."""
    made = rows(options, results)
    summary = report(made)
    summary["limits"] = limits(options)
    summary["passed"] = bool(summary["passed"]) and not unmeasured(options, made)
    return {
        "bench": "hours",
        "options": asdict(options),
        **summary,
        "interrupted": interrupted,
        "runs": [_run(options, one) for one in results],
        "versions": {"ascpi": VERSION, "python": platform.python_version()},
    }


def _run(options: HoursOptions, one: Result) -> dict[str, Any]:
    figures = one.run.figures
    found: dict[str, Any] = {
        "seed": one.seed,
        "complete": one.complete,
        "seconds": _rounded(one.seconds),
        **{key.name: _rounded(key.of(one)) for key in keys(options)},
        "refused": one.refused,
        "nodes": [
            {"id": place + 1, "ppm": _rounded(ppm)} for place, ppm in enumerate(one.crystals_ppm)
        ],
    }
    if figures is not None and one.displaced is None:
        found["from_s"], found["to_s"] = _rounded(figures.from_s), _rounded(figures.to_s)
        found["worst"] = {"id": figures.worst_id, "at_s": _rounded(figures.worst_s)}
        found["parts"] = [
            {name: _rounded(value) for name, value in asdict(part).items()}
            for part in figures.parts
        ]
        for node, rms_us in zip(found["nodes"], figures.node_rms_us, strict=True):
            node["rms_us"] = _rounded(rms_us)
    return found


def _rounded(value: float | None) -> float | None:
    """Four decimals. JSON knows no nan."""
    return None if value is None or value != value else round(value, 4)
