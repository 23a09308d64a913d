"""What two nodes know of each other's clocks: every packet between many pairs at once.

Time is the listening node's own clock, in µs from the start, so its ticks are the time in whole
µs; the other's clock is ahead by an offset that begins at 0 and drifts. Estimators learn it from
differences of timestamps alone, and where it begins is nothing to them.

The noise is that of `ascpi.air` (the same presets), drawn by NumPy for all pairs together.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ascpi.air.noise import PER_MILLION
from ascpi.air.preset import Preset

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Truths = NDArray[np.bool_]

JITTER = 0.25
"""A beacon is sent up to a quarter of the period before or after its time."""

LATENESS_MEDIAN_US = 50.0
LATENESS_P95_US = 200.0
_P95_DEVIATES = 1.6449
LATENESS_SPREAD = float(np.log(LATENESS_P95_US / LATENESS_MEDIAN_US)) / _P95_DEVIATES
"""Standard deviation of the logarithm."""

DRIFT_PERIOD_US = 600e6
"""A room's heating, on and off."""


@dataclass(frozen=True)
class Setting:
    """Two nodes out of a field of `nodes`; rates in packets/s, frequencies in ppm."""

    air: Preset
    poll_us: int = 0
    # Whether the relay and the receiving process are scheduled late, as on a computer.
    late: bool = True
    rate_hz: float = 10.0
    crystal_ppm: float = 40.0
    nodes: int = 8
    seconds: float = 120.0
    # Each crystal's frequency moves that much either way.
    drift_ppm: float = 0.0
    # The other's frequency steps by that much at that time.
    step_ppm: float = 0.0
    step_s: float = 0.0
    pairs: int = 2000
    seed: int = 1


@dataclass(frozen=True)
class Clocks:
    """How the other's clock stands to the listener's; one row a pair."""

    skew_ppm: Floats
    phases: Floats
    setting: Setting

    def offset_us(self, at_us: Floats) -> Floats:
        """At the listener's times, one row a pair."""
        setting = self.setting
        offset: Floats = 1e-6 * self.skew_ppm[:, None] * at_us
        if setting.drift_ppm:
            turn = 2 * np.pi / DRIFT_PERIOD_US
            for sign, phase in ((1, self.phases[0]), (-1, self.phases[1])):
                swing = np.sin(turn * at_us + phase[:, None]) - np.sin(phase[:, None])
                offset = offset + sign * 1e-6 * setting.drift_ppm / turn * swing
        since_us = np.maximum(0.0, at_us - 1e6 * setting.step_s)
        return offset + 1e-6 * setting.step_ppm * since_us

    def offset_at(self, at_us: float) -> Floats:
        """At one time, for every pair."""
        return self.offset_us(np.full((len(self.skew_ppm), 1), at_us))[:, 0]

    def skew_at(self, at_us: float) -> Floats:
        """In ppm."""
        setting = self.setting
        swing = np.cos(2 * np.pi / DRIFT_PERIOD_US * at_us + self.phases)
        stepped = setting.step_ppm if at_us >= 1e6 * setting.step_s else 0.0
        skew: Floats = self.skew_ppm + setting.drift_ppm * (swing[0] - swing[1]) + stepped
        return skew


@dataclass(frozen=True)
class Points:
    """One direction: `value_us` belongs to the time `at_us` and was known from `known_us` on.

    All in the listener's ticks; infinite `known_us`: never. One row a pair, in the order of the
    packets. `period_us` is the mean time between two points.
    """

    at_us: Floats
    value_us: Floats
    known_us: Floats
    period_us: float


@dataclass(frozen=True)
class Exchange:
    """What one node learned of one other, for each pair.

    heard:     other's timestamp − our ticks when heard    = offset − delay
    echoed:    other's ticks when heard − our timestamp    = offset + delay, of the fastest packet
    answered:  likewise, but of the last packet heard before the echo
    all_heard: likewise, of every packet: more than anybody is told
    """

    clocks: Clocks
    heard: Points
    echoed: Points
    answered: Points
    all_heard: Points

    @property
    def pairs(self) -> int:
        return len(self.heard.at_us)


@dataclass(frozen=True)
class _Passage:
    """Packets of one node: when it sent each and when the other read its clock (infinite: lost),
    in true time; `offset_us` of receiver's clock to sender's then is added by who looks."""

    sent_us: Floats
    arrived_us: Floats


def draw(setting: Setting) -> Exchange:
    """The same for the same setting."""
    return draw_both(setting)[0]


def draw_both(setting: Setting) -> tuple[Exchange, Exchange]:
    """The same packets as the one node sees them, and as the other does.

    The other's own clock takes the part of true time then: 40 ppm of a delay is nothing.
    """
    dice = np.random.default_rng(setting.seed)
    crystals = dice.uniform(-setting.crystal_ppm, setting.crystal_ppm, (2, setting.pairs))
    phases = dice.uniform(0, 2 * np.pi, (2, setting.pairs))
    theirs, ours = (_passage(dice, setting) for _ in range(2))
    clocks = Clocks(crystals[0] - crystals[1], phases, setting)
    # The other way round all is reversed, the step of the frequency too.
    mirrored = _Mirrored(-clocks.skew_ppm, phases[::-1], setting)
    return _seen(setting, clocks, theirs, ours), _seen(setting, mirrored, ours, theirs)


