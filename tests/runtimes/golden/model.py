"""Vectors of the model's rules: arcs, bands, the law of the supervisor, fusion. All exact."""

import math
import random
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from tests.runtimes.golden.group import PHASE, Q15, TICKS, group, harmonic, rounded, shortest

EXACT = "exact integers"


def pairs(dice: random.Random, period: int) -> list[list[int]]:
    """Edges of a circle with each other, and others."""
    half = period // 2
    edges = [0, 1, half - 1, half, half + 1, period - 1]
    drawn = [[dice.randrange(period), dice.randrange(period)] for _ in range(40)]
    return [[a, b] for a in edges for b in edges] + drawn


def circles(dice: random.Random) -> list[dict[str, Any]]:
    phases, moments = pairs(dice, PHASE), pairs(dice, TICKS)
    spans = (-(2**29) + 1, -1, 0, 1, 50_000, 2**29 - 1)
    sums = [
        [ticks, span] for ticks in dict.fromkeys(pair[0] for pair in moments) for span in spans
    ]
    ratios = [[0, 1], [24, 100], [81, 100], [1, 3], [2, 3], [999_999, 1_000_000], [1, 2**29]]
    return [
        group("arc", EXACT, lambda a, b: shortest(a, b, PHASE), phases),
        group("midpoint", EXACT, midpoint, phases),
        group("ticks_diff", EXACT, lambda a, b: shortest(a, b, TICKS), moments),
        group("ticks_add", EXACT, lambda ticks, span: (ticks + span) % TICKS, sums),
        group(
            "phase_from_ratio", EXACT, lambda n, d: rounded(Fraction(n * PHASE, d)) % PHASE, ratios
        ),
        group("unit_from_ratio", EXACT, lambda n, d: rounded(Fraction(n * Q15, d)), ratios),
    ]


def midpoint(one: int, other: int) -> int:
    return (other + shortest(one, other, PHASE) // 2) % PHASE


def bands(*values: int) -> list[int]:
    """The table of the model: 0.30, 0.60, 0.75; an edge is passed 0.02 beyond it."""
    edges = [Fraction(edge, 100) for edge in (30, 60, 75)]
    margin = Fraction(2, 100)
    shown, band = [], 0
    for value in values:
        c = Fraction(value, Q15)
        while band < 3 and c > edges[band] + margin:
            band += 1
        while band > 0 and c < edges[band - 1] - margin:
            band -= 1
        shown.append(band)
    return shown


# Coherence in thousandths, on either side of each edge with its margin.
CLIMBING = (0, 300, 318, 322, 301, 278, 282, 622, 500, 772, 740, 728, 1000, 570, 10)


def supervision(dice: random.Random) -> list[dict[str, Any]]:
    near = [-PHASE // 64, PHASE // 64, PHASE // 64 + 1, -1, 0, 1, 50]
    errors = [-PHASE // 2, PHASE // 2 - 1, *near]
    drawn = [dice.randrange(-PHASE // 2, PHASE // 2) for _ in range(30)]
    alphas = (1, 100, 2500, 10_000)
    steps = [[error, alpha] for error in [*errors, *drawn] for alpha in alphas]
    gears = [[error, *alphas] for error in errors for alphas in ((100, 2500), (1, 1), (2000, 500))]
    climbing = [rounded(Fraction(c * Q15, 1000)) for c in CLIMBING]
    wandering = [dice.randrange(Q15 + 1) for _ in range(30)]

    def law(error: int, alpha: int) -> int:
        return rounded(Fraction(error * alpha, 10_000))

    def gear(error: int, alpha: int, acquire: int) -> int:
        return max(alpha, acquire if abs(error) > PHASE // 64 else min(1000, acquire))

    return [
        group("correction", "exact fraction, halves up", law, steps),
        group("gear", "the rule", gear, gears),
        group("bands", "the model's table, exact fractions", bands, [climbing, wandering]),
    ]


def fused(*v: int) -> list[int]:
    """ΔΦ, κ, θ, C of two nodes."""
    mean = rounded(Fraction(v[0] + v[1], 2))
    return [mean, harmonic(v[2:4]), midpoint(v[4], v[5]), math.isqrt(v[6] * v[7])]


def field(*nodes: Sequence[int]) -> list[int]:
    """ΔΦ and κ of many."""
    tension = Fraction(sum(dphi for dphi, _ in nodes), len(nodes))
    return [rounded(tension), harmonic([kappa for _, kappa in nodes])]


def fusion(dice: random.Random) -> list[dict[str, Any]]:
    def drawn(*limits: int) -> list[int]:
        return [dice.randrange(limit) for limit in limits]

    # The source's first event: ΔΦ 0.19 and 0.10, κ 0.11 and 0.18, θ 0.24 and 0.81.
    first = [rounded(Fraction(n * Q15, 100)) for n in (19, 10, 11, 18)]
    first += [rounded(Fraction(n * PHASE, 100)) for n in (24, 81)] + [Q15 // 2, Q15 // 8]
    limits = (Q15, Q15, Q15, Q15, PHASE, PHASE, Q15 + 1, Q15 + 1)
    meetings = [first, *(drawn(*limits) for _ in range(30))]
    fields = [[drawn(Q15, Q15) for _ in range(count)] for count in (1, 2, 3, 8, 33, 200)]
    fields += [[[Q15 - 1, Q15 - 1]] * 511, [[5, 0], [7, Q15 // 2]], [[100, 512]] * 511]
    means = "mean, harmonic mean, circular midpoint, root of the product; exact"
    return [
        group("fuse", means, fused, meetings),
        group("field_mean", "exact fractions", field, fields, 1),
    ]
