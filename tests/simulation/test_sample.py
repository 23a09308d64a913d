"""What the phases at one true time make of a field."""

import pytest

from ascpi.simulation import Sample, shortest


def sample(*phases: float) -> Sample:
    numbered = dict(enumerate(phases, start=1))
    return Sample(0, numbered, dict.fromkeys(numbered, 0))


@pytest.mark.parametrize(("arc", "short"), [(0.6, -0.4), (-0.6, 0.4), (0.5, -0.5), (2.25, 0.25)])
def test_arcs_are_taken_the_short_way(arc: float, short: float) -> None:
    assert shortest(arc) == pytest.approx(short)


def test_a_spread_over_zero_is_a_small_one() -> None:
    assert sample(0.999, 0.001).spread == pytest.approx(0.001)
    assert sample(0.999, 0.001).locked
    assert not sample(0.98, 0.02).locked


def test_scattered_phases_have_no_coherence() -> None:
    assert sample(0, 0.25, 0.5, 0.75).coherence == pytest.approx(0.0067, abs=1e-4)
    assert sample(0.3, 0.3).coherence == pytest.approx(1)
