"""One field, from its start to its end, and what was seen of it."""

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from ascpi.bench.hours.options import HoursOptions
from ascpi.bench.hours.recorder import Numbers, Recorder, Recording, Seen, Truths
from ascpi.simulation import SECOND_US, Field, Temperature
from ascpi_core.ssep import DROP_REASONS

WRAPPING_ID = 1
WRAPS_AFTER_US = 90 * SECOND_US
"""Board 1 is switched on so long before its ticks wrap: soon after the figures begin."""

SLICE_US = 10 * SECOND_US
"""Virtual time between two words of progress, which costs a millisecond at most."""

CHUNK = 1 << 16
"""Instants that are judged at once: enough for NumPy's speed, little enough for memory."""

Tell = Callable[[int], bool]
"""Told the virtual µs that have passed; False: the run is to end here."""


def make_field(options: HoursOptions, seed: int, recorder: Recorder) -> Field:
    """The field of these options, with nothing run yet."""
    temperature = None
    if options.temperature_ppm:
        temperature = Temperature(
            round(options.temperature_ppm * 1000), round(options.temperature_period_s * SECOND_US)
        )
    settings: dict[str, Any] = {} if options.law is None else {"law": options.law}
    return Field(
        options.boards,
        seed,
        options.air,
        crystal_ppm=options.ppm,
        ticks_start={WRAPPING_ID: (1 << 30) - WRAPS_AFTER_US},
        temperature=temperature,
        poll_us=options.poll_us,
        relay_us=options.relay_us,
        independent=True,
        watch=recorder.watch,
        **settings,
    )


def advance(field: Field, until_us: int, tell: Tell) -> bool:
    """Run the field in slices; False if it was ended early."""
    while field.now_us < until_us:
        field.run_until(min(until_us, field.now_us + SLICE_US))
        if not tell(field.now_us):
            return False
    return True


def run_once(options: HoursOptions, seed: int, tell: Tell) -> Recording:
    """All of it, with nobody wild."""
    began_s = time.perf_counter()
    recorder = Recorder(options.boards)
    field = make_field(options, seed, recorder)
    advance(field, options.end_us, tell)
    took_s = time.perf_counter() - began_s
    return recorded(field, recorder.seen(), took_s)


def recorded(field: Field, seen: Seen, took_s: float, left_out: int | None = None) -> Recording:
    """`left_out`: id of a node whose phase is no part of the mean."""
    deviations_us, coherence = judged(seen, left_out)
    boards = list(field.boards.values())
    return Recording(
        field.seed,
        seen,
        deviations_us,
        coherence,
        tuple(board.crystal_ppb / 1000 for board in boards),
        np.array(field.sent_us, dtype=np.int64),
        tuple(tuple(board.wraps_us(field.now_us)) for board in boards),
        drifting(field, seen),
        took_s,
        field.now_us,
        {DROP_REASONS[code]: count for code, count in field.refused.items()},
    )


def judged(seen: Seen, left_out: int | None = None) -> tuple[Numbers, Numbers]:
    """(deviations from the circular mean in µs at 1 turn/s, C), both in true time."""
    deviations = np.empty(seen.thetas.shape)
    coherence = np.empty(len(seen.instants_us))
    for start in range(0, len(coherence), CHUNK):
        rows = slice(start, start + CHUNK)
        turns = seen.turns(rows)
        counted = turns if left_out is None else np.delete(turns, left_out - 1, axis=1)
        resultant = np.nanmean(np.exp(2j * math.pi * counted), axis=1)
        mean = np.angle(resultant) / math.tau
        deviations[rows] = ((turns - mean[:, None] + 0.5) % 1 - 0.5) * 1e6
        coherence[rows] = np.exp(-5 * (1 - np.minimum(np.abs(resultant), 1)))
    return deviations, coherence


def drifting(field: Field, seen: Seen) -> Truths | None:
    """Where a crystal's rate changes at half its greatest pace or more: two thirds of the time."""
    waves = [board.crystal.temperature for board in field.boards.values()]
    columns = []
    for wave in waves:
        if wave is None:
            return None
        turn = seen.instants_us % wave.period_us / wave.period_us + wave.phase
        columns.append(np.abs(np.cos(math.tau * turn)) >= 0.5)
    return np.stack(columns, axis=1)
