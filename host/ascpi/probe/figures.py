"""The figures over many turns that the table shows and --json writes."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from statistics import fmean, median, pstdev

from ascpi.probe.turns import Turn


@dataclass(frozen=True)
class BoardFigures:
    """All in µs but the counts. `mean_us`: how late its pulse is on average, against the mean of
    all; `jitter_us`: the standard deviation around that; `last_us`: in the newest turn."""

    pin: int
    count: int
    missing: int
    doubled: int
    last_us: float | None
    mean_us: float | None
    jitter_us: float | None
    rms_us: float | None
    worst_us: float | None


@dataclass(frozen=True)
class Figures:
    """Over all boards; `spread_…`: from the first edge to the last, in turns with all boards."""

    turns: int
    complete: int
    period_us: float | None
    rms_us: float | None
    spread_median_us: float | None
    spread_p95_us: float | None
    spread_last_us: float | None
    within_median_us: float | None
    boards: Mapping[str, BoardFigures]

    def as_json(self) -> dict[str, object]:
        """Everything, rounded to what can be told."""
        return _rounded(asdict(self))


def figures(turns: Sequence[Turn], pins: Mapping[str, int]) -> Figures:
    """Of the boards with these pins. A turn in which only one was seen says nothing of them."""
    told = [turn for turn in turns if len(turn.deviations_us) > 1]
    complete = [turn for turn in told if not turn.missing & pins.keys()]
    spreads = sorted(turn.spread_us for turn in complete)
    every = [value for turn in told for value in turn.deviations_us.values()]
    between = [later.mean_us - earlier.mean_us for earlier, later in pairwise(turns)]
    return Figures(
        turns=len(turns),
        complete=len(complete),
        period_us=median(between) if between else None,
        rms_us=_rms(every),
        spread_median_us=median(spreads) if spreads else None,
        spread_p95_us=spreads[math.ceil(0.95 * len(spreads)) - 1] if spreads else None,
        spread_last_us=complete[-1].spread_us if complete else None,
        within_median_us=median(turn.within_us for turn in told) if told else None,
        boards={board: _of_board(board, pin, told) for board, pin in pins.items()},
    )


def _of_board(board: str, pin: int, turns: Sequence[Turn]) -> BoardFigures:
    values = [turn.deviations_us[board] for turn in turns if board in turn.deviations_us]
    return BoardFigures(
        pin=pin,
        count=len(values),
        missing=sum(board in turn.missing for turn in turns),
        doubled=sum(board in turn.doubled for turn in turns),
        last_us=turns[-1].deviations_us.get(board) if turns else None,
        mean_us=fmean(values) if values else None,
        jitter_us=pstdev(values) if len(values) > 1 else None,
        rms_us=_rms(values),
        worst_us=max(values, key=abs) if values else None,
    )


def _rms(values: Sequence[float]) -> float | None:
    return math.sqrt(fmean(value * value for value in values)) if values else None


def _rounded(value: object) -> dict[str, object]:
    assert isinstance(value, dict)
    return {
        name: _rounded(of)
        if isinstance(of, dict)
        else round(of, 1)
        if isinstance(of, float)
        else of
        for name, of in value.items()
    }
