"""The noise is what it claims to be, to the bit."""

import math

import pytest
from scipy import stats

from ascpi.air import noise

DRAWS = 20_000

# A Kolmogorov–Smirnov statistic over n draws of the right distribution exceeds 1.95/√n once in
# a thousand seeds; ours is fixed.
KOLMOGOROV_LIMIT = 1.95 / math.sqrt(DRAWS)


def words(seed: int, count: int) -> list[int]:
    found = []
    state = seed
    for _ in range(count):
        state, bits = noise.advance(state)
        found.append(bits)
    return found


def test_splitmix_gives_its_published_sequence() -> None:
    """The first outputs for the seed 1234567, which many implementations are tested with."""
    assert words(1234567, 5) == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]


def test_seeds_differ_by_every_word_and_its_kind() -> None:
    seeds = {
        noise.seed_of(*names)
        for names in [(1, 2, 3), (1, 3, 2), (1, 23), (1, "2", 3), ("1", 2, 3), (1, "2\0003")]
    }
    assert len(seeds) == 6


def test_the_logarithm_is_as_exact_as_it_says() -> None:
    for bits in [0, 1, 2, 255, 256, 257, 12345, 1 << 31, (1 << 32) - 2, (1 << 32) - 1]:
        assert abs(noise._log2_q32(bits + 1) / 2**32 - math.log2(bits + 1)) < 2.8e-6


def test_the_exponential_has_its_extremes() -> None:
    assert noise.exponential(noise.MASK_32, 1_000_000) == 0
    assert noise.exponential(0, 1_000_000) == round(32 * math.log(2) * 1_000_000)
    assert noise.exponential(0, 0) == 0


@pytest.mark.parametrize("shift", [0, 32])
def test_the_exponential_is_exponential(shift: int) -> None:
    """Both halves of a word: each packet uses both."""
    mean_us = 3_000
    drawn = [noise.exponential(bits >> shift & noise.MASK_32, mean_us) for bits in words(1, DRAWS)]
    assert stats.kstest(drawn, stats.expon(scale=mean_us).cdf).statistic < KOLMOGOROV_LIMIT


def test_the_uniform_is_uniform_and_reaches_its_limits() -> None:
    drawn = [noise.uniform(bits >> 32, 9) for bits in words(2, DRAWS)]
    counts = [drawn.count(value) for value in range(10)]
    assert sum(counts) == DRAWS
    # 5 standard deviations of a binomial count.
    assert all(abs(count - DRAWS / 10) < 5 * math.sqrt(DRAWS * 0.1 * 0.9) for count in counts)
    assert (noise.uniform(0, 9), noise.uniform(noise.MASK_32, 9)) == (0, 9)


def test_what_is_impossible_and_certain() -> None:
    assert not noise.strikes(0, 0)
    assert noise.strikes(noise.MASK_32, noise.PER_MILLION)
    struck = sum(noise.strikes(bits >> 32, 50_000) for bits in words(3, DRAWS))
    assert abs(struck - DRAWS * 0.05) < 5 * math.sqrt(DRAWS * 0.05 * 0.95)
