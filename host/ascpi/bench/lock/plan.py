"""The boards of a seed: who has which crystal, and where on the circle each begins."""

import random

from ascpi.bench.lock.options import LockOptions
from ascpi.cluster import BOARD, NodePlan, spread_ppm

PULSE_PIN = 4


def plan(options: LockOptions, seed: int) -> list[NodePlan]:
    """Crystals lie evenly over ±ppm, in an order that the seed decides, as it does the phases."""
    chance = random.Random(seed)
    rates = [spread_ppm(index, options.boards, options.ppm) for index in range(options.boards)]
    chance.shuffle(rates)
    # A setting of a board has six decimals of a turn.
    phases = [chance.randrange(1_000_000) / 1e6 for _ in rates]
    settings: dict[str, object] = {"pins": {"pulse_pin": PULSE_PIN}}
    if options.law is not None:
        settings["law"] = options.law
    return [
        NodePlan(
            number,
            f"board {number}",
            BOARD,
            ppm,
            phase,
            options.report_ms,
            settings,
            edges=True,
            precedence=options.precedence,
        )
        for number, (ppm, phase) in enumerate(zip(rates, phases, strict=True), start=1)
    ]
