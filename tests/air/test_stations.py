import pytest

from ascpi.air import stations
from ascpi.air.stations import FORGET_AFTER_US, Stations

FIRST, SECOND, THIRD = ("127.0.0.1", 5000), ("127.0.0.1", 5001), ("127.0.0.2", 5000)


@pytest.fixture
def three() -> Stations:
    known = Stations()
    for address in (FIRST, SECOND, THIRD):
        known.hear(address, 0)
    return known


def numbers(known: Stations, sender: tuple[str, int], now_us: int) -> list[int]:
    record, _ = known.hear(sender, now_us)
    assert record is not None
    return [other.number for other in known.others(record)]


def test_a_sender_is_new_once(three: Stations) -> None:
    _, new = three.hear(FIRST, 1)
    assert not new
    assert numbers(three, FIRST, 1) == [2, 3]


def test_the_silent_are_forgotten_and_keep_their_number(three: Stations) -> None:
    three.hear(SECOND, FORGET_AFTER_US // 2)
    three.forget(FORGET_AFTER_US + 1)
    assert numbers(three, SECOND, FORGET_AFTER_US + 1) == []
    assert numbers(three, THIRD, FORGET_AFTER_US + 2) == [2]
    assert numbers(three, SECOND, FORGET_AFTER_US + 3) == [3]


def test_a_crowd_is_bounded(three: Stations, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stations, "MOST_STATIONS", 3)
    assert three.hear(("127.0.0.3", 1), 0) == (None, False)
    assert three.hear(FIRST, 0)[0] is not None


def test_names_are_numbers_addresses_or_hosts(three: Stations) -> None:
    assert three.resolve([[1], ["127.0.0.1:5001"], ["127.0.0.2"]]) == [[1], [2], [3]]
    assert three.resolve([["127.0.0.1"], [1, "127.0.0.2"], ["unheard"]]) == [[1, 2], [3], []]
