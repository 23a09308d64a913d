"""The ring of events."""

import pytest

from ascpi_core import events
from ascpi_core.events import EventRing


def test_first_in_first_out_over_many_turns() -> None:
    ring = EventRing()
    expected = []
    for number in range(100):
        ring.push(number % 7, number)
        expected.append((number % 7, number))
        if number % 3 == 0:
            assert ring.pop()
            assert (ring.event, ring.subject) == expected.pop(0)
        if len(expected) == EventRing.SIZE:
            while ring.pop():
                assert (ring.event, ring.subject) == expected.pop(0)
    assert ring.dropped == 0


def test_an_event_that_finds_it_full_is_dropped_and_counted() -> None:
    ring = EventRing()
    for number in range(EventRing.SIZE + 3):
        ring.push(events.JOINED, number)
    assert ring.dropped == 3
    for number in range(EventRing.SIZE):
        assert ring.pop()
        assert ring.subject == number
    assert not ring.pop()


@pytest.mark.parametrize(
    ("event", "name"),
    [
        (events.JOINED, "joined"),
        (events.SILENT, "silent"),
        (events.RESTARTED, "restarted"),
        (events.COLLISION, "collision"),
        (events.STATE_CHANGED, "state"),
        (events.BAND_CHANGED, "band"),
        (events.TABLE_FULL, "table_full"),
    ],
)
def test_names(event: int, name: str) -> None:
    assert events.NAMES[event] == name
