"""The fit in slices: however it is cut, and whatever happens in between, it is the same fit."""

import random
from collections.abc import Callable

import pytest

from ascpi_core import clock_filter
from ascpi_core.clock_filter import SKEW_MAXIMUM, UNKNOWN_US, ClockFilter, ClockFit
from ascpi_core.fixed import TICKS_MASK
from tests.core.clocks import Pair

MANY = 100
"""Slices that no fit needs."""
BLOCK_US = 300_000
DELAY_US = 2000
OFFSET_US = 5000


def line(clock: ClockFilter) -> tuple[int, ...]:
    """All that a fit gives a clock."""
    return (
        clock.start,
        clock.middle,
        clock.skew,
        clock.half_gap,
        clock.heard_edge,
        clock.echoed_edge,
        clock.scatter,
        clock.scale,
        clock.deviation_us,
        clock.fits,
    )


def worked(fit: ClockFit, between: Callable[[], object] = lambda: None) -> int:
    """Let a fit come to its end; how many slices that took."""
    for number in range(1, MANY):
        if fit.work():
            return number
        between()
    raise AssertionError("it has no end")


def at_rest(blocks: int, late_us: int = 0) -> ClockFilter:
    """A clock as it is after so many blocks without a fit, delay 2 ms; the last one late."""
    clock = ClockFilter()
    for block in range(blocks):
        at = block * BLOCK_US
        late = late_us if block == blocks - 1 else 0
        clock.hear(at + DELAY_US + late, at + OFFSET_US)
        if not late:
            clock.echo(at + 1000, at + 1000 + DELAY_US + OFFSET_US)
        clock.end_block(at + BLOCK_US)
    return clock


def error_us(clock: ClockFilter, now: int) -> int:
    return clock.offset(now) - OFFSET_US


