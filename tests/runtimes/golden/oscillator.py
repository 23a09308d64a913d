"""Vectors of the oscillator: its phase is one long integer, where the core has three short."""

import random
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from tests.runtimes.golden.group import PHASE, TICKS, group, rounded, shortest

RATES_MHZ = (10, 333, 1000, 3000, 10_000)
TRIM_MAXIMUM = 1 << 24

# Steps of supervision; over the wrap; long silence; a clock that steps back a little and a lot.
SPANS_US = (
    [50_000] * 12,
    [1, 2, 3, 65_535, 65_536, 65_537, 999_999, 50_000],
    [2**29 - 1, 2**29 - 1, 2**29 - 1, 7],
    [50_000, -20_000, 50_000, -65_535, -65_537, -(2**28), 50_000, 0],
)

EXACT = "exact integers of 54 fractional bits"


def rate_word(rate_mhz: int) -> int:
    """The rate in turns per µs times 2^54, to the nearest."""
    return rounded(Fraction(rate_mhz << 54, 10**9))


def played(rate_mhz: int, start: int, theta: int, calls: Sequence[Sequence[Any]]) -> list[int]:
    """The phase after each call; see tests/runtimes/guest/arithmetic.py."""
    word, trim, ticks = rate_word(rate_mhz), 0, start
    total = theta << 26
    shown = []
    for call in calls:
        span = shortest(call[-1], ticks, TICKS)
        # A clock that went back by 65 ms or more has told nothing of how much time passed.
        if span > -(1 << 16):
            total += span * (word + trim)
        ticks = call[-1]
        if call[0] == "trim":
            trim = max(-TRIM_MAXIMUM, min(TRIM_MAXIMUM, call[1]))
        shown.append((total >> 26) % PHASE)
    return shown


def scripts(dice: random.Random) -> list[list[Any]]:
    made = []
    for rate_mhz in RATES_MHZ:
        for spans_us in SPANS_US:
            start, theta = dice.randrange(TICKS), dice.randrange(PHASE)
            now = start
            calls: list[list[Any]] = []
            for span_us in spans_us:
                now = (now + span_us) % TICKS
                calls.append(["advance", now])
                if dice.random() < 0.3:
                    calls.append(["trim", dice.randrange(-(1 << 25), 1 << 25), now])
            made.append([rate_mhz, start, theta, calls])
    return made


def at(rate_mhz: int, start: int, theta: int, now: int) -> int:
    return (((theta << 26) + shortest(now, start, TICKS) * rate_word(rate_mhz)) >> 26) % PHASE


def moments(dice: random.Random) -> list[list[int]]:
    """Up to 16.7 s later, or a second earlier."""
    made = []
    for _ in range(60):
        start = dice.randrange(TICKS)
        later = (dice.randrange(1 << 24), dice.randrange(1 << 16), -dice.randrange(1 << 20))
        now = (start + dice.choice(later)) % TICKS
        made.append([dice.choice(RATES_MHZ), start, dice.randrange(PHASE), now])
    return made


def duration(rate_mhz: int, arc: int) -> int:
    return rounded(Fraction(arc * 10**9, PHASE * rate_mhz))


def arcs(dice: random.Random) -> list[list[int]]:
    return [
        [rate_mhz, arc]
        for rate_mhz in RATES_MHZ
        for arc in (0, 1, PHASE // 2, PHASE - 1, dice.randrange(PHASE), -dice.randrange(PHASE))
    ]


def skews(dice: random.Random, rate_mhz: int) -> list[list[int]]:
    edges = [0, 1, -1, (1 << 18) - 1, 1 - (1 << 18)]
    drawn = [dice.randrange(-(1 << 18) + 1, 1 << 18) for _ in range(5)]
    return [[rate_mhz, skew] for skew in [*edges, *drawn]]


def groups(dice: random.Random) -> list[dict[str, Any]]:
    times_us = [0, 1, 65_535, 65_536, 2**24 - 1] + [dice.randrange(1 << 24) for _ in range(8)]
    spans = [[rate_mhz, time_us] for rate_mhz in RATES_MHZ for time_us in times_us]
    made = [
        group("oscillator", EXACT, played, scripts(dice), 0, PHASE),
        group("oscillator_at", EXACT, at, moments(dice), 10, PHASE),
        group("oscillator_span", EXACT, lambda rate, us: at(rate, 0, 0, us), spans, 10, PHASE),
        group("oscillator_duration", "exact fractions", duration, arcs(dice), 2),
    ]
    for rate_mhz in RATES_MHZ:
        made.append(
            group(
                f"oscillator_drift_of_skew {rate_mhz}",
                "exact integers",
                lambda rate, skew: skew * rate_word(rate) >> 30,
                skews(dice, rate_mhz),
                # A thousandth of the largest.
                (rate_word(rate_mhz) >> 12) // 1000 + 1,
            )
        )
    return made
