"""The generator of jitter."""

import collections

import pytest

from ascpi_core.fixed import _MULTIPLIER, Prng


def is_prime(number: int) -> bool:
    return number > 1 and all(number % divisor for divisor in range(2, int(number**0.5) + 1))


def test_the_multiplier_gives_the_longest_period() -> None:
    modulus = _MULTIPLIER * 65536 - 1
    assert is_prime(modulus)
    assert is_prime((modulus - 1) // 2)


@pytest.mark.parametrize("seed", [0, 1, -1, 2**30 - 1, 2**64 + 5])
def test_any_seed_gives_even_numbers(seed: int) -> None:
    chance = Prng(seed)
    counts = collections.Counter(chance.below(10) for _ in range(20_000))
    assert sorted(counts) == list(range(10))
    assert all(abs(count - 2000) < 250 for count in counts.values())


def test_neighbouring_seeds_share_nothing() -> None:
    streams = [[Prng(seed).next() for _ in range(1)] + [seed] for seed in range(1000)]
    assert len({stream[0] for stream in streams}) > 980


def test_the_same_seed_gives_the_same_numbers() -> None:
    one, other = Prng(7), Prng(7)
    assert [one.next() for _ in range(50)] == [other.next() for _ in range(50)]
