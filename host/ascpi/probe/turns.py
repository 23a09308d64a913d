"""Rising edges to turns: how far each board's pulse lay from the mean of all, turn by turn.

All boards pulse once a turn, at phase 0. The time line is cut into windows, one for each turn,
half way between the means of two turns that follow each other; so every edge belongs to one turn,
wherever on the circle the boards are. In each window a board has one edge: of two, that nearer
to the mean counts. The mean is the circular one, as phases are compared: for pulses that lie
close together it is the ordinary mean, and it has no seam for those that do not.

Pure: edges in, turns out.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median_low

from ascpi.truth import circular_mean

# Twice: who fires more often than all others cannot move the period, nor a pulse now and then.
REFINEMENTS = 2


@dataclass(frozen=True)
class Front:
    """A rising edge of a board's pulse, give or take `within_us`."""

    board: str
    at_us: float
    within_us: float = 0.0


@dataclass(frozen=True)
class Turn:
    """One turn. `deviations_us`: after the mean is positive, late; in [−½, ½) turn.

    `missing`: boards without an edge; `doubled`: boards with more than one, of which the nearest
    to the mean counts. `within_us`: how sharply the worst edge was seen.
    """

    mean_us: float
    deviations_us: Mapping[str, float]
    missing: frozenset[str]
    doubled: frozenset[str]
    within_us: float

    @property
    def spread_us(self) -> float:
        """From the first edge to the last; 0 for one alone."""
        values = self.deviations_us.values()
        return max(values) - min(values) if values else 0.0


def period_us(fronts: Iterable[Front]) -> float | None:
    """The time of a turn; None while no board has pulsed twice.

    Of each board the median of the times between its pulses, then the median of the boards': one
    that misses pulses, or fires twice a turn, is outvoted. No mean of two values: between one turn
    and two there is none.
    """
    times: dict[str, list[float]] = defaultdict(list)
    for front in fronts:
        times[front.board].append(front.at_us)
    between = [
        median_low([later - earlier for earlier, later in pairwise(of)])
        for of in (sorted(given) for given in times.values())
        if len(of) > 1
    ]
    return median_low(between) if between else None


def turns(
    fronts: Sequence[Front], boards: Iterable[str], turn_us: float | None = None
) -> list[Turn]:
    """All turns from the first edge to the last; the first and the last may be cut.

    `turn_us`: the time of a turn where it is known; else it is taken from the edges.
    """
    period = period_us(fronts) if turn_us is None else turn_us
    if period is None or period <= 0 or not fronts:
        return []
    ordered = sorted(fronts, key=lambda front: front.at_us)
    everyone = frozenset(boards)
    found: list[Turn] = []
    place = 0
    centre = _first_centre(ordered, period)
    while place < len(ordered):
        end = place
        while end < len(ordered) and ordered[end].at_us < centre + period / 2:
            end += 1
        if end == place:
            # Nobody pulsed: on to the window in which the next edge lies.
            centre += max(1, math.ceil((ordered[place].at_us - centre) / period - 0.5)) * period
            continue
        turn = _turn(ordered[place:end], everyone, centre, period)
        found.append(turn)
        centre = turn.mean_us + period
        place = end
    return found


def _first_centre(ordered: Sequence[Front], period: float) -> float:
    """The mean of the first turn: that which lies nearest to the first edges."""
    first = ordered[0].at_us
    early = [front for front in ordered if front.at_us < first + 1.5 * period]
    mean, _ = circular_mean((front.at_us - first) / period % 1.0 for front in early)
    centre = first + mean * period
    # Nothing may lie before the first window.
    return centre if first >= centre - period / 2 else centre - period


def _turn(fronts: Sequence[Front], everyone: frozenset[str], centre: float, period: float) -> Turn:
    """The turn whose edges these are; its mean lies somewhere around `centre`."""
    by_board: dict[str, list[Front]] = defaultdict(list)
    for front in fronts:
        by_board[front.board].append(front)
    chosen: dict[str, Front] = {}
    mean = _mean([front.at_us for front in fronts], centre, period)
    for _ in range(REFINEMENTS):
        chosen = {
            board: min(of, key=lambda front: abs(_arc(front.at_us - mean, period)))
            for board, of in by_board.items()
        }
        mean = _mean([front.at_us for front in chosen.values()], centre, period)
    return Turn(
        mean,
        {board: _arc(front.at_us - mean, period) for board, front in sorted(chosen.items())},
        everyone - chosen.keys(),
        frozenset(board for board, of in by_board.items() if len(of) > 1),
        max(front.within_us for front in chosen.values()),
    )


def _mean(times: Sequence[float], centre: float, period: float) -> float:
    mean, _ = circular_mean((at_us - centre) / period % 1.0 for at_us in times)
    return centre + _arc(mean * period, period)


def _arc(difference: float, period: float) -> float:
    """The shortest way, in [−½, ½) period."""
    return (difference + period / 2) % period - period / 2
