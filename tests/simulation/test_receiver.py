"""A simulated socket: late, evenly, and in order."""

import statistics

import pytest

from ascpi.simulation import Receiver

PACKETS = 4000


def test_lateness_is_even_and_one_sided() -> None:
    receiver = Receiver(1, 1, poll_us=200, relay_us=0)
    late = [receiver.read_us(at_us) - at_us for at_us in range(0, PACKETS * 1000, 1000)]
    assert (min(late), max(late)) == (0, 200)
    # The mean's own standard deviation is 58/√4000 = 0.9 µs.
    assert statistics.mean(late) == pytest.approx(100, abs=4)
    assert statistics.pstdev(late) == pytest.approx(58, abs=3)


def test_a_relay_s_lateness_comes_on_top() -> None:
    receiver = Receiver(1, 1, poll_us=200, relay_us=1000)
    late = [receiver.read_us(at_us) - at_us for at_us in range(0, PACKETS * 2000, 2000)]
    assert min(late) >= 0
    assert 1000 < max(late) <= 1200
    assert statistics.mean(late) == pytest.approx(600, abs=20)


def test_nothing_is_read_before_what_came_first() -> None:
    receiver = Receiver(3, 1, poll_us=500, relay_us=0)
    read = [receiver.read_us(at_us) for at_us in range(0, 10_000, 10)]
    assert read == sorted(read)


def test_boards_are_late_each_by_itself() -> None:
    def late(seed: int, node_id: int) -> list[int]:
        receiver = Receiver(seed, node_id, 200, 0)
        return [receiver.read_us(at_us) - at_us for at_us in range(0, 10_000, 1000)]

    assert late(1, 1) == late(1, 1)
    assert late(1, 1) != late(1, 2)
    assert late(1, 1) != late(2, 1)


def test_nothing_is_read_before_it_comes() -> None:
    with pytest.raises(ValueError, match="0 or more"):
        Receiver(1, 1, -1, 0)
