"""Offset, skew and delay of a peer's clock, judged against the clock that made the timestamps.

The air of most is `wifi`: 2 ms and 3 ms of exponential jitter, 1 % spikes, 5 % loss; packets are
read up to 0.2 ms late. Figures in words are those measured, 50 … 60 seeds of them.
"""

import random
from dataclasses import dataclass

import pytest

from ascpi.air.preset import PRESETS
from ascpi.simulation import SECOND_US
from ascpi_core.clock_filter import (
    CONFLICT,
    CONFLICT_US,
    NOTHING,
    SKEW_MAXIMUM,
    UNKNOWN_US,
    ClockFilter,
)
from ascpi_core.fixed import TICKS_MASK
from tests.core.clocks import BASE_US, MEMORY_S, STILL, Pair, rms, still

SEEDS = range(40)


@dataclass(frozen=True)
class Seen:
    """What was known of one pair at one time."""

    error_us: int
    skew_error_ppm: float
    deviation_us: int


@pytest.fixture(scope="module")
def seen() -> dict[int, list[Seen]]:
    """At so many seconds, of clocks up to ±100 ppm apart that wrap after 20 s."""
    found: dict[int, list[Seen]] = {10: [], 30: [], 60: []}
    for seed in SEEDS:
        ppm = random.Random(seed).uniform(-100, 100)
        pair = Pair(seed, ppm, start=TICKS_MASK - 20 * SECOND_US)
        at_s = 0
        for seconds, rows in found.items():
            pair.run(seconds - at_s)
            at_s = seconds
            rows.append(Seen(pair.error_us(), pair.skew_error_ppm(), pair.clock.deviation_us))
    return found


@pytest.mark.parametrize(
    ("seconds", "error_us", "skew_ppm"), [(10, 160, 26), (30, 60, 3.5), (60, 40, 1)]
)
def test_offset_and_skew(
    seen: dict[int, list[Seen]], seconds: int, error_us: int, skew_ppm: float
) -> None:
    """Measured, rms: 122 µs and 20 ppm after 10 s, 43 and 2.7 after 30 s, 24 and 0.7 after 60."""
    rows = seen[seconds]
    assert rms(row.error_us for row in rows) < error_us
    assert rms(row.skew_error_ppm for row in rows) < skew_ppm
    assert max(abs(row.error_us) for row in rows) < 4 * error_us
    assert max(abs(row.skew_error_ppm) for row in rows) < 4 * skew_ppm


def test_a_clock_knows_how_well_it_is_known(seen: dict[int, list[Seen]]) -> None:
    """2.25 standard deviations: of a bell 97.6 %, here 98 %; and that is no empty claim: a claim
    of twice the rms error would be 4.5 times it. Measured: 2.5 … 3.5."""
    rows = [row for times in seen.values() for row in times]
    assert all(row.deviation_us < UNKNOWN_US for row in rows)
    within = [abs(row.error_us) <= 2.25 * row.deviation_us for row in rows]
    assert sum(within) / len(within) >= 0.93
    for times in seen.values():
        claimed = 2.25 * rms(row.deviation_us for row in times)
        assert claimed < 4.5 * rms(row.error_us for row in times)


@pytest.mark.parametrize("ppm", [-100, -40, 0, 40, 100])
@pytest.mark.parametrize("start", [0, TICKS_MASK - 30 * SECOND_US], ids=["", "over the wrap"])
def test_offset_delay_and_skew_of_each(ppm: float, start: int) -> None:
    """The delay comes out 0.1 ms too long: the fastest of 40 packets has a little jitter, too."""
    pair = Pair(1, ppm, start=start)
    pair.run(60)
    assert abs(pair.error_us()) < 100
    assert 0 <= pair.clock.half_gap - BASE_US < 250
    assert abs(pair.skew_error_ppm()) < 4


def test_without_an_echo_the_delay_is_taken_as_zero_or_what_it_is_to_others() -> None:
    """The fixed part alone: what the jitter and the skew do is left out, to 0.3 ms."""
    for usual_half_gap in (0, 2100):
        pair = Pair(2, ppm=60, echo_every=0)
        pair.usual_half_gap = usual_half_gap
        pair.run(30)
        assert pair.clock.half_gap == -1
        assert pair.clock.deviation_us == UNKNOWN_US
        assert abs(pair.error_us() - (usual_half_gap - BASE_US)) < 300
        assert abs(pair.skew_error_ppm()) < 8


def test_the_fixed_delay_cancels_where_both_ways_are_alike() -> None:
    pair = still()
    pair.run(10)
    assert abs(pair.error_us()) <= 2
    assert abs(pair.clock.half_gap - BASE_US) <= 1


def test_hear_says_how_long_ago_a_packet_was_sent() -> None:
    pair = still()
    pair.run(5)
    heard = pair.true_us + 50_000 + 9_000
    delay = pair.clock.hear(pair.ours(heard), pair.theirs(pair.true_us + 50_000))
    assert delay == pytest.approx(9_000, abs=5)


