"""All nodes' phases at common instants: a grid over true time, each instant seen once."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ascpi.truth.circle import arc, circular_mean, coherence
from ascpi.truth.track import NOMINAL_RATE_MHZ, SILENT_AFTER_US, Track

# Two and a half instants to each supervision step of 50 ms.
GRID_US = 20_000


@dataclass(frozen=True)
class Moment:
    """Where everyone was. `deviations`: from the circular mean, in turns, positive ahead of it.

    `missing`: nodes that had no phase, as they were not up yet or had fallen silent.
    """

    true_us: int
    phases: Mapping[int, float]
    deviations: Mapping[int, float]
    missing: frozenset[int]
    mean: float
    length: float

    @property
    def coherence(self) -> float:
        return coherence(self.length)

    @property
    def worst(self) -> float:
        """The largest |deviation| in turns."""
        return max((abs(value) for value in self.deviations.values()), default=0.0)


class Field:
    """`add` reports as they come; `moments` gives the instants that they have made certain."""

    def __init__(
        self,
        nodes: Iterable[int],
        grid_us: int = GRID_US,
        rate_mhz: int = NOMINAL_RATE_MHZ,
        silent_after_us: int = SILENT_AFTER_US,
    ) -> None:
        self.tracks = {node: Track(rate_mhz, silent_after_us) for node in nodes}
        self.grid_us = grid_us
        self._silent_after_us = silent_after_us
        self._next_us: int | None = None

    def add(self, node: int, true_us: int, phase: float, epoch: int = 0) -> None:
        self.tracks[node].add(true_us, phase, epoch)
        if self._next_us is None:
            self._next_us = -(-true_us // self.grid_us) * self.grid_us

    def at(self, true_us: int) -> Moment:
        """Everyone at one instant, by the nominal rate where reports are still to come."""
        found = {node: track.at(true_us) for node, track in self.tracks.items()}
        phases = {node: phase for node, phase in found.items() if phase is not None}
        mean, length = circular_mean(phases.values())
        return Moment(
            true_us,
            phases,
            {node: arc(phase, mean) for node, phase in phases.items()},
            frozenset(found.keys() - phases.keys()),
            mean,
            length,
        )

    def moments(self, now_us: int) -> Iterator[Moment]:
        """The next instants of the grid for which all reports are in, or will not come."""
        if self._next_us is None:
            return
        until_us = self.certain_until_us(now_us)
        while self._next_us <= until_us:
            yield self.at(self._next_us)
            self._next_us += self.grid_us

    def certain_until_us(self, now_us: int) -> int:
        """No report yet to come changes what was before. A node is waited for only so long."""
        patience_us = now_us - self._silent_after_us
        last = [track.last_us for track in self.tracks.values()]
        return max(patience_us, min(patience_us if at is None else at for at in last))
