"""Who was where at each instant of a grid, and whether all were one. Pure; no I/O.

One: everybody within 0.01 turn of the circular mean, nobody missing, and everybody counting all
the others: two groups that happen to agree are not one. The same for both sides.
"""

import math
from bisect import bisect_right
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ascpi.bench.duel.contender import Sighting
from ascpi.truth import Field, Moment
from ascpi.truth.judge import is_lock

# Two instants to each report of a board, and a phase that Link calculates at each.
GRID_US = 50_000
US_PER_TURN = 1e6

Numbers = npt.NDArray[np.float64]
Wholes = npt.NDArray[np.int64]
Truths = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Recording:
    """Arrays over the instants (µs since all peers were up); deviations (µs, positive ahead of
    the circular mean) have a column for each peer, nan where it was missing."""

    instants_us: Wholes
    deviations_us: Numbers
    one: Truths


class Recorder:
    """`add` sightings as they come, `advance` now and then, `recording` in the end."""

    def __init__(self, peers: int) -> None:
        self.peers = range(1, peers + 1)
        self._field = Field(self.peers, GRID_US)
        self._up_us: dict[int, int] = {}
        # Of each peer: when it said with how many others it is.
        self._said: dict[int, tuple[list[int], list[int]]] = {
            peer: ([], []) for peer in self.peers
        }
        self._moments: list[Moment] = []

    @property
    def silent(self) -> list[int]:
        """Those that have not been seen yet."""
        return [peer for peer in self.peers if peer not in self._up_us]

    @property
    def started_us(self) -> int | None:
        """When the last peer came up; None: one has not. All seconds count from there."""
        return None if self.silent else max(self._up_us.values())

    @property
    def latest(self) -> Moment | None:
        return self._moments[-1] if self._moments else None

    def add(self, sighting: Sighting) -> None:
        self._up_us.setdefault(sighting.peer, sighting.up_us)
        self._field.add(sighting.peer, sighting.true_us, sighting.phase, sighting.epoch)
        times, counts = self._said[sighting.peer]
        if not times or sighting.true_us > times[-1]:
            times.append(sighting.true_us)
            counts.append(sighting.others)

    def advance(self, now_us: int) -> None:
        """Take up all instants that have become certain by now."""
        self._moments.extend(self._field.moments(now_us))

    def is_one(self, moment: Moment) -> bool:
        others = len(self.peers) - 1
        return is_lock(moment) and all(
            self._others(peer, moment.true_us) == others for peer in self.peers
        )

    def recording(self, seconds: float) -> Recording:
        """The instants from the start to `seconds` after it."""
        started_us = self.started_us
        assert started_us is not None, "a run is recorded once all peers are up"
        end_us = started_us + round(seconds * 1e6)
        moments = [each for each in self._moments if started_us <= each.true_us <= end_us]
        rows = [
            [moment.deviations.get(peer, math.nan) * US_PER_TURN for peer in self.peers]
            for moment in moments
        ]
        return Recording(
            np.array([moment.true_us - started_us for moment in moments], np.int64),
            np.array(rows, np.float64).reshape(len(moments), len(self.peers)),
            np.array([self.is_one(moment) for moment in moments], np.bool_),
        )

    def _others(self, peer: int, at_us: int) -> int | None:
        """By the last word at or before that instant."""
        times, counts = self._said[peer]
        index = bisect_right(times, at_us) - 1
        return None if index < 0 else counts[index]
