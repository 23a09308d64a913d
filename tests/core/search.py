"""Worst cases of the integer arithmetic, looked for instead of hoped for.

    python -m tests.core.search [--rounds 20] [--seed 1]

The sums of `CircularMean` are exact sums of one contribution a phase, so a set of phases can be
changed one at a time in constant time: hill climbing over sets of up to 511 phases is cheap. Every
worst set is put through the real class again before it counts.

`--exhaustive` goes through all 2^26 phases of a quarter wave and gives what no set can exceed:
the error of a mean is at most asin(e/R)/2π + the error of `angle`, with e the largest distance
between a tabled unit vector and the true one, and R the resultant length.
"""

import argparse
import math
import random
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ascpi_core.fixed import ONE, SINE_ONE, SINE_TABLE, TURN, angle
from ascpi_core.phase import UNDEFINED_BELOW, CircularMean, coherence_of

SIZES = (2, 3, 4, 5, 7, 11, 20, 60, 200, 511)
STEPS = 4000
QUARTER = 1 << 26


@dataclass(frozen=True)
class Worst:
    """The largest error found, and the phases (2^-28 turn) that show it."""

    error: float
    phases: tuple[int, ...]

    def __str__(self) -> str:
        shown = ", ".join(str(phase) for phase in self.phases[:4])
        more = " …" if len(self.phases) > 4 else ""
        return f"{self.error:.3g} with {len(self.phases)} phases ({shown}{more})"


Objective = Callable[[CircularMean, float, float], float]
"""(the real object, Σ sin, Σ cos in float64) → the error to make as large as possible."""


def name_of(objective: Objective) -> str:
    return str(getattr(objective, "__name__", objective))


def mean_error(mean: CircularMean, sines: float, cosines: float) -> float:
    """Distance in turns of the mean from the true one; 0 where the mean is undefined."""
    if mean.length() < UNDEFINED_BELOW:
        return 0.0
    true = math.atan2(sines, cosines) / math.tau
    return abs((mean.mean() / TURN - true + 0.5) % 1 - 0.5)


def length_error(mean: CircularMean, sines: float, cosines: float) -> float:
    """Distance of the resultant length from the true one."""
    return abs(mean.length() / ONE - math.hypot(sines, cosines) / mean.count)


def coherence_error(mean: CircularMean, sines: float, cosines: float) -> float:
    """Distance of C from exp(−5·(1 − R))."""
    true = math.exp(-5 * (1 - math.hypot(sines, cosines) / mean.count))
    return abs(coherence_of(mean.length()) / ONE - true)


def summed(phases: list[int]) -> CircularMean:
    """The real class, given these phases."""
    mean = CircularMean()
    mean.add(phases, len(phases))
    return mean


def true_sums(phases: list[int]) -> tuple[float, float]:
    """Σ sin, Σ cos in float64, correctly rounded sums."""
    radians = [math.tau * phase / TURN for phase in phases]
    return math.fsum(map(math.sin, radians)), math.fsum(map(math.cos, radians))


class _Set:
    """A set of phases under change, with its sums kept up."""

    def __init__(self, phases: list[int]) -> None:
        self.phases = phases
        self.mean = summed(phases)
        self.sines, self.cosines = true_sums(phases)

    def replace(self, place: int, phase: int) -> None:
        old, new = summed([self.phases[place]]), summed([phase])
        self.mean._sines += new._sines - old._sines
        self.mean._cosines += new._cosines - old._cosines
        before, after = (math.tau * at / TURN for at in (self.phases[place], phase))
        self.sines += math.sin(after) - math.sin(before)
        self.cosines += math.cos(after) - math.cos(before)
        self.phases[place] = phase


def _start(count: int, chance: random.Random) -> list[int]:
    """Phases that nearly cancel, for there an error of the sums turns the mean furthest."""
    turn = chance.randrange(TURN)
    if chance.random() < 0.3:
        return [chance.randrange(TURN) for _ in range(count)]
    arc = chance.uniform(0.35, 0.5)
    return [
        (turn + round(TURN * (arc * (place % 2) + chance.gauss(0, 0.02)))) % TURN
        for place in range(count)
    ]


