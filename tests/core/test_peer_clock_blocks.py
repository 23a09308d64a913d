"""Of each block of time the best packet of either kind is kept; blocks grow as they fill up."""

import random

import pytest

from ascpi.simulation import SECOND_US
from ascpi_core.clock_filter import BLOCKS, FIRST_BLOCK_US, LAST_BLOCK_US, NOTHING, ClockFilter
from ascpi_core.fixed import TICKS_MASK
from tests.core.clocks import MEMORY_S, still


def fill(
    clock: ClockFilter, lateness: list[tuple[int, int]], apart_us: int, skew_ppm: int
) -> None:
    """Blocks with one packet each way, so late (µs): peers `skew_ppm` apart, no other delay."""
    for number, (heard_late, echoed_late) in enumerate(lateness):
        now = 1000 + number * apart_us
        gained = now * skew_ppm // 10**6
        clock.hear(now, (now - heard_late + gained) & TICKS_MASK)
        if echoed_late >= 0:
            clock.echo(now, (now + echoed_late + gained) & TICKS_MASK)
        clock.end_block((now + apart_us) & TICKS_MASK)


def kept(clock: ClockFilter) -> list[tuple[int, int]]:
    """Ticks of the points that are kept, heard and echoed; −1 where a block has none."""
    count = clock.count
    return [
        (
            clock.heard[2 * index] if clock.heard[2 * index + 1] != NOTHING else -1,
            clock.echoed[2 * index] if clock.echoed[2 * index + 1] != NOTHING else -1,
        )
        for index in range(count)
    ]


def test_a_block_keeps_the_best_of_either_kind() -> None:
    clock = ClockFilter()
    for now, heard_late, echoed_late in ((1000, 50, 10), (2000, 20, 30), (3000, 70, 90)):
        clock.hear(now, now - heard_late)
        clock.echo(now, now + echoed_late)
    clock.end_block(FIRST_BLOCK_US)
    assert clock.count == 0
    clock.end_block(1000 + FIRST_BLOCK_US)
    assert kept(clock) == [(2000, 1000)]


@pytest.mark.parametrize("skew_ppm", [0, 100])
def test_where_blocks_are_merged_the_better_of_two_is_kept(skew_ppm: int) -> None:
    """Better above the line as it is: at 100 ppm a second makes 100 µs, more than some lateness.

    Two blocks become one when a thirteenth ends; it keeps the faster packet of each kind. A block
    without an echo takes the other's.
    """
    chance = random.Random(1)
    lateness = [
        (chance.randrange(80), -1 if number in (2, 5, 8, 9) else chance.randrange(80))
        for number in range(BLOCKS + 1)
    ]
    apart_us = 1 << 18
    clock = ClockFilter()
    clock.skew = skew_ppm * 2**30 // 10**6
    fill(clock, lateness, apart_us, skew_ppm)
    expected = []
    for pair in range(BLOCKS // 2):
        best = []
        for kind in (0, 1):
            known = [
                (lateness[number][kind], number)
                for number in (2 * pair, 2 * pair + 1)
                if lateness[number][kind] >= 0
            ]
            best.append(1000 + min(known)[1] * apart_us if known else -1)
        expected.append((best[0], best[1]))
    assert clock.block_us == 2 * FIRST_BLOCK_US
    assert kept(clock)[: BLOCKS // 2] == expected
    assert clock.count == BLOCKS // 2 + 1
    assert (-1 in [echoed for _, echoed in expected]) == (lateness[8][1] == lateness[9][1] == -1)


def test_blocks_grow_to_their_longest_and_then_the_oldest_goes() -> None:
    pair = still()
    pair.run(120)
    clock = pair.clock
    assert (clock.count, clock.block_us) == (BLOCKS, LAST_BLOCK_US)
    ages_s = [(pair.true_us - at) / SECOND_US for at, _ in kept(clock)]
    assert ages_s == sorted(ages_s, reverse=True)
    assert MEMORY_S - 1 < ages_s[0] < MEMORY_S + LAST_BLOCK_US / SECOND_US + 3
