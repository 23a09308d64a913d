import pytest

from ascpi.air.preset import PRESETS
from ascpi.demo import words
from ascpi.telemetry import Event


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
    assert words.microseconds(value_us) == expected


@pytest.mark.parametrize(
    ("value_us", "expected"),
    [(0, "±1 µs"), (34.2, "±35 µs"), (99.5, "±0.1 ms"), (401, "±0.5 ms"), (9_950, "±10 ms")],
)
def test_within_never_promises_too_much(value_us: float, expected: str) -> None:
    assert words.within(value_us) == expected


def test_coherence_is_not_rounded_up_to_one() -> None:
    assert words.coherence(0.99999) == "0.9999"
    assert words.coherence(1.0) == "1.0000"


def test_every_air_has_words() -> None:
    assert words.air("wifi") == "Wi-Fi with 5 % loss"
    assert all(words.air(name) != name for name in PRESETS)


def test_events_in_words() -> None:
    def called(node_id: str) -> str:
        return f"board {node_id}"

    def said(event: Event, first: bool = False) -> str:
        return words.event("board 1", event, called, first)

    assert (
        said(Event("joined", {"peer": "2"}), True) == "board 1 hears its first neighbour, board 2"
    )
    assert said(Event("joined", {"peer": "3"})) == ""
    assert said(Event("state", {"to": "locked"})) == "board 1 says that it is locked"
    assert said(Event("silent", {"peer": "2"})) == "board 1 does not hear board 2 any more"
    assert said(Event("band", {"to": "shared"})) == ""
    assert said(Event("something", {"new": "1"})) == ""
