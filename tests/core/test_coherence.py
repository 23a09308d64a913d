"""C = exp(−5·(1 − R)) and its bands with hysteresis."""

import math

import numpy as np
import pytest

from ascpi_core.fixed import ONE
from ascpi_core.phase import (
    BAND_NAMES,
    FORMING,
    HYSTERESIS,
    LOOSE,
    MIGRATION_THRESHOLD,
    SHARED,
    SYMBOLIC,
    coherence_of,
    next_band,
)

EDGES = {FORMING: 0.30, SYMBOLIC: 0.60, SHARED: 0.75}


def q15(value: float) -> int:
    return round(value * ONE)


def test_every_length_gives_the_right_coherence() -> None:
    lengths = np.arange(ONE + 1)
    results = np.array([coherence_of(int(length)) for length in lengths]) / ONE
    assert np.abs(results - np.exp(-5 * (1 - lengths / ONE))).max() < 1e-4
    assert (np.diff(results) >= 0).all()


def test_the_ends() -> None:
    assert coherence_of(ONE) == ONE
    assert coherence_of(0) / ONE == pytest.approx(math.exp(-5), abs=1e-4)


def test_the_bands_of_the_source() -> None:
    """From a band far away, the edges themselves: 0.30, 0.60, 0.75, moved by the hysteresis."""
    for band, edge in EDGES.items():
        assert next_band(band - 1, q15(edge) + HYSTERESIS) == band - 1
        assert next_band(band - 1, q15(edge) + HYSTERESIS + 1) == band
        assert next_band(band, q15(edge) - HYSTERESIS) == band
        assert next_band(band, q15(edge) - HYSTERESIS - 1) == band - 1


@pytest.mark.parametrize("band", range(len(BAND_NAMES)))
def test_a_jump_goes_through_all_bands_at_once(band: int) -> None:
    assert next_band(band, 0) == LOOSE
    assert next_band(band, ONE) == SHARED


@pytest.mark.parametrize("edge", EDGES.values())
def test_a_value_that_trembles_at_an_edge_changes_no_band(edge: float) -> None:
    band = next_band(LOOSE, q15(edge))
    tremble = [q15(edge + 0.019 * math.sin(step)) for step in range(200)]
    bands = []
    for value in tremble:
        band = next_band(band, value)
        bands.append(band)
    assert len(set(bands)) == 1


def test_outside_the_hysteresis_a_band_is_what_its_name_says() -> None:
    for value in range(0, ONE + 1, 7):
        true = sum(value / ONE > edge for edge in EDGES.values())
        if all(abs(value / ONE - edge) > 0.0202 for edge in EDGES.values()):
            assert {next_band(band, value) for band in range(4)} == {true}


def test_migration_begins_inside_symbolic() -> None:
    assert q15(0.65) == MIGRATION_THRESHOLD
