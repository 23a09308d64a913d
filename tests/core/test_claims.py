"""What whole fields make of it, in true time: how far apart they are, and what they say of it.

A claim is an upper bound, 19 times out of 20, on the distance of a node's phase from the circular
mean of all. Nodes know neither; here both are known. Packets are read up to 0.2 ms late.
"""

import cmath
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from ascpi.simulation import SECOND_US, Board, Field, Temperature, resultant, shortest
from ascpi_core.ssep import CLAIM_UNKNOWN
from tests.core.clocks import POLL_US, rms

BOARDS = 4


@dataclass
class Watch:
    """Distances from the mean and claims, in µs at 1 turn/s, of every board at every judgement."""

    from_us: int
    away_us: list[list[float]] = field(default_factory=list)
    claims_us: list[list[int]] = field(default_factory=list)

    def __call__(self, true_us: int, boards: Sequence[Board]) -> None:
        if true_us < self.from_us:
            return
        turns = [board.turns(true_us) for board in boards]
        mean = cmath.phase(resultant(turns)) / math.tau
        self.away_us.append([abs(shortest(turn - mean)) * 1e6 for turn in turns])
        self.claims_us.append([board.node.field.claim_us() for board in boards if board.node])

    def pairs(self) -> list[tuple[float, int]]:
        """(distance, claim) of whoever claims something."""
        rows = zip(self.away_us, self.claims_us, strict=True)
        return [
            (away_us, claim_us)
            for distances, claims in rows
            for away_us, claim_us in zip(distances, claims, strict=True)
            if claim_us != CLAIM_UNKNOWN
        ]

    def known(self) -> float:
        """The share of claims that say something."""
        return len(self.pairs()) / sum(len(claims) for claims in self.claims_us)


def watched(preset: str, seed: int, from_s: int, until_s: int, **more: object) -> Watch:
    watch = Watch(from_s * SECOND_US)
    made = Field(BOARDS, seed, preset, poll_us=POLL_US, watch=watch, **more)  # type: ignore[arg-type]
    made.run_until(until_s * SECOND_US)
    assert set(made.states()) == {"locked"}
    return watch


def coverage(watches: list[Watch]) -> float:
    pairs = [pair for watch in watches for pair in watch.pairs()]
    return sum(away_us <= claim_us for away_us, claim_us in pairs) / len(pairs)


def test_claims_hold_in_wifi_and_are_not_empty() -> None:
    """From 10 s on. Measured: 99.8 % of them hold; after 40 s they are 2.6 … 6.3 times the rms
    error, where one that was just right would be 2."""
    watches = [watched("wifi", seed, 10, 60) for seed in range(8)]
    assert coverage(watches) >= 0.95
    assert min(watch.known() for watch in watches) == 1
    away_us = [away for watch in watches for row in watch.away_us[600:] for away in row]
    claims_us = [claim for watch in watches for row in watch.claims_us[600:] for claim in row]
    assert sum(claims_us) / len(claims_us) < 8 * rms(away_us)


@pytest.mark.parametrize(
    ("preset", "known"), [("clean", 1.0), ("harsh", 0.95), ("powersave", 0.5)]
)
def test_claims_hold_on_other_airs(preset: str, known: float) -> None:
    """Measured: 99.9 % and more, with 4 seeds each. With power save one can tell nothing for the
    first 20 s or so."""
    watches = [watched(preset, seed, 10, 45) for seed in range(2)]
    assert coverage(watches) >= 0.95
    assert min(watch.known() for watch in watches) >= known


def test_claims_hold_while_crystals_drift() -> None:
    """±5 ppm with a temperature that comes and goes in 10 min: 0.05 ppm/s, as claims allow for."""
    drift = Temperature(5000, 600 * SECOND_US)
    watches = [watched("wifi", seed, 10, 120, temperature=drift) for seed in range(2)]
    assert coverage(watches) >= 0.95


def test_nobody_claims_anything_before_all_clocks_are_known() -> None:
    """For the first 2 s nobody does; after 10 s in a field of four everybody. Measured: 2.9 s."""
    watch = Watch(0)
    made = Field(BOARDS, 1, poll_us=POLL_US, watch=watch)
    made.run_until(2 * SECOND_US)
    assert watch.known() == 0
    assert watched("wifi", 1, 10, 11).known() == 1


@pytest.mark.parametrize("seed", range(3))
def test_four_boards_in_wifi_are_within_50_us_rms(seed: int) -> None:
    """From 30 s on. Measured with 8 seeds: 10 … 24 µs rms; 95 % of the time nobody is further
    than 52 µs from the mean."""
    watch = watched("wifi", seed, 30, 60)
    assert rms(away for row in watch.away_us for away in row) <= 50
    worst_us = sorted(max(row) for row in watch.away_us)
    assert worst_us[len(worst_us) * 95 // 100] <= 120
