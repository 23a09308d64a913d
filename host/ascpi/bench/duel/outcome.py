"""What is left of a duel: a table for people, JSON for programs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ascpi.bench.duel.bout import Rules
from ascpi.bench.duel.figures import RunFigures, Span, Summary, summary
from ascpi.bench.duel.recording import Recording

# Of what a run's row has more than enough.
_DIGITS = 3


@dataclass(frozen=True)
class Fought:
    """A run that is over. `last_words`: of each peer of a run that failed."""

    figures: RunFigures
    recording: Recording
    switch: Mapping[str, Any]
    last_words: Mapping[int, str]


@dataclass(frozen=True)
class Side:
    """`notes`: whatever else is known of it, for JSON."""

    key: str
    name: str
    runs: Sequence[Fought]
    notes: Mapping[str, object]

    @property
    def summary(self) -> Summary:
        return summary([run.figures for run in self.runs])


def run_line(figures: RunFigures) -> str:
    """A run, as soon as it is over."""
    if figures.succeeded:
        word = f"one after {figures.time_to_one_s:.1f} s"
    elif figures.time_to_one_s is not None:
        word = f"one after {figures.time_to_one_s:.1f} s only: too late"
    else:
        word = "not one at the end"
    errors = figures.errors
    tail = "no errors known" if errors is None else f"RMS {number(errors.rms_us)} µs"
    return f"{word}, {tail}"


def table(rules: Rules, sides: Sequence[Side]) -> list[str]:
    """Both beside each other; least … most over the runs stands behind each median."""
    rows: list[tuple[str, Callable[[Summary], str]]] = [
        ("became one in time", lambda made: f"{made.succeeded} of {made.runs}"),
        ("time until one, s", lambda made: spanned(made.time_to_one_s, 1)),
        ("RMS error, µs", lambda made: spanned(made.rms_us)),
        ("95 % of |errors| below, µs", lambda made: spanned(made.p95_us)),
        ("spread: median, µs", lambda made: spanned(made.spread_median_us)),
        ("spread: 95 % below, µs", lambda made: spanned(made.spread_p95_us)),
        ("spread: largest, µs", lambda made: spanned(made.spread_max_us)),
        ("RMS error of all runs, µs", lambda made: spanned(made.all_rms_us)),
        ("packets/s, all peers", lambda made: spanned(made.packets_per_s)),
        ("payload bytes/s, all peers", lambda made: spanned(made.bytes_per_s)),
    ]
    cells = [("", *(side.name for side in sides))]
    cells += [(meaning, *(cell(side.summary) for side in sides)) for meaning, cell in rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    title = (
        f"{rules.peers} peers, `{rules.air}` air, {rules.seconds:g} s a run; errors from "
        f"{rules.after_s:g} s on, of the runs that became one in time unless it says all"
    )
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in cells
    ]
    return [title, *(line.rstrip() for line in lines)]


def number(value: float, digits: int = 0) -> str:
    return f"{value:,.{digits}f}".replace(",", " ")


def spanned(span: Span | None, digits: int = 0) -> str:
    """median (least … most)"""
    if span is None:
        return "–"
    middle, least, most = (number(each, digits) for each in (span.median, span.least, span.most))
    return middle if least == most else f"{middle} ({least} … {most})"


def document(
    rules: Rules, seeds: Sequence[int], ppm: float, sides: Sequence[Side]
) -> dict[str, object]:
    return {
        "bench": "duel",
        "air": rules.air,
        "seeds": list(seeds),
        "peers": rules.peers,
        "seconds": rules.seconds,
        "after_s": rules.after_s,
        "ppm": ppm,
        **{side.key: _side(side) for side in sides},
    }


def _side(side: Side) -> dict[str, object]:
    made = side.summary
    found: dict[str, object] = _rounded(
        {
            **side.notes,
            "success_rate": made.success_rate,
            **asdict(made),
            "run_rows": [
                {
                    **asdict(run.figures),
                    "switch": dict(run.switch),
                    "last_words": dict(run.last_words),
                }
                for run in side.runs
            ],
        }
    )
    return found


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, _DIGITS)
    if isinstance(value, Mapping):
        return {key: _rounded(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(each) for each in value]
    return value
