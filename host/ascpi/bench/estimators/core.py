"""The node's own estimator, from the core itself: packet by packet, for a few pairs."""

import numpy as np

from ascpi.bench.estimators.blocks import Fit
from ascpi.bench.estimators.exchange import Exchange, Floats
from ascpi_core.clock_filter import UNKNOWN_US, ClockFilter, ClockFit

_TICKS = (1 << 30) - 1
_HALF = 1 << 29

# Offset, skew and bound at one time.
Reading = tuple[float, float, float]

FIT_EVERY_US = 1_400_000
"""Seven peers in turn, four slices each, a slice every 50 ms."""

DEVIATIONS = 2
"""What a node claims of one peer, in its own standard deviations."""


def _packets(exchange: Exchange, row: int) -> list[tuple[float, bool, int, int]]:
    """When it was known, whether it is an echo, its time and its value; in order."""
    packets = []
    for points, is_echo in ((exchange.heard, False), (exchange.echoed, True)):
        known = points.known_us[row]
        rows = zip(known, points.at_us[row], points.value_us[row], strict=True)
        packets += [
            (float(when), is_echo, int(at), int(value))
            for when, at, value in rows
            if np.isfinite(when)
        ]
    return sorted(packets)


def _watch(exchange: Exchange, row: int, times_us: list[float]) -> list[Reading]:
    clock, fit = ClockFilter(), ClockFit()
    usual = exchange.clocks.setting.air.base_delay_us
    next_fit_us, asked = float(FIT_EVERY_US), list(times_us)
    seen: list[Reading] = []

    def pass_until(when: float) -> None:
        nonlocal next_fit_us
        while (asked and asked[0] <= when) or next_fit_us <= when:
            if asked and asked[0] <= next_fit_us:
                seen.append(_reading(clock, int(asked.pop(0))))
                continue
            if clock.known:
                fit.begin(clock, int(next_fit_us) & _TICKS, usual)
                while not fit.work():
                    pass
            next_fit_us += FIT_EVERY_US

    for when, is_echo, at, value in _packets(exchange, row):
        pass_until(when)
        if is_echo:
            clock.echo(at & _TICKS, (at + value) & _TICKS)
        else:
            clock.hear(at & _TICKS, (at + value) & _TICKS, usual)
    pass_until(max(times_us))
    return seen


def _reading(clock: ClockFilter, now_us: int) -> Reading:
    if not clock.known:
        return 0.0, 0.0, np.inf
    offset = ((clock.offset(now_us & _TICKS) + _HALF) & _TICKS) - _HALF
    known = clock.deviation_us < UNKNOWN_US
    bound = float(DEVIATIONS * clock.deviation_us) if known else np.inf
    return float(offset), clock.skew / 2**30, bound


def core_fits(exchange: Exchange, times_us: list[float], pairs: int) -> dict[float, Fit]:
    """For the first `pairs` pairs; `times_us` rising."""
    readings: Floats = np.array([_watch(exchange, row, times_us) for row in range(pairs)])
    return {
        time_us: Fit(readings[:, index, 0], readings[:, index, 1], readings[:, index, 2])
        for index, time_us in enumerate(times_us)
    }
