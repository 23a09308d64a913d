"""All candidates on the same packets: what each is, what it costs, and how far it is off."""

import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np

from ascpi.bench.estimators import core, lines, roundtrips, yardstick
from ascpi.bench.estimators.blocks import Fit, Fitter, Plan, watched
from ascpi.bench.estimators.exchange import Exchange, Floats, Setting, draw
from ascpi.bench.estimators.integer import Integer
from ascpi.bench.estimators.soft import Soft
from ascpi.bench.estimators.watchful import Watchful

TIMES_S = (5.0, 10.0, 20.0, 30.0, 60.0, 120.0)
SOFTNESS_US = 92.0
ENVELOPE_PLAN = Plan(8, float(1 << 22), float(1 << 22))
"""Two blocks for the edges, eight for the slope, as the project once had it."""


@dataclass(frozen=True)
class Candidate:
    """What a board would pay: numbers kept for each peer, operations for each packet and fit.

    An operation is a multiply-add with its loads, or a comparison with a store.
    """

    key: str
    meaning: str
    numbers: int
    packet_operations: int
    fit_operations: int


@dataclass(frozen=True)
class Score:
    """Errors at one time; µs and ppm. `coverage`: how often the claimed bound held."""

    time_s: float
    rms_us: float
    p99_us: float
    skew_ppm: float
    coverage: float | None
    bound_us: float | None


@dataclass(frozen=True)
class Result:
    candidate: Candidate
    pairs: int
    scores: tuple[Score, ...]

    def as_json(self) -> dict[str, object]:
        return asdict(self)


Fits = dict[float, Fit]


def times_us(setting: Setting) -> list[float]:
    """Those that the setting reaches."""
    return [1e6 * time_s for time_s in TIMES_S if time_s <= setting.seconds]


def carried(fit: Fit, elapsed_us: float) -> Fit:
    return Fit(fit.offset_us + fit.skew * elapsed_us, fit.skew, fit.bound_us)


def block_fits(exchange: Exchange, plan: Plan, fitter: Fitter, times: list[float]) -> Fits:
    """At each time the last line before it, carried on: a board does no better."""
    found: Fits = {}
    left = list(times)
    last: tuple[float, Fit] | None = None
    with warnings.catch_warnings(), np.errstate(invalid="ignore"):
        for now_us, _, fit in watched(exchange, plan, fitter, max(times) + plan.block_us):
            while left and left[0] < now_us and last is not None:
                found[left[0]] = carried(last[1], left[0] - last[0])
                left.pop(0)
            last = now_us, fit
    return found


def trip_fits(exchange: Exchange, estimator: roundtrips.Estimator, times: list[float]) -> Fits:
    trips = roundtrips.round_trips(exchange)
    with warnings.catch_warnings():
        # A pair whose first echoes were all lost knows nothing, and its mean is NaN.
        warnings.simplefilter("ignore", RuntimeWarning)
        return {time: lines.unclaimed(*estimator(trips, time)) for time in times}


def scored(exchange: Exchange, fits: Fits) -> tuple[Score, ...]:
    scores = []
    for time_us, fit in fits.items():
        pairs = len(fit.offset_us)
        error_us: Floats = fit.offset_us - exchange.clocks.offset_at(time_us)[:pairs]
        skew_ppm = 1e6 * fit.skew - exchange.clocks.skew_at(time_us)[:pairs]
        known = np.isfinite(error_us)
        claimed = known & np.isfinite(fit.bound_us)
        held = np.abs(error_us[claimed]) <= fit.bound_us[claimed]
        scores.append(
            Score(
                time_us / 1e6,
                float(np.sqrt(np.mean(error_us[known] ** 2))),
                float(np.quantile(np.abs(error_us[known]), 0.99)),
                float(np.sqrt(np.mean(skew_ppm[known] ** 2))),
                float(held.mean()) if claimed.any() else None,
                float(np.median(fit.bound_us[claimed])) if claimed.any() else None,
            )
        )
    return tuple(scores)