@pytest.mark.parametrize("points", [1, 2, 5, 12, 100])
@pytest.mark.parametrize("seconds", [1.5, 4, 20, 70])
def test_the_number_of_slices_changes_nothing(
    points: int, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, sliced = Pair(3, ppm=70), Pair(3, ppm=70)
    for pair in (whole, sliced):
        pair.run(seconds)
        pair.fit.begin(pair.clock, pair.ours(pair.true_us), 0)
    worked(whole.fit)
    monkeypatch.setattr(clock_filter, "_POINTS_A_SLICE", points)
    slices = worked(sliced.fit)
    assert slices == -(-sliced.clock.count // points) + 1
    assert line(sliced.clock) == line(whole.clock)
    assert sliced.clock.fits > 0


@pytest.mark.parametrize("seconds", [0.6, 1.5, 4, 20, 70])
@pytest.mark.parametrize("seed", range(5))
def test_packets_that_come_between_slices_count_for_the_next_fit(
    seconds: float, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first fit, too: until then the line follows every better packet, but not under it."""
    monkeypatch.setattr(clock_filter, "_POINTS_A_SLICE", 1)
    calm, busy = Pair(seed, ppm=70), Pair(seed, ppm=70)
    chance = random.Random(seed)
    for pair in (calm, busy):
        pair.run(seconds)
        pair.fit.begin(pair.clock, pair.ours(pair.true_us), 0)

    def packet() -> None:
        sent = busy.true_us + chance.randrange(40_000)
        # Some are faster than any so far.
        there = sent + DELAY_US - 1500 + chance.randrange(9000)
        busy.clock.hear(busy.ours(there), busy.theirs(sent))
        if chance.random() < 0.5:
            busy.clock.echo(busy.ours(sent), busy.theirs(there))

    worked(calm.fit)
    worked(busy.fit, packet)
    assert line(busy.clock) == line(calm.clock)


def test_a_late_packet_under_the_first_fit_does_no_harm() -> None:
    clock = at_rest(2)
    fit = ClockFit()
    clock.hear(2 * BLOCK_US + DELAY_US, 2 * BLOCK_US + OFFSET_US)
    now = 3 * BLOCK_US
    fit.begin(clock, now, DELAY_US)
    worked(fit, lambda: clock.hear(now + 9000, now + OFFSET_US))
    assert clock.fits == 1
    assert abs(error_us(clock, now)) <= 1


def test_before_the_first_fit_no_packet_makes_it_worse() -> None:
    """The second block begins with one that is 60 ms late, and no echo is in it."""
    clock = at_rest(1)
    assert error_us(clock, BLOCK_US) == 0
    clock.hear(BLOCK_US + 62_000, BLOCK_US + OFFSET_US)
    assert error_us(clock, BLOCK_US) == 0
    assert clock.half_gap == DELAY_US


def test_a_block_that_was_late_as_a_whole_does_not_spoil_the_first_fit() -> None:
    clock = at_rest(4, late_us=60_000)
    fit = ClockFit()
    for number in range(3):
        fit.begin(clock, 4 * BLOCK_US + number, 0)
        worked(fit)
        assert abs(error_us(clock, 4 * BLOCK_US)) < 200
        assert clock.half_gap == DELAY_US


def test_edges_that_are_far_off_are_found_anew() -> None:
    """No point has any weight then: that pass gives no line, but the next one begins well."""
    clock = at_rest(5)
    fit = ClockFit()
    clock.echoed_edge -= 50_000
    now = 5 * BLOCK_US
    fit.begin(clock, now, 0)
    worked(fit)
    assert clock.fits == 0
    assert (clock.heard_edge, clock.echoed_edge) == (-DELAY_US, DELAY_US)
    fit.begin(clock, now + 1, 0)
    worked(fit)
    assert clock.fits == 1
    assert error_us(clock, now) == 0


@pytest.mark.parametrize("slices", [0, 1, 2])
@pytest.mark.parametrize("heard", [False, True])
def test_a_clock_that_is_cleared_in_the_middle_of_a_fit_is_left_alone(
    slices: int, heard: bool
) -> None:
    """A peer that restarts; its ticks are others, and nothing of before is known of them."""
    pair = Pair(1, ppm=40)
    pair.run(60)
    pair.fit.begin(pair.clock, pair.ours(pair.true_us), 0)
    for _ in range(slices):
        assert not pair.fit.work()
    pair.clock.clear()
    now = pair.ours(pair.true_us + DELAY_US)
    restarted = (pair.theirs(pair.true_us) + 300_000_000) & TICKS_MASK
    if heard:
        pair.clock.hear(now, restarted, DELAY_US)
    worked(pair.fit)
    assert pair.clock.known == heard
    assert (pair.clock.fits, pair.clock.half_gap) == (0, -1)
    assert (pair.clock.skew, pair.clock.deviation_us) == (0, UNKNOWN_US)
    if heard:
        assert pair.clock.offset(now) == (restarted - now + DELAY_US) & TICKS_MASK


def test_a_cleared_clock_is_learnt_as_a_new_one() -> None:
    """Though it was in the middle of a fit; measured with 40 seeds: 38 µs rms, 100 at most."""
    for seed in range(5):
        pair = Pair(seed, ppm=-60)
        pair.run(40)
        pair.fit.begin(pair.clock, pair.ours(pair.true_us), 0)
        pair.fit.work()
        pair.clock.clear()
        fresh = Pair(seed + 100, ppm=30, offset=987_654_321, clock=pair.clock)
        fresh.fit = pair.fit
        fresh.run(30)
        assert abs(fresh.error_us()) < 200
        assert abs(fresh.skew_error_ppm()) < 10


def test_without_a_clock_there_is_nothing_to_do() -> None:
    fit = ClockFit()
    assert fit.work()
    fit.begin(ClockFilter(), 0, 0)
    assert worked(fit) == 1
    assert fit.work()


def test_two_blocks_are_no_line() -> None:
    clock = at_rest(2)
    fit = ClockFit()
    fit.begin(clock, 2 * BLOCK_US, 0)
    worked(fit)
    assert (clock.fits, clock.skew) == (0, 0)
    assert error_us(clock, 2 * BLOCK_US) == 0


def test_whoever_never_echoes_has_no_deviation_and_the_usual_delay() -> None:
    pair = Pair(1, ppm=20, echo_every=0)
    pair.usual_half_gap = 2100
    pair.run(40)
    assert pair.clock.fits > 20
    assert (pair.clock.half_gap, pair.clock.deviation_us) == (-1, UNKNOWN_US)
    assert abs(pair.error_us()) < 200


@pytest.mark.parametrize("ppm", [-3000, 3000])
def test_the_slope_stays_in_its_bounds_whatever_comes(ppm: float) -> None:
    pair = Pair(1, ppm=ppm)
    for _ in range(100):
        pair.run(0.5)
        assert abs(pair.clock.skew) <= SKEW_MAXIMUM
