"""Where the source contradicts itself: every figure of the table in docs/model.md, reproduced."""

import math
import statistics

import numpy as np
import pytest
import scipy.stats

from ascpi_core.fixed import HALF_TURN, ONE, TURN, arc
from ascpi_core.fusion import fuse_dphi, fuse_kappa
from ascpi_core.phase import ALPHA_DEFAULT, ALPHA_SCALE, FieldMean, coherence_of, correction
from ascpi_core.settings import phase_of_ratio
from ascpi_core.settings import unit_of_ratio as share
from tests.core.search import summed

A, B = 0.24, 0.81
A_PHASE, B_PHASE = phase_of_ratio(24, 100), phase_of_ratio(81, 100)
LINEAR = phase_of_ratio(57, 100)


def seen(phases: list[int]) -> float:
    """C as a node computes it."""
    return coherence_of(summed(phases).length()) / ONE


def test_the_source_s_phase_error_is_linear_and_against_the_partner() -> None:
    assert pytest.approx(0.57) == B - A
    assert pytest.approx(0.57) == (B_PHASE - A_PHASE) / TURN


def test_the_literal_step() -> None:
    """Θ_A += 0.01·0.57, Θ_B −= 0.01·0.57, as printed: 0.2457 and 0.8043."""
    step = correction(LINEAR, ALPHA_DEFAULT)
    assert ALPHA_DEFAULT / ALPHA_SCALE == 0.01
    assert (A_PHASE + step) / TURN == pytest.approx(0.2457, abs=1e-8)
    assert (B_PHASE - step) / TURN == pytest.approx(0.8043, abs=1e-8)


def test_the_shortest_arc_is_minus_0_43_and_leads_the_other_way() -> None:
    error = arc(B_PHASE, A_PHASE)
    assert error / TURN == pytest.approx(-0.43, abs=1e-8)
    assert (A_PHASE + correction(error, ALPHA_DEFAULT)) / TURN == pytest.approx(0.2357, abs=1e-8)


def test_against_the_average_the_first_error_is_half_of_the_arc() -> None:
    mean = summed([A_PHASE, B_PHASE])
    assert arc(mean.mean(), A_PHASE) / TURN == pytest.approx(-0.215, abs=1e-5)
    assert arc(mean.mean(), B_PHASE) / TURN == pytest.approx(0.215, abs=1e-5)
    circular = scipy.stats.circmean([A, B], high=1.0)
    assert mean.mean() / TURN == pytest.approx(circular, abs=1e-5)


def test_the_source_s_kappa_is_the_arithmetic_mean() -> None:
    one, other = share(11, 100), share(18, 100)
    assert statistics.mean([0.11, 0.18]) == pytest.approx(0.145)
    assert statistics.harmonic_mean([0.11, 0.18]) == pytest.approx(0.1366, abs=5e-5)
    assert fuse_kappa(one, other) / ONE == pytest.approx(0.13655, abs=5e-5)
    field = FieldMean()
    field.add(share(19, 100), one)
    field.add(share(10, 100), other)
    assert field.kappa() / ONE == pytest.approx(0.13655, abs=5e-5)


def test_the_source_s_dphi_is_right() -> None:
    assert fuse_dphi(share(19, 100), share(10, 100)) / ONE == pytest.approx(0.145, abs=3e-5)


def test_0_44_is_of_the_sample_variance_of_the_start() -> None:
    assert math.exp(-5 * statistics.variance([A, B])) == pytest.approx(0.4438, abs=1e-4)


def test_the_start_has_a_coherence_of_0_020() -> None:
    circular = scipy.stats.circvar([A, B], high=1.0)
    assert math.exp(-5 * circular) == pytest.approx(0.020, abs=5e-4)
    assert seen([A_PHASE, B_PHASE]) == pytest.approx(0.0201, abs=5e-4)


def test_0_12_at_the_start_follows_from_no_reading() -> None:
    """Linear or circular, of a sample or a population, over the difference or the arc."""
    circular = float(scipy.stats.circvar([A, B], high=1.0))
    readings = [circular, 2 * circular, circular / 2]
    for gap in (0.57, 0.43):
        readings += [gap**2, statistics.variance([0, gap]), statistics.pvariance([0, gap])]
    assert all(abs(math.exp(-5 * variance) - 0.12) > 0.02 for variance in readings)


def test_0_12_is_nearest_to_the_arc_itself_in_the_place_of_its_variance() -> None:
    assert math.exp(-5 * 0.43) == pytest.approx(0.1165, abs=1e-4)


def test_the_run_passes_0_12_and_0_44_on_its_way_up() -> None:
    """Both nodes follow the mean by the law with α = 0.01: C rises through both figures."""
    phases = [A_PHASE, B_PHASE]
    risen = []
    for _ in range(400):
        mean = summed(phases).mean()
        phases = [(phase + correction(arc(mean, phase), ALPHA_DEFAULT)) % TURN for phase in phases]
        risen.append(seen(phases))
    assert (np.diff(risen) > -1e-4).all()
    assert risen[0] < 0.12 < 0.44 < risen[-1]
    assert max(np.diff(risen)) < 0.01
    assert risen[-1] > 0.99


def test_linear_variance_of_an_even_scatter_is_a_twelfth() -> None:
    """A field without any order would have C = 0.66 and be open for migration."""
    scatter = (np.arange(100_000) + 0.5) / 100_000
    assert np.var(scatter) == pytest.approx(1 / 12, abs=1e-6)
    assert math.exp(-5 / 12) == pytest.approx(0.66, abs=1e-3)
    assert math.exp(-5 * np.var(scatter)) > 0.65


def test_with_linear_variance_no_field_falls_below_0_29() -> None:
    """The most that values of [0, 1) can vary is ¼, half of them at either end."""
    assert math.exp(-5 / 4) == pytest.approx(0.29, abs=4e-3)
    assert np.var([0.0, 1.0] * 50) == 0.25


@pytest.mark.parametrize("count", [2, 3, 5, 100, 511])
def test_with_circular_variance_scattered_phases_give_0_0067(count: int) -> None:
    scattered = [TURN * place // count for place in range(count)]
    assert seen(scattered) == pytest.approx(0.0067, abs=2e-4)


def test_wherever_on_the_circle_the_phases_are() -> None:
    """Linear variance calls two phases 0.02 apart, across zero, far apart."""
    assert math.exp(-5 * np.var([0.99, 0.01])) < 0.31
    across = seen([phase_of_ratio(99, 100), phase_of_ratio(1, 100)])
    elsewhere = seen([phase_of_ratio(49, 100), phase_of_ratio(51, 100)])
    assert across == pytest.approx(elsewhere, abs=3e-4)
    assert across > 0.98


def test_a_field_half_here_and_half_opposite_has_no_order() -> None:
    assert seen([0, HALF_TURN]) == pytest.approx(0.0067, abs=2e-4)
