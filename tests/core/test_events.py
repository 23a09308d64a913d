"""The ring of events."""

import pytest

from ascpi_core.peers import (
    EVENT_BAND_CHANGED,
    EVENT_COLLISION,
    EVENT_JOINED,
    EVENT_NAMES,
    EVENT_RESTARTED,
    EVENT_SILENT,
    EVENT_STATE_CHANGED,
    EVENT_TABLE_FULL,
    EventRing,
)


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
        ring.push(EVENT_JOINED, number)
    assert ring.dropped == 3
    for number in range(EventRing.SIZE):
        assert ring.pop()
        assert ring.subject == number
    assert not ring.pop()


@pytest.mark.parametrize(
    ("event", "name"),
    [
        (EVENT_JOINED, "joined"),
        (EVENT_SILENT, "silent"),
        (EVENT_RESTARTED, "restarted"),
        (EVENT_COLLISION, "collision"),
        (EVENT_STATE_CHANGED, "state"),
        (EVENT_BAND_CHANGED, "band"),
        (EVENT_TABLE_FULL, "table_full"),
    ],
)
def test_names(event: int, name: str) -> None:
    assert EVENT_NAMES[event] == name
