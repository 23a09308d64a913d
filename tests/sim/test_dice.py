"""Streams of chance: what each promises, and that names keep them apart."""

import pytest

from ascpi.sim.dice import Dice


def test_a_stream_is_its_name() -> None:
    def drawn(*words: int | str) -> list[int]:
        dice = Dice(*words)
        return [dice.below(1000) for _ in range(5)]

    assert drawn(1, "a") == drawn(1, "a")
    assert drawn(1, "a") != drawn(1, "b")
    assert drawn(1, "a") != drawn(2, "a")
    # The same numbers on every Python, for ever: a seed that somebody noted down stays what it is.
    assert drawn(7, "golden") == GOLDEN


def test_all_numbers_of_a_range_come_and_no_others() -> None:
    dice = Dice("range")
    assert sorted({dice.between(3, 7) for _ in range(200)}) == [3, 4, 5, 6, 7]
    assert {dice.below(1) for _ in range(20)} == {0}
    assert {dice.choice("ab") for _ in range(50)} == {"a", "b"}


@pytest.mark.parametrize(("low", "high"), [(1, 1), (3, 1000), (1000, 50_000), (7, 8)])
def test_scaled_stays_within_and_favours_no_doubling(low: int, high: int) -> None:
    dice = Dice("scaled", low, high)
    drawn = [dice.scaled(low, high) for _ in range(2000)]
    assert low <= min(drawn)
    assert max(drawn) <= high
    if high >= 8 * low:
        # As many in the lowest doubling as one of all doublings has, four standard deviations.
        doublings = 0
        while low << (doublings + 1) <= high:
            doublings += 1
        share = sum(value < 2 * low for value in drawn) / len(drawn)
        expected = 1 / (doublings + 1)
        assert abs(share - expected) < 4 * (expected * (1 - expected) / 2000) ** 0.5


def test_what_strikes_never_and_always() -> None:
    dice = Dice("strikes")
    assert not any(dice.strikes(0) for _ in range(100))
    assert all(dice.strikes(1_000_000) for _ in range(100))


def test_an_exponential_has_its_mean() -> None:
    dice = Dice("exponential")
    drawn = [dice.exponential(1000) for _ in range(4000)]
    # Its standard deviation is its mean: 1000/√4000 = 16, four of them.
    assert sum(drawn) / len(drawn) == pytest.approx(1000, abs=64)


GOLDEN = [123, 829, 65, 698, 519]
