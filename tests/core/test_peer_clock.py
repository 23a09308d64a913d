"""Offset, skew and delay of a peer's clock, judged against the clock that made the timestamps."""

import random
from dataclasses import dataclass, field

import pytest

from ascpi_core.envelope import BLOCK_US
from ascpi_core.peer_clock import CONFLICT, CONFLICT_US, SKEW_MAXIMUM, PeerClock
from ascpi_core.ticks import ticks_diff

MASK = (1 << 30) - 1
BASE_US = 2000
JITTER_US = 3000


@dataclass
class Link:
    """Two clocks, `ppm` apart, and the air between them: 2 ms and 3 ms of exponential jitter."""

    ppm: float = 0
    offset: int = 123_456_789
    start: int = 0
    echoes: bool = True
    jitter_us: int = JITTER_US
    clock: PeerClock = field(default_factory=PeerClock)
    chance: random.Random = field(default_factory=lambda: random.Random(1))
    true_us: int = 0
    answers: list[tuple[int, int]] = field(default_factory=list)

    def ours(self, true_us: int) -> int:
        return (self.start + true_us) & MASK

    def theirs(self, true_us: int) -> int:
        return (self.start + self.offset + true_us + round(true_us * self.ppm / 1e6)) & MASK

    def delay(self) -> int:
        jitter = self.chance.expovariate(1 / self.jitter_us) if self.jitter_us else 0
        return BASE_US + round(jitter)

    def run(self, seconds: float, period_us: int = 100_000) -> None:
        until = self.true_us + round(seconds * 1e6)
        while self.true_us < until:
            self.true_us += period_us
            heard = self.true_us + self.delay()
            self.answers.append(
                (self.clock.hear(self.ours(heard), self.theirs(self.true_us)), heard)
            )
            if self.echoes:
                sent = self.true_us - 50_000
                there = self.theirs(sent + self.delay())
                self.clock.echo(self.ours(heard), self.ours(sent), there)

    def error_us(self) -> int:
        """How far the estimated offset is from the true one, now."""
        now = self.ours(self.true_us)
        true = (self.theirs(self.true_us) - now) & MASK
        return ticks_diff(self.clock.offset(now), true)


@pytest.mark.parametrize("ppm", [-100, -40, 0, 40, 100])
@pytest.mark.parametrize("start", [0, MASK - 30_000_000], ids=["", "over the wrap"])
def test_offset_delay_and_skew(ppm: float, start: int) -> None:
    """Tens of µs are what 10 packets/s of this air allow; a tenth of the jitter is asked for."""
    link = Link(ppm=ppm, start=start)
    link.run(60)
    assert abs(link.error_us()) < 300
    assert abs(link.clock.half_gap - BASE_US) < 300
    assert abs(link.clock.skew / 2**30 * 1e6 - ppm) < 12


def test_without_an_echo_the_delay_is_taken_as_zero() -> None:
    link = Link(echoes=False)
    link.run(10)
    assert link.clock.half_gap == -1
    assert -BASE_US - 300 < link.error_us() < -BASE_US + 1


def test_the_fixed_delay_cancels_where_both_ways_are_alike() -> None:
    link = Link(jitter_us=0)
    link.run(10)
    assert abs(link.error_us()) <= 2
    assert abs(link.clock.half_gap - BASE_US) <= 1


def test_hear_says_how_long_ago_a_packet_was_sent() -> None:
    link = Link(jitter_us=0)
    link.run(5)
    heard = link.true_us + 50_000 + 9_000
    delay = link.clock.hear(link.ours(heard), link.theirs(link.true_us + 50_000))
    assert delay == pytest.approx(9_000, abs=5)


def test_delays_are_never_negative() -> None:
    link = Link(ppm=-80)
    link.run(60)
    assert all(0 <= delay < CONFLICT_US for delay, _ in link.answers)


@pytest.mark.parametrize("jump", [CONFLICT_US + 10_000, -CONFLICT_US - 10_000, 1 << 28])
def test_a_timestamp_a_second_off_is_of_another_clock_and_changes_nothing(jump: int) -> None:
    link = Link()
    link.run(10)
    before, known = link.error_us(), link.clock.half_gap
    stranger = (link.theirs(link.true_us) + jump) & MASK
    assert not link.clock.fits(link.ours(link.true_us), stranger)
    assert link.clock.hear(link.ours(link.true_us), stranger) == CONFLICT
    assert (link.error_us(), link.clock.half_gap) == (before, known)


def test_what_fits_is_asked_without_a_change() -> None:
    link = Link()
    link.run(10)
    before = link.error_us()
    assert link.clock.fits(link.ours(link.true_us), link.theirs(link.true_us + 500_000))
    assert link.clock.fits(link.ours(link.true_us), link.theirs(link.true_us - 500_000))
    assert link.error_us() == before
    assert PeerClock().fits(5, 1 << 29)


def test_a_cleared_clock_starts_from_nothing() -> None:
    """Also where the first packets after the restart bring no echo for a block of time."""
    link = Link(jitter_us=0)
    link.run(10)
    link.clock.clear()
    fresh = Link(jitter_us=0, offset=link.offset + 1, start=link.start, clock=link.clock)
    # The first packet of the new boot is 20 ms slower than any of the old one.
    fresh.clock.hear(fresh.ours(20_000), fresh.theirs(0))
    fresh.echoes = False
    fresh.run(BLOCK_US / 1e6 + 1)
    fresh.echoes = True
    fresh.run(2)
    assert abs(fresh.error_us()) <= 2


def test_a_peer_faster_than_any_crystal_is_followed_no_further_than_that() -> None:
    link = Link(ppm=400)
    link.run(60)
    assert link.clock.skew == SKEW_MAXIMUM


def test_a_silence_of_15_s_keeps_the_estimate() -> None:
    link = Link(ppm=40)
    link.run(60)
    link.run(15, period_us=15_000_000)
    assert abs(link.error_us()) < 400
    link.run(20)
    assert abs(link.error_us()) < 300


def test_a_small_step_of_the_peer_s_clock_is_forgotten_after_two_blocks() -> None:
    link = Link()
    link.run(60)
    link.offset -= 100_000
    link.run(3 * BLOCK_US / 1e6)
    assert abs(link.error_us()) < 1000


def test_an_offset_may_drift_as_far_as_ticks_can_tell() -> None:
    """2^29 µs: 25.9 days at 240 ppm. Then all is a conflict, which the node takes for a jump."""
    link = Link(ppm=240, echoes=False)
    link.run(26.5 * 86_400, period_us=15_000_000)
    conflicts = [at for delay, at in link.answers if delay == CONFLICT]
    assert conflicts[0] > 25.8 * 86_400e6
    link.clock.clear()
    link.run(60)
    assert abs(link.error_us()) < 3000
