import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ascpi.truth.circle import arc, circular_mean, coherence

phases = st.floats(0, 1, exclude_max=True)


@pytest.mark.parametrize(
    ("target", "origin", "expected"),
    [(0.81, 0.24, -0.43), (0.24, 0.81, 0.43), (0.1, 0.9, 0.2), (0.5, 0.0, -0.5), (0.3, 0.3, 0)],
)
def test_arc(target: float, origin: float, expected: float) -> None:
    assert arc(target, origin) == pytest.approx(expected)


def test_mean_across_zero() -> None:
    mean, length = circular_mean([0.95, 0.05])
    assert arc(mean, 0.0) == pytest.approx(0.0, abs=1e-12)
    assert length == pytest.approx(math.cos(0.1 * math.pi))


def test_no_phases_have_no_order() -> None:
    assert circular_mean([]) == (0.0, 0.0)


@given(st.lists(phases, min_size=1, max_size=20), phases)
def test_turning_all_turns_the_mean_and_keeps_the_order(values: list[float], turn: float) -> None:
    mean, length = circular_mean(values)
    turned_mean, turned_length = circular_mean([(value + turn) % 1 for value in values])
    assert turned_length == pytest.approx(length, abs=1e-9)
    if length > 1e-3:
        assert arc(turned_mean, mean + turn) == pytest.approx(0.0, abs=1e-9)


def test_coherence_of_the_first_event() -> None:
    # The source's two phases: the start has C = 0.020.
    assert coherence(circular_mean([0.24, 0.81])[1]) == pytest.approx(0.020, abs=5e-4)
    assert coherence(1.0) == 1.0
    assert coherence(circular_mean([0, 0.25, 0.5, 0.75])[1]) == pytest.approx(0.0067, abs=1e-4)