class _Mirrored(Clocks):
    def offset_us(self, at_us: Floats) -> Floats:
        stepped = 2e-6 * self.setting.step_ppm * np.maximum(0.0, at_us - 1e6 * self.setting.step_s)
        return super().offset_us(at_us) - stepped

    def skew_at(self, at_us: float) -> Floats:
        stepped = self.setting.step_ppm if at_us >= 1e6 * self.setting.step_s else 0.0
        return super().skew_at(at_us) - 2 * stepped


def _passage(dice: np.random.Generator, setting: Setting) -> _Passage:
    period_us = 1e6 / setting.rate_hz
    count = int(setting.seconds * setting.rate_hz) + 2
    first_us = dice.uniform(0, period_us, (setting.pairs, 1))
    jitter = dice.uniform(-JITTER, JITTER, (setting.pairs, count))
    sent_us = first_us + period_us * (np.arange(count) + jitter)
    return _Passage(sent_us, _arrivals(dice, sent_us, setting))


def _seen(setting: Setting, clocks: Clocks, theirs: _Passage, ours: _Passage) -> Exchange:
    period_us, every = 1e6 / setting.rate_hz, setting.nodes - 1
    heard_us = np.floor(theirs.arrived_us)
    stamps = np.floor(theirs.sent_us + clocks.offset_us(theirs.sent_us))
    heard = Points(_finite(heard_us), stamps - _finite(heard_us), heard_us, period_us)
    reached_us, sent_us = _finite(ours.arrived_us), np.floor(ours.sent_us)
    values = np.floor(reached_us + clocks.offset_us(reached_us)) - sent_us
    # The other judges by its own line, which has the skew from the first seconds on.
    lateness = values - clocks.offset_us(ours.sent_us)
    echoing_us, back_us = theirs.sent_us[:, ::every], heard_us[:, ::every]
    rounds = _rounds(ours.arrived_us, echoing_us)

    def echoes(key: Floats) -> Points:
        chosen = _chosen(key, rounds, echoing_us.shape[1])
        index = np.maximum(chosen, 0)
        return Points(
            np.take_along_axis(sent_us, index, 1),
            np.take_along_axis(values, index, 1),
            np.where(chosen >= 0, back_us, np.inf),
            period_us * every,
        )

    all_heard = Points(sent_us, values, ours.arrived_us, period_us)
    return Exchange(clocks, heard, echoes(lateness), echoes(-reached_us), all_heard)


def _finite(values: Floats) -> Floats:
    return np.where(np.isfinite(values), values, 0.0)


def _arrivals(dice: np.random.Generator, sent_us: Floats, setting: Setting) -> Floats:
    """When the receiver reads its clock for each; infinite: lost."""
    air, shape = setting.air, sent_us.shape
    at_us: Floats = sent_us + air.base_delay_us + dice.exponential(air.jitter_mean_us, shape)
    spiked = dice.random(shape) < air.spike_per_million / PER_MILLION
    at_us += spiked * dice.uniform(0, max(air.spike_max_us, 1), shape)
    if setting.late:
        at_us += _lateness(dice, shape)
    if air.beacon_interval_us:
        phase_us = dice.uniform(0, air.beacon_interval_us, (shape[0], 1))
        beacons = np.ceil((at_us - phase_us) / air.beacon_interval_us)
        at_us = phase_us + air.beacon_interval_us * beacons
    lost = dice.random(shape) < air.loss_per_million / PER_MILLION
    if not air.reorder:
        at_us = np.maximum.accumulate(np.where(lost, 0.0, at_us), axis=1)
    if setting.late:
        at_us = at_us + _lateness(dice, shape)
    if setting.poll_us:
        at_us = at_us + dice.uniform(0, setting.poll_us, shape)
    return np.where(lost, np.inf, at_us)


def _lateness(dice: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    return dice.lognormal(np.log(LATENESS_MEDIAN_US), LATENESS_SPREAD, shape)


def _rounds(reached_us: Floats, echoing_us: Floats) -> Integers:
    """For each packet, which of the other's echoes to us is the first after it; −1: none."""
    found = np.full(reached_us.shape, -1, np.int64)
    for row in range(len(reached_us)):
        found[row] = np.searchsorted(echoing_us[row], reached_us[row])
    return np.where(np.isfinite(reached_us) & (found < echoing_us.shape[1]), found, -1)


def _chosen(key: Floats, rounds: Integers, count: int) -> Integers:
    """For each echo, the packet of its round with the least key; −1: none was heard."""
    rows, columns = np.nonzero(rounds >= 0)
    cell = rows * count + rounds[rows, columns]
    order = np.lexsort((key[rows, columns], cell))
    cells, first = np.unique(cell[order], return_index=True)
    chosen = np.full(len(key) * count, -1, np.int64)
    chosen[cells] = columns[order][first]
    return chosen.reshape(len(key), count)
