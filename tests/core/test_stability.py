"""network_stable, in numbers."""

from types import SimpleNamespace
from typing import Any

import pytest

from ascpi_core.fixed import TICKS_MASK, ticks_add
from ascpi_core.glyphs.policy import (
    CALM_US,
    CLAIM_MAXIMUM_US,
    LOSS_MAXIMUM,
    STABILITY_NAMES,
    Stability,
)
from ascpi_core.phase import ACQUIRING, HOLDOVER, LOCKED
from ascpi_core.ssep import CLAIM_UNKNOWN

START = TICKS_MASK - 1_000_000


def field(*losses: int) -> Any:
    return SimpleNamespace(present=[SimpleNamespace(loss=loss) for loss in losses], changes=0)


@pytest.mark.parametrize(
    ("losses", "state", "claim_us", "calm_us", "why"),
    [
        ([0], LOCKED, 100, CALM_US, "stable"),
        ([], LOCKED, 100, CALM_US, "alone"),
        ([0], ACQUIRING, 100, CALM_US, "unlocked"),
        ([0], HOLDOVER, 100, CALM_US, "unlocked"),
        ([0], LOCKED, CLAIM_MAXIMUM_US, CALM_US, "stable"),
        ([0], LOCKED, CLAIM_MAXIMUM_US + 1, CALM_US, "unsure"),
        ([0], LOCKED, CLAIM_UNKNOWN, CALM_US, "unsure"),
        ([0], LOCKED, 100, CALM_US - 1, "restless"),
        ([LOSS_MAXIMUM], LOCKED, 100, CALM_US, "stable"),
        ([LOSS_MAXIMUM + 1], LOCKED, 100, CALM_US, "lossy"),
        ([0, LOSS_MAXIMUM + 2], LOCKED, 100, CALM_US, "stable"),
    ],
)
def test_each_reason(losses: list[int], state: int, claim_us: int, calm_us: int, why: str) -> None:
    stability = Stability(field(*losses), START)
    stable = stability.look(ticks_add(START, calm_us), state, claim_us)
    assert STABILITY_NAMES[stability.why] == why
    assert stable == (why == "stable")


def test_who_comes_or_goes_begins_the_calm_anew() -> None:
    membership = field(0, 0)
    stability = Stability(membership, START)
    now = ticks_add(START, CALM_US)
    assert stability.look(now, LOCKED, 100)
    membership.changes = 1
    assert not stability.look(now, LOCKED, 100)
    assert not stability.look(ticks_add(now, CALM_US - 1), LOCKED, 100)
    assert stability.look(ticks_add(now, CALM_US), LOCKED, 100)


def test_a_calm_of_hours_stays_a_calm_when_the_ticks_wrap() -> None:
    stability = Stability(field(0), START)
    now = START
    for minutes in range(0, 120, 4):
        stable = stability.look(now, LOCKED, 100)
        assert stable == (minutes > 0)
        now = ticks_add(now, 240_000_000)