def climb(objective: Objective, count: int, seed: int, steps: int = STEPS) -> Worst:
    """Hill climbing by coordinates from one random start: far jumps first, then fine ones."""
    chance = random.Random(f"{name_of(objective)} {count} {seed}")
    state = _Set(_start(count, chance))
    best = objective(state.mean, state.sines, state.cosines)
    for step in range(steps):
        place = chance.randrange(count)
        old = state.phases[place]
        reach = TURN >> chance.randrange(1, 2 + 24 * step // steps)
        state.replace(place, (old + chance.randrange(-reach, reach + 1)) % TURN)
        error = objective(state.mean, state.sines, state.cosines)
        if error >= best:
            best = error
        else:
            state.replace(place, old)
    return Worst(objective(summed(state.phases), *true_sums(state.phases)), tuple(state.phases))


def worst(objective: Objective, rounds: int, seed: int, steps: int = STEPS) -> Worst:
    """The worst of `rounds` climbs for each size of set."""
    found = [
        climb(objective, count, seed * 1000 + number, steps)
        for count in SIZES
        for number in range(rounds)
    ]
    return max(found, key=lambda one: one.error)


def worst_angle(rounds: int, seed: int) -> tuple[float, int, int]:
    """(error in turns, y, x): the largest error of `angle` for vectors of all lengths to 2^29."""
    chance = random.Random(seed)
    best = (0.0, 0, 0)
    for _ in range(rounds):
        size = 1 << chance.randrange(8, 30)
        y, x = chance.randrange(-size, size + 1), chance.randrange(-size, size + 1)
        here = _angle_error(y, x)
        for step in range(400):
            reach = max(1, size >> (1 + step // 16))
            to_y = max(-size, min(size, y + chance.randrange(-reach, reach + 1)))
            to_x = max(-size, min(size, x + chance.randrange(-reach, reach + 1)))
            error = _angle_error(to_y, to_x)
            if error >= here:
                here, y, x = error, to_y, to_x
        best = max(best, (here, y, x))
    return best


def _angle_error(y: int, x: int) -> float:
    if not (x or y):
        return 0.0
    return abs((angle(y, x) / TURN - math.atan2(y, x) / math.tau + 0.5) % 1 - 0.5)


def vector_errors(phases: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """|tabled unit vector − true one| for phases of the first quarter; a copy of the formula in
    `CircularMean.add`, for speed (a test holds the two together)."""
    rising, falling = tabled(phases)
    radians = phases * (math.tau / TURN)
    errors = np.hypot(rising / SINE_ONE - np.sin(radians), falling / SINE_ONE - np.cos(radians))
    return np.asarray(errors, dtype=np.float64)


def tabled(phases: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """(sine, cosine) in Q20 of phases of the first quarter, as `CircularMean.add` has them."""
    table = np.array(SINE_TABLE, dtype=np.int64)
    fraction = phases & 0x1FFFF
    up = (phases >> 17) & 511
    down = 512 - up
    rising = table[up] + (((table[up + 1] - table[up]) * fraction + 0x10000) >> 17)
    falling = table[down] + (((table[down - 1] - table[down]) * fraction + 0x10000) >> 17)
    return rising, falling


def largest_vector_error(stride: int = 1) -> float:
    """The largest of all phases of the quarter (every `stride`-th); all of them take 10 s."""
    largest = 0.0
    chunk = 1 << 22
    for first in range(0, QUARTER, chunk):
        phases = np.arange(first, min(first + chunk, QUARTER), stride, dtype=np.int64)
        largest = max(largest, float(vector_errors(phases).max()))
    return largest


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--exhaustive", action="store_true")
    options = parser.parse_args()
    for objective in (mean_error, length_error, coherence_error):
        print(name_of(objective), worst(objective, options.rounds, options.seed, 4 * STEPS))
    error, y, x = worst_angle(100 * options.rounds, options.seed)
    print(f"angle {error:.3g} turn at y={y} x={x}")
    if options.exhaustive:
        vector = largest_vector_error()
        bound = math.asin(vector * ONE / UNDEFINED_BELOW) / math.tau
        print(f"unit vectors are off by {vector:.4g} at most: a mean by {bound:.3g} + {error:.2g}")


if __name__ == "__main__":
    main()
