"""Where all boards' phases were, on one clock, and how well that is known.

Each board's reports are placed on the common clock as they are heard, or its pulses are, where a
probe sees all of them: a pulse is a report of phase 0. Every sighting says how far off the worst
known phase may be. It is the bound of what can be said, not a deviation of what was measured.
"""

import queue
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from ascpi.hil.board import Board
from ascpi.hil.transcript import Heard
from ascpi.truth import Field, Moment, arc, circular_mean, coherence
from ascpi.virtual import true_us

# Instants kept: three minutes.
KEPT = 9000
# A board is silent once so many of its reports are missing, but never sooner than a second.
REPORTS_MISSED = 2.5
SILENT_LEAST_US = 1_000_000


@dataclass(frozen=True)
class Sighting:
    """All boards at one instant: phases in turns; how well each is known, in µs.

    `missing`: boards that were off, silent or not up yet.
    """

    true_us: int
    phases: Mapping[str, float]
    within_us: Mapping[str, float]
    missing: frozenset[str]
    turn_us: float

    def among(self, names: Sequence[str]) -> "Seen":
        """What it says of some of the boards."""
        phases = {name: self.phases[name] for name in names if name in self.phases}
        mean, length = circular_mean(phases.values())
        errors = {name: arc(phase, mean) * self.turn_us for name, phase in phases.items()}
        return Seen(
            self.true_us,
            errors,
            coherence(length) if len(phases) > 1 else 0.0,
            _uncertainty_us([self.within_us[name] for name in phases]),
            tuple(name for name in names if name not in phases),
            mean,
        )


@dataclass(frozen=True)
class Seen:
    """`errors_us`: ahead of the mean of these boards; each known to `uncertain_us`."""

    true_us: int
    errors_us: Mapping[str, float]
    coherence: float
    uncertain_us: float
    missing: tuple[str, ...]
    mean: float

    @property
    def worst_us(self) -> float:
        return max((abs(error) for error in self.errors_us.values()), default=0.0)

    @property
    def spread_us(self) -> float:
        """From the last board to the first."""
        values = self.errors_us.values()
        return max(values) - min(values) if values else 0.0


def _uncertainty_us(within_us: Sequence[float]) -> float:
    """Of a deviation from the mean: a board's own bound, and the others' by their part in it."""
    count = len(within_us)
    if not count:
        return 0.0
    return max(own * (count - 1) / count + (sum(within_us) - own) / count for own in within_us)


class Watch:
    """Fed by the boards' threads; `look` brings `sightings` up to date."""

    def __init__(self, boards: Sequence[Board], by_pulses: bool = False) -> None:
        self.sightings: deque[Sighting] = deque(maxlen=KEPT)
        self._boards = list(boards)
        self._by_pulses = by_pulses
        self._taken = [0] * len(boards)
        self._placed: queue.SimpleQueue[tuple[int, int, float, float, int]] = queue.SimpleQueue()
        # A phase between two reports is known as well as the worse of the two.
        self._within_us: dict[str, deque[float]] = {
            board.name: deque([0.0], maxlen=2) for board in boards
        }
        rate_mhz = boards[0].rate_mhz
        self.turn_us = 1e9 / rate_mhz
        slowest_ms = max(
            *(board.report_ms for board in boards), self.turn_us / 1000 if by_pulses else 0
        )
        silent_us = max(SILENT_LEAST_US, round(REPORTS_MISSED * slowest_ms * 1000))
        self._field = Field(range(len(boards)), rate_mhz=rate_mhz, silent_after_us=silent_us)
        for index, board in enumerate(boards):
            board.transcript.on_line(partial(self._take, index))

    def look(self) -> None:
        """Take what has come in since, in its order."""
        if self._by_pulses:
            self._take_pulses()
        while not self._placed.empty():
            index, at_us, phase, within_us, epoch = self._placed.get()
            # What is certain without this report is kept before it is taken: tracks are short.
            self._advance(at_us)
            self._field.add(index, at_us, phase, epoch)
            self._within_us[self._boards[index].name].append(within_us)
        self._advance(true_us())

    def _take(self, index: int, heard: Heard) -> None:
        """In the board's thread, as its clock is known best now."""
        board, report = self._boards[index], heard.report
        if report is None or self._by_pulses:
            return
        placed = board.place(heard)
        if placed is not None:
            self._placed.put((index, placed.true_us, report.theta, placed.within_us, report.epoch))

    def _take_pulses(self) -> None:
        for index, board in enumerate(self._boards):
            source = board.pulse_source
            assert source is not None, "asked for by whoever has them"
            pulses, self._taken[index] = source.pulses(board.mac, self._taken[index])
            phase = -board.phase_offset % 1.0
            for pulse in pulses:
                placed = (index, pulse.true_us, phase, pulse.within_us, board.epoch)
                self._placed.put(placed)

    def _advance(self, now_us: int) -> None:
        for moment in self._field.moments(now_us):
            self.sightings.append(self._sighting(moment))

    def _sighting(self, moment: Moment) -> Sighting:
        names = [board.name for board in self._boards]
        return Sighting(
            moment.true_us,
            {names[index]: phase for index, phase in moment.phases.items()},
            {name: max(both) for name, both in self._within_us.items()},
            frozenset(names[index] for index in moment.missing),
            self.turn_us,
        )
