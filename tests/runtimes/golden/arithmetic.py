"""Vectors of sines, means, roots and powers: from float64 and exact integers."""

import cmath
import math
import random
from collections.abc import Callable
from typing import Any

from tests.runtimes.golden import model, oscillator
from tests.runtimes.golden.group import PHASE, Q15, Q20, TICKS, group, harmonic, rounded

# Of an angle: the table's 2·10^-7 turn, and twice 2^-20 of a ratio cut off.
ANGLE_TOLERANCE = 140


def radians(theta: int) -> float:
    return 2 * math.pi * theta / PHASE


def phase(angle: float) -> int:
    return rounded(angle / (2 * math.pi) * PHASE) % PHASE


def phases(dice: random.Random) -> list[list[int]]:
    """Edges of octants and table steps, and others."""
    edges = [octant * (PHASE // 8) + step for octant in range(8) for step in (-1, 0, 1)]
    steps = [1, 2**17 - 1, 2**17, 2**17 + 1, 2**26 - 2**17 - 1]
    drawn = [dice.randrange(PHASE) for _ in range(60)]
    return [[theta % PHASE] for theta in [*edges, *steps, *drawn]]


def vectors(dice: random.Random) -> list[list[int]]:
    """(y, x) along the axes and diagonals, and others of all lengths."""
    made = [[y, x] for y in (-Q20, 0, Q20) for x in (-Q20, 0, Q20) if (y, x) != (0, 0)]
    for _ in range(80):
        size, angle = 2 ** dice.uniform(12, 29), dice.uniform(0, 2 * math.pi)
        made.append([rounded(size * math.sin(angle)), rounded(size * math.cos(angle))])
    return [*made, [2**29, 2**29], [-(2**29), 1], [1, -(2**29)], [1, 2**29]]


def trigonometry(dice: random.Random) -> list[dict[str, Any]]:
    thetas = phases(dice)
    return [
        group("sine", "math.sin", lambda t: rounded(math.sin(radians(t)) * Q20), thetas, 2),
        group("cosine", "math.cos", lambda t: rounded(math.cos(radians(t)) * Q20), thetas, 2),
        group(
            "angle",
            "math.atan2",
            lambda y, x: phase(math.atan2(y, x)),
            vectors(dice),
            ANGLE_TOLERANCE,
            PHASE,
        ),
    ]


def resultant(*thetas: int) -> complex:
    return sum(cmath.exp(1j * radians(theta)) for theta in thetas) / len(thetas)


def direction(*thetas: int) -> int:
    return phase(cmath.phase(resultant(*thetas)))


def means(dice: random.Random) -> list[dict[str, Any]]:
    wide, near = [], []
    for count in (1, 2, 3, 5, 8, 33, 100, 511):
        for _ in range(4):
            centre, half, close = dice.randrange(PHASE), PHASE // 4, PHASE // 100
            wide.append([(centre + dice.randrange(-half, half)) % PHASE for _ in range(count)])
            near.append([dice.randrange(-close, close) for _ in range(count)])
    spread = [[index * PHASE // n for index in range(n)] for n in (2, 3, 4, 8, 9, 64)]
    source = "sum of complex exponentials, float64"
    return [
        group("circular_mean", source, direction, wide, PHASE >> 16, PHASE),
        group("circular_mean near_zero", source, direction, near, ANGLE_TOLERANCE, PHASE),
        group(
            "resultant_length",
            source,
            lambda *thetas: rounded(abs(resultant(*thetas)) * Q15),
            [*wide, *near, *spread],
            2,
        ),
    ]


def singles(values: list[int]) -> list[list[int]]:
    return [[value] for value in values]


def roots_and_powers(dice: random.Random) -> list[dict[str, Any]]:
    exponents = [0, 1, 2, Q15 // 2, Q15, 2 * Q15, 5 * Q15, 11 * Q15 - 1, 11 * Q15, TICKS - 1]
    exponents += [dice.randrange(11 * Q15) for _ in range(60)]
    squares = [n * n + d for n in (1, 2, 181, 16384, 32767) for d in (-1, 0, 1)]
    squares += [0, 2**29, TICKS - 1] + [dice.randrange(TICKS) for _ in range(60)]
    lengths = [0, 1, Q15 // 2, Q15 - 1, Q15] + [dice.randrange(Q15 + 1) for _ in range(40)]
    units = [[0, 0], [0, Q15], [Q15, Q15], [Q15, Q15 - 1], [1, Q15], [1, 1]]
    units += [[dice.randrange(Q15 + 1), dice.randrange(Q15 + 1)] for _ in range(40)]
    below = [pair for pair in units if Q15 not in pair] + [[Q15 - 1, Q15 - 1], [0, 5]]

    def exponential(x: int) -> int:
        return rounded(math.exp(-x / Q15) * Q15)

    def coherence(length: int) -> int:
        return rounded(math.exp(-5 * (1 - length / Q15)) * Q15)

    def halves_up(*pair: int) -> int:
        return harmonic(pair)

    return [
        group("exp_negative", "math.exp", exponential, singles(exponents), 3),
        group("square_root", "math.isqrt", math.isqrt, singles(squares)),
        group("geometric_mean", "math.isqrt", lambda a, b: math.isqrt(a * b), units),
        group("harmonic_mean", "exact fraction, halves up", halves_up, below),
        group("coherence", "math.exp", coherence, singles(lengths), 9),
    ]


MAKERS: tuple[Callable[[random.Random], list[dict[str, Any]]], ...] = (
    trigonometry,
    means,
    roots_and_powers,
    model.circles,
    model.supervision,
    model.fusion,
    oscillator.groups,
)


def groups() -> list[dict[str, Any]]:
    """Every maker has dice of its own, so that a change of one leaves the others' cases alone."""
    return [made for number, maker in enumerate(MAKERS) for made in maker(random.Random(number))]