def trip_candidates(setting: Setting) -> list[tuple[Candidate, roundtrips.Estimator]]:
    kalman = roundtrips.Kalman(setting.air.jitter_mean_us)
    return [
        (Candidate("mean", "mean of the last 100 round trips", 101, 2, 0), roundtrips.mean_of_100),
        (Candidate("median", "their median", 100, 40, 0), roundtrips.median_of_100),
        (Candidate("smoothed", "smoothed, 1/8 of each", 1, 2, 0), roundtrips.smoothed),
        (Candidate("fastest_8", "the fastest of 8", 16, 8, 0), roundtrips.fastest_of_8),
        (
            Candidate("fastest_64", "a line through the fastest 16 of 64", 192, 64, 100),
            roundtrips.fastest_with_skew,
        ),
        (Candidate("kalman", "Kalman filter, gated", 5, 20, 0), kalman),
    ]


def block_candidates(setting: Setting) -> list[tuple[Candidate, Plan, Fitter]]:
    """Soft and hard corridors are listed with the cost of a grid of five slopes."""
    plan, pairs = Plan(), setting.pairs
    numbers = 4 * plan.count
    return [
        (
            Candidate("envelopes", "edges of 2 blocks, slope of 8", 26, 2, 8),
            ENVELOPE_PLAN,
            lines.two_envelopes,
        ),
        (
            Candidate("squares", "least squares of block bests", numbers + 6, 2, 3 * numbers),
            plan,
            lines.LeastSquares(1, weighted=False),
        ),
        (
            Candidate("reweighted", "the same, weights e^(−r/m)", numbers + 8, 2, 4 * numbers),
            plan,
            lines.LeastSquares(3, weighted=True),
        ),
        (
            Candidate("corridor", "widest corridor between them", numbers + 6, 2, 12 * numbers),
            plan,
            lines.corridor,
        ),
        (
            Candidate("hard", "mean of corridors, hard edges", numbers + 8, 2, 5 * numbers),
            plan,
            Soft(0.0),
        ),
        (
            Candidate("soft", "mean of corridors, soft edges", numbers + 8, 2, 8 * numbers),
            plan,
            Soft(SOFTNESS_US),
        ),
        (
            Candidate("integer", "the same in integers, 5 slopes", numbers + 8, 2, 8 * numbers),
            plan,
            Integer(pairs),
        ),
        (
            Candidate("watchful", "the same, alert to jumps", numbers + 9, 2, 9 * numbers),
            plan,
            Watchful(pairs),
        ),
    ]


CORE = Candidate("core", "the node's own, packet by packet", 66, 2, 150)
YARDSTICK = Candidate("yardstick", "all packets, the noise known: no better", 0, 0, 0)


def contest(
    setting: Setting,
    core_pairs: int,
    yardstick_pairs: int,
    progress: Callable[[Result], None] = lambda result: None,
) -> list[Result]:
    """Every candidate, in order; `progress` is told each as it is known."""
    exchange = draw(setting)
    times = times_us(setting)
    results: list[Result] = []

    def note(candidate: Candidate, fits: Fits) -> None:
        pairs = min(len(fit.offset_us) for fit in fits.values())
        results.append(Result(candidate, pairs, scored(exchange, fits)))
        progress(results[-1])

    for candidate, estimator in trip_candidates(setting):
        note(candidate, trip_fits(exchange, estimator, times))
    fits: Fits = {}
    for candidate, plan, fitter in block_candidates(setting):
        fits = block_fits(exchange, plan, fitter, times)
        note(candidate, fits)
    if core_pairs:
        note(CORE, core.core_fits(exchange, times, min(core_pairs, setting.pairs)))
    if yardstick_pairs and yardstick.possible(setting):
        judge = yardstick.Yardstick(setting)
        pairs = min(yardstick_pairs, setting.pairs)
        note(YARDSTICK, {time: judge(exchange, time, fits[time], pairs) for time in times})
    return results