def test_delays_are_never_negative_and_right_in_the_end() -> None:
    """To what is known of the offset at 30 … 60 s: 43 µs rms and less."""
    pair = Pair(1, ppm=-80)
    pair.run(60)
    assert all(0 <= delay < CONFLICT_US for delay, _ in pair.delays)
    late = pair.delays[len(pair.delays) // 2 :]
    assert rms(delay - true for delay, true in late) < 120


@pytest.mark.parametrize("jump", [CONFLICT_US + 10_000, -CONFLICT_US - 10_000, 1 << 28])
def test_a_timestamp_a_second_off_is_of_another_clock_and_changes_nothing(jump: int) -> None:
    pair = Pair()
    pair.run(10)
    before, known = pair.error_us(), pair.clock.half_gap
    now = pair.ours(pair.true_us)
    stranger = (pair.theirs(pair.true_us) + jump) & TICKS_MASK
    assert not pair.clock.fits_in(now, stranger)
    assert pair.clock.hear(now, stranger) == CONFLICT
    pair.clock.echo(now, stranger)
    assert (pair.error_us(), pair.clock.half_gap) == (before, known)
    pair.refit()
    assert abs(pair.error_us() - before) < 100


def test_what_fits_is_asked_without_a_change() -> None:
    pair = Pair()
    pair.run(10)
    before = pair.error_us()
    now = pair.ours(pair.true_us)
    assert pair.clock.fits_in(now, pair.theirs(pair.true_us + 500_000))
    assert pair.clock.fits_in(now, pair.theirs(pair.true_us - 500_000))
    assert pair.error_us() == before
    assert ClockFilter().fits_in(5, 1 << 29)


def test_a_cleared_clock_starts_from_nothing() -> None:
    """Also where the first packets after the restart bring no echo for a while."""
    pair = still(ppm=40)
    pair.run(10)
    pair.clock.clear()
    assert not pair.clock.known
    fresh = Pair(ppm=40, preset=STILL, poll_us=0, offset=77, echo_every=0, clock=pair.clock)
    # The first packet of the new boot is 20 ms slower than any of the old one.
    fresh.clock.hear(fresh.ours(20_000), fresh.theirs(0))
    fresh.run(3)
    assert fresh.clock.half_gap == -1
    fresh.echo_every = 1
    fresh.run(4)
    assert abs(fresh.error_us()) <= 2
    assert abs(fresh.skew_error_ppm()) < 2


def test_of_a_cleared_clock_nothing_is_left() -> None:
    pair = Pair(preset=PRESETS["harsh"])
    pair.run(20)
    assert (pair.clock.scale, pair.clock.fits) > (0, 0)
    pair.clock.clear()
    fresh, kept_ticks = vars(ClockFilter()), {"start", "block_start", "_base", "_begun", "middle"}
    points = {"heard", "echoed", "heard_ticks", "echoed_ticks"}  # beyond `count`, none counts
    left = {name for name, value in vars(pair.clock).items() if value != fresh[name]}
    assert left <= kept_ticks | points


@pytest.mark.parametrize("sign", [-1, 1])
def test_a_peer_faster_than_any_crystal_is_followed_no_further_than_that(sign: int) -> None:
    """Two crystals at opposite ends of their data sheets are still followed as well as any."""
    for ppm, skew in ((200, None), (240, None), (300, SKEW_MAXIMUM)):
        pair = Pair(ppm=sign * ppm)
        pair.run(60)
        assert abs(pair.error_us()) < (100 if skew is None else 2000)
        assert skew is None or pair.clock.skew == sign * skew
    broken = Pair(ppm=sign * 2000)
    for _ in range(60):
        broken.run(1)
        assert abs(broken.clock.skew) <= SKEW_MAXIMUM


def test_a_silence_of_15_s_keeps_the_estimate() -> None:
    """Measured, rms: 55 µs at its end, 32 when it is over for 20 s; 129 at worst."""
    at_its_end, afterwards = [], []
    for seed in range(8):
        pair = Pair(seed, ppm=40)
        pair.run(60)
        pair.is_silent = True
        pair.run(15)
        at_its_end.append(pair.error_us())
        pair.is_silent = False
        pair.run(20)
        afterwards.append(pair.error_us())
    assert rms(at_its_end) < 100
    assert max(map(abs, at_its_end)) < 250
    assert rms(afterwards) < 60


def settles_s(pair: Pair, for_s: float) -> tuple[float, int]:
    """(seconds until the error stays below 200 µs, the largest error) in the next `for_s`."""
    last_s, worst_us = 0.0, 0
    for number in range(round(2 * for_s)):
        pair.run(0.5)
        error_us = abs(pair.error_us())
        worst_us = max(worst_us, error_us)
        if error_us > 200:
            last_s = (number + 1) / 2
    return last_s, worst_us


def stepped(seed: int, step_us: int) -> Pair:
    """A peer whose clock was known well, and then is put forward or back by so much."""
    pair = Pair(seed, ppm=30)
    pair.run(60)
    pair.usual_half_gap = 2100
    pair.offset += step_us
    return pair


@pytest.mark.parametrize("step_us", [-100_000, -20_000, 20_000, 100_000])
@pytest.mark.parametrize("seed", range(3))
def test_a_step_of_the_peer_s_clock_is_noticed_and_learnt_anew(step_us: int, seed: int) -> None:
    """Earlier than anything can be, one way or the other. Measured with 24 seeds: below 200 µs
    after 12 s at most."""
    pair = stepped(seed, step_us)
    last_s, _ = settles_s(pair, 40)
    assert last_s < 25
    assert abs(pair.error_us()) < 150


@pytest.mark.parametrize("step_us", [-2000, -400, 400, 2000])
@pytest.mark.parametrize("seed", range(2))
def test_a_step_too_small_to_notice_is_forgotten_with_the_last_block(
    step_us: int, seed: int
) -> None:
    """Blocks of before and after do not agree on one line while both are remembered: 50 s.
    Measured with 24 seeds: below 200 µs after 57 s at most."""
    pair = stepped(seed, step_us)
    last_s, _ = settles_s(pair, 75)
    assert last_s < MEMORY_S + 10
    assert abs(pair.error_us()) < 120


@pytest.mark.parametrize("preset", PRESETS)
def test_no_noise_is_taken_for_a_step(preset: str) -> None:
    """Nor a jolt of 20 ppm: none of 75 in each air was."""
    for seed in range(3):
        pair = Pair(seed, ppm=30, preset=PRESETS[preset], echo_every=3)
        pair.usual_half_gap = 2100
        pair.run(60)
        fits = pair.clock.fits
        pair.change_rate(50)
        pair.run(30)
        assert pair.clock.fits == fits + 60


@pytest.mark.parametrize("ppm", [10, 50])
def test_a_jolt_of_the_peer_s_rate_by_20_ppm(ppm: float) -> None:
    """As when a door opens. Measured with 24 seeds: 164 … 372 µs off at worst, below 200 again
    after 44 s at most."""
    for seed in range(5):
        pair = Pair(seed, ppm=30)
        pair.run(60)
        pair.change_rate(ppm)
        last_s, worst_us = settles_s(pair, 75)
        assert worst_us < 500
        assert last_s < MEMORY_S + 10
        assert abs(pair.error_us()) < 120
        assert abs(pair.skew_error_ppm()) < 4


@pytest.mark.parametrize("sender", [1, 2])
@pytest.mark.parametrize(("seconds", "within_s"), [(0.5, 20), (2, 25), (5, 35), (10, 48)])
def test_a_start_with_one_way_blocked_is_forgotten(
    sender: int, seconds: float, within_s: float
) -> None:
    """All packets of one of both 60 ms late at first. Measured with 12 seeds: below 200 µs so
    long after that: 13, 19, 26 and 39.5 s at most."""
    for seed in range(3):
        pair = Pair(seed, ppm=40)
        pair.extra_us[sender] = 60_000
        pair.run(seconds)
        pair.extra_us[sender] = 0
        last_s, _ = settles_s(pair, 60)
        assert last_s < within_s
        assert abs(pair.error_us()) < 150


def beyond_the_ticks(pair: Pair, left_us: int) -> None:
    """As if the peer had gained on us so far that only `left_us` are left of 2^29."""
    clock = pair.clock
    far = (1 << 29) - left_us - clock.at(pair.ours(pair.true_us))
    clock._base = (clock._base - far) & TICKS_MASK
    clock.middle += far
    for points in (clock.heard, clock.echoed):
        for index in range(1, 2 * clock.count, 2):
            if points[index] != NOTHING:
                points[index] += far
    clock.heard_value += far
    clock.echoed_value += far
    clock.take_line(clock.start, clock.middle, clock.skew)


def test_an_offset_may_drift_as_far_as_ticks_can_tell() -> None:
    """2^29 µs: 25.9 days at 240 ppm. Then all is a conflict, which the node takes for a jump."""
    pair = Pair(ppm=240)
    pair.run(60)
    assert NOTHING not in (pair.clock.heard_value, pair.clock.echoed_value)
    beyond_the_ticks(pair, left_us=4000)
    heard = len(pair.delays)
    pair.run(40)
    answers = [delay for delay, _ in pair.delays[heard:]]
    # A timestamp is 2 ms old or older when it is heard. 6 ms at 240 ppm are 25 s, at 10 a second.
    assert answers.index(CONFLICT) == pytest.approx(250, abs=40)
    in_a_row = zip(answers, answers[1:], answers[2:], strict=False)
    assert (CONFLICT, CONFLICT, CONFLICT) in in_a_row
    pair.clock.clear()
    pair.run(60)
    assert abs(pair.error_us()) < 100
