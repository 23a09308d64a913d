"""Pulses of several boards, put together turn by turn: what an oscilloscope would show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class PulseTurn:
    """The front of each board's pulse in one turn, in µs of the common clock."""

    fronts_us: Mapping[str, int]

    @property
    def spread_us(self) -> int:
        """From the first front to the last."""
        return max(self.fronts_us.values()) - min(self.fronts_us.values())


def complete_turns(fronts: Mapping[str, Sequence[int]], turn_us: float) -> list[PulseTurn]:
    """Turns in which each board gave exactly one pulse; fronts of one turn lie within half of it
    from the first of them."""
    ordered = sorted((at_us, name) for name, times in fronts.items() for at_us in times)
    turns: list[list[tuple[int, str]]] = []
    for at_us, name in ordered:
        if not turns or at_us - turns[-1][0][0] > turn_us / 2:
            turns.append([])
        turns[-1].append((at_us, name))
    return [
        PulseTurn({name: at_us for at_us, name in turn})
        for turn in turns
        if len(turn) == len(fronts) and len({name for _, name in turn}) == len(fronts)
    ]


def typical_spread_us(turns: Sequence[PulseTurn]) -> float:
    """How far the boards' fronts lie apart, in µs: of each the median over the turns.

    A board's own front may be late in one turn and not in the next, where a computer that runs
    several boards had another one's to do; where its phase is, they are all.
    """
    # In each turn against the middle of them all: the field's own phase.
    middles = [median(turn.fronts_us.values()) for turn in turns]
    typical = [
        median(turn.fronts_us[name] - middle for turn, middle in zip(turns, middles, strict=True))
        for name in turns[0].fronts_us
    ]
    return max(typical) - min(typical)
