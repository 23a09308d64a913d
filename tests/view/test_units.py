import pytest

from ascpi.view import units


@pytest.mark.parametrize(
    ("value_us", "expected"),
    [
        (0, "0 µs"),
        (-0.4, "0 µs"),
        (12, "+12 µs"),
        (-999.4, "−999 µs"),
        (999.6, "+1.00 ms"),
        (-12_345, "−12.3 ms"),
        (431_234, "+431 ms"),
    ],
)
def test_microseconds(value_us: float, expected: str) -> None:
    assert units.microseconds(value_us) == expected


@pytest.mark.parametrize(
    ("value_us", "expected"),
    [(0, "±1 µs"), (34.2, "±35 µs"), (99.5, "±0.1 ms"), (401, "±0.5 ms"), (9_950, "±10 ms")],
)
def test_within_never_promises_too_much(value_us: float, expected: str) -> None:
    assert units.within(value_us) == expected


def test_coherence_is_not_rounded_up_to_one() -> None:
    assert units.coherence(0.99999) == "0.9999"
    assert units.coherence(1.0) == "1.0000"
