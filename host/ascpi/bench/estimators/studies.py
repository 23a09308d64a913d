"""The questions beside the contest: how long to look back, what to claim, what a step does, and
what it all comes to in a field. Each takes a setting and gives rows of named figures."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from ascpi.air.preset import PRESETS
from ascpi.bench.estimators import core, lines
from ascpi.bench.estimators.blocks import Fitter, Plan, watched
from ascpi.bench.estimators.contest import (
    CORE,
    ENVELOPE_PLAN,
    Fits,
    block_fits,
    scored,
    times_us,
)
from ascpi.bench.estimators.exchange import Floats, Setting, draw, draw_both
from ascpi.bench.estimators.integer import Integer
from ascpi.bench.estimators.watchful import Watchful

Figure = str | float | None
Row = dict[str, Figure]

BLOCKS_S = (2, 4, 8)
WINDOWS_S = (24, 32, 40, 48, 64, 96, 128)
SETTLED_US = 115e6
"""When a window of 96 s is full, and one of 128 s almost."""

STEP_AT_S, STEP_PPM, STEP_UNTIL_S = 80.0, 20.0, 176.0
FIELD_S = (10.0, 30.0, 60.0)


def windows(setting: Setting) -> Iterator[Row]:
    """RMS errors for each length of window, without and with drift."""
    drift_ppm = setting.drift_ppm or 5.0
    settings = [replace(setting, drift_ppm=drift_ppm * part) for part in (0.0, 0.4, 1.0)]
    exchanges = [draw(one) for one in settings]
    for block_s in BLOCKS_S:
        for window_s in WINDOWS_S:
            count = window_s // block_s
            if count < 4:
                continue
            plan = Plan(count + count % 2, block_s * float(1 << 20), float(1 << 19))
            row: Row = {"block_s": block_s, "window_s": window_s}
            for one, exchange in zip(settings, exchanges, strict=True):
                fits = block_fits(exchange, plan, Integer(one.pairs), [SETTLED_US])
                row[f"drift_{one.drift_ppm:g}_ppm_us"] = scored(exchange, fits)[0].rms_us
            yield row


def bounds(setting: Setting, core_pairs: int) -> Iterator[Row]:
    """How often what is claimed holds, and how wide it is, in every air and at two rates."""
    for name, air in PRESETS.items():
        for rate_hz in (setting.rate_hz, setting.rate_hz / 4):
            one = replace(setting, air=air, rate_hz=rate_hz)
            exchange, times = draw(one), times_us(one)
            found: list[tuple[str, Fits]] = [
                ("watchful", block_fits(exchange, Plan(), Watchful(one.pairs), times))
            ]
            if core_pairs:
                pairs = min(core_pairs, one.pairs)
                found.append((CORE.key, core.core_fits(exchange, times, pairs)))
            for key, fits in found:
                for score in scored(exchange, fits):
                    yield {
                        "estimator": key,
                        "air": name,
                        "rate_hz": rate_hz,
                        "time_s": score.time_s,
                        "rms_us": score.rms_us,
                        "bound_us": score.bound_us,
                        "coverage": score.coverage,
                    }


def step(setting: Setting) -> Iterator[Row]:
    """A peer's frequency jumps: the error and the claim afterwards, without and with an alert."""
    one = replace(setting, step_ppm=STEP_PPM, step_s=STEP_AT_S, seconds=STEP_UNTIL_S)
    exchange = draw(one)
    runs = [
        watched(exchange, Plan(), fitter, 1e6 * STEP_UNTIL_S)
        for fitter in (Integer(one.pairs), Watchful(one.pairs))
    ]
    for (now_us, _, plain), (_, _, watchful) in zip(*runs, strict=True):
        since_s = now_us / 1e6 - STEP_AT_S
        if since_s < -5:
            continue
        row: Row = {"since_s": since_s}
        for key, fit in (("integer", plain), ("watchful", watchful)):
            error_us = fit.offset_us - exchange.clocks.offset_at(now_us)
            row[f"{key}_rms_us"] = float(np.sqrt(np.mean(error_us**2)))
            row[f"{key}_bound_us"] = float(np.median(fit.bound_us))
            row[f"{key}_coverage"] = float(np.mean(np.abs(error_us) <= fit.bound_us))
        yield row


def field(setting: Setting) -> Iterator[Row]:
    """Every node moves to the mean of what it measures, itself at 0: how far apart they end."""
    makers: dict[str, tuple[Plan, Callable[[int], Fitter]]] = {
        "envelopes": (ENVELOPE_PLAN, lambda pairs: lines.two_envelopes),
        "squares": (Plan(), lambda pairs: lines.LeastSquares(1, weighted=False)),
        "integer": (Plan(), Integer),
    }
    times = [1e6 * time_s for time_s in FIELD_S]
    for nodes in (4, setting.nodes):
        links = nodes * (nodes - 1) // 2
        fields = max(1, setting.pairs // links)
        one = replace(setting, nodes=nodes, pairs=fields * links, seconds=max(FIELD_S) + 5)
        both = draw_both(one)
        for key, (plan, maker) in makers.items():
            fits = [block_fits(side, plan, maker(one.pairs), times) for side in both]
            for time_us in times:
                errors = [
                    made[time_us].offset_us - side.clocks.offset_at(time_us)
                    for side, made in zip(both, fits, strict=True)
                ]
                yield {
                    "estimator": key,
                    "nodes": nodes,
                    "time_s": time_us / 1e6,
                    "pair_us": float(np.sqrt(np.mean(errors[0] ** 2))),
                    "field_us": apart(errors[0], errors[1], nodes),
                }


def apart(forth_us: Floats, back_us: Floats, nodes: int) -> float:
    """RMS of the nodes' places about their mean, over all fields; a row of pairs for each field.

    `forth_us` is what the lower of two nodes is wrong by about the higher, `back_us` reversed.
    """
    lower, higher = np.triu_indices(nodes, 1)
    fields = len(forth_us) // len(lower)
    errors = np.zeros((fields, nodes, nodes))
    errors[:, lower, higher] = forth_us.reshape(fields, -1)
    errors[:, higher, lower] = back_us.reshape(fields, -1)
    places = errors.sum(2) / nodes
    places -= places.mean(1, keepdims=True)
    return float(np.sqrt(np.mean(places**2)))
