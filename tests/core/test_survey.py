"""The round over all peers: when it is complete, what it says, and who has a say in the rate."""

import math

import pytest

from ascpi_core.clock_filter import ODD_SKEW, UNKNOWN_US, ClockEnsemble
from ascpi_core.peers import EventRing, Membership, Peer
from ascpi_core.phase import ACQUIRING, AUTHORITY, HOLDOVER, LOCK_HEARD, LOCK_SETTLED, LOCKED, Lock
from tests.core.clocks import Pair

PPM = 2**30 / 10**6
FLOOR_US = 4
WANDER_US = 20


class Round:
    """A survey over peers whose clocks are as they are told to be."""

    def __init__(self, count: int, locked: bool = True) -> None:
        self.membership = Membership(count + 1, EventRing())
        self.lock = Lock()
        if locked:
            self.lock.on(LOCK_HEARD)
            self.lock.on(LOCK_SETTLED)
        self.survey = ClockEnsemble(self.membership, self.lock)
        self.now = 1000
        for node_id in range(2, count + 2):
            self.enter(node_id)

    def enter(self, node_id: int) -> Peer:
        peer = self.membership.add(node_id, 1, self.now)
        assert peer is not None
        peer.heard_ticks = self.now
        peer.state = LOCKED
        self.membership.enter(peer)
        return peer

    @property
    def present(self) -> list[Peer]:
        return self.membership.present

    def know(self, *deviations_us: int) -> None:
        """What the clocks say of themselves. No packet was heard: their fits change nothing."""
        for peer, deviation_us in zip(self.present, deviations_us, strict=True):
            peer.clock.deviation_us = deviation_us

    def run_at(self, *ppm: float) -> None:
        for peer, skew_ppm in zip(self.present, ppm, strict=True):
            peer.clock.skew = round(skew_ppm * PPM)
            peer.clock.fits = 5

    def drop(self, peer: Peer) -> None:
        peer.heard_ticks = (self.now - 10_000_000) & 0x3FFFFFFF
        while peer.present:
            self.membership.sweep(self.now, 5_000_000)

    def complete(self) -> int:
        """Work to the end of the round; how many slices it took."""
        for number in range(1, 10_000):
            self.now += 50_000
            if self.survey.work(self.now, 0):
                return number
        raise AssertionError("the round has no end")


def bound_us(*deviations_us: int) -> float:
    """The formula of the docs: 2.25 standard deviations, and what the crystal may have done."""
    count = len(deviations_us)
    variance = sum(deviation * deviation for deviation in deviations_us) / count
    own = 2.25**2 * variance * count / (count + 1) ** 2
    return FLOOR_US + math.sqrt(own + WANDER_US**2)


def test_with_nobody_there_is_nothing_to_know() -> None:
    made = Round(0)
    assert made.complete() == 1
    assert (made.survey.bound_us, made.survey.deviation_us) == (UNKNOWN_US, UNKNOWN_US)
    assert made.survey.counted == 0


@pytest.mark.parametrize("count", [1, 3, 8, 200])
def test_a_round_takes_two_to_four_slices_a_peer_and_one_more(count: int) -> None:
    """Two while it has no block, four where all twelve are in use: 6 of them at once."""
    made = Round(count)
    for _ in range(30):
        made.now += 5_000_000
        slices = made.complete()
        assert 2 * count + 1 <= slices <= 4 * count + 1
    assert slices == 4 * count + 1


@pytest.mark.parametrize(
    "deviations_us",
    [(30,), (30, 30, 30), (20, 40, 60, 80), (5,) * 7, (800, 1200, 700), (4000,) * 50, (1,) * 510],
)
def test_the_bound_is_that_of_the_mean_of_all(deviations_us: tuple[int, ...]) -> None:
    """To 3 µs, or 1 %: variances are counted in 16 µs², and cut off."""
    made = Round(len(deviations_us))
    made.know(*deviations_us)
    made.complete()
    assert made.survey.bound_us == pytest.approx(bound_us(*deviations_us), rel=0.01, abs=3)


def test_the_more_there_are_the_better_is_their_mean_known() -> None:
    bounds = []
    for count in (1, 2, 4, 8, 16, 64):
        made = Round(count)
        made.know(*[100] * count)
        made.complete()
        bounds.append(made.survey.bound_us)
    assert bounds == sorted(bounds, reverse=True)
    assert bounds[-1] < bounds[0] / 3


@pytest.mark.parametrize(
    ("count", "unknown", "known"),
    [(1, 1, False), (3, 1, False), (7, 1, False), (8, 1, True), (8, 2, False), (16, 2, True)],
)
def test_all_but_an_eighth_have_to_be_known(count: int, unknown: int, known: bool) -> None:
    made = Round(count)
    made.know(*[UNKNOWN_US] * unknown, *[30] * (count - unknown))
    made.complete()
    assert (made.survey.bound_us < UNKNOWN_US) == known
    assert (made.survey.deviation_us < UNKNOWN_US) == known


def test_a_newcomer_makes_a_small_field_unsure_until_it_is_known() -> None:
    made = Round(3)
    made.know(30, 30, 30)
    made.complete()
    assert made.survey.bound_us < 60
    newcomer = made.enter(99)
    made.complete()
    assert made.survey.bound_us == UNKNOWN_US
    newcomer.clock.deviation_us = 30
    made.complete()
    assert made.survey.bound_us < 60


def test_the_deviation_is_a_median_and_one_bad_clock_moves_it_little() -> None:
    made = Round(5)
    made.know(30, 35, 40, 45, 3000)
    for _ in range(60):
        made.complete()
    assert 25 <= made.survey.deviation_us <= 60
    # The mean is what it is: a bad clock is part of it.
    assert made.survey.bound_us == pytest.approx(bound_us(30, 35, 40, 45, 3000), rel=0.01)


def test_the_deviation_follows_what_becomes_better_and_worse() -> None:
    made = Round(4)
    for deviation_us in (2000, 30, 800):
        made.know(*[deviation_us] * 4)
        for _ in range(40):
            made.complete()
        assert made.survey.deviation_us == pytest.approx(deviation_us, rel=0.15, abs=3)


def skew_ppm(made: Round) -> float:
    made.complete()
    return made.survey.skew / PPM


def test_the_rate_is_the_mean_of_those_who_count_ourselves_included() -> None:
    """Our own is 0 by definition; to 0.01 ppm."""
    made = Round(3)
    made.run_at(10, 20, -6)
    assert skew_ppm(made) == pytest.approx(24 / 4, abs=0.01)
    assert made.survey.counted == 3
    made.present[1].state = HOLDOVER
    made.present[2].state = ACQUIRING
    assert skew_ppm(made) == pytest.approx(30 / 3, abs=0.01)
    assert made.survey.counted == 2


def test_who_is_not_locked_takes_the_rate_of_the_others_alone() -> None:
    made = Round(3, locked=False)
    assert made.lock.state < AUTHORITY
    made.run_at(10, 20, -6)
    assert skew_ppm(made) == pytest.approx(24 / 3, abs=0.01)


def test_a_clock_without_a_fit_has_no_rate_yet() -> None:
    made = Round(2)
    made.run_at(10, 90)
    made.present[1].clock.fits = 0
    assert skew_ppm(made) == pytest.approx(5, abs=0.01)


def test_where_nobody_counts_the_last_rate_stays() -> None:
    made = Round(2)
    made.run_at(12, 12)
    before = skew_ppm(made)
    for peer in made.present:
        peer.state = ACQUIRING
    assert skew_ppm(made) == before == pytest.approx(8, abs=0.01)
    assert made.survey.counted == 0


@pytest.mark.parametrize("odd_ppm", [-240, -121, 121, 240])
def test_an_odd_clock_has_no_say(odd_ppm: float) -> None:
    made = Round(4)
    made.run_at(10, 20, 30, odd_ppm)
    assert skew_ppm(made) == pytest.approx(60 / 4, abs=0.01)
    assert made.survey.counted == 3


def test_one_just_within_two_good_crystals_has_a_say() -> None:
    made = Round(2)
    made.run_at(119, -119)
    assert skew_ppm(made) == pytest.approx(0, abs=0.01)
    assert made.survey.counted == 2
    assert 119 * PPM < ODD_SKEW < 121 * PPM


def test_where_most_are_odd_it_is_our_own_clock_that_is() -> None:
    """Then the rate is theirs, without ours and without who is odd as we are."""
    made = Round(4)
    made.run_at(-200, -210, -190, 5)
    assert skew_ppm(made) == pytest.approx(-200, abs=0.01)
    assert made.survey.counted == 3


def test_three_odd_ones_and_two_like_us_are_no_majority() -> None:
    """With ourselves it is three against three."""
    made = Round(5)
    made.run_at(-200, -210, -190, 15, 0)
    assert skew_ppm(made) == pytest.approx(5, abs=0.01)
    assert made.survey.counted == 2


@pytest.mark.parametrize("slices", range(8))
@pytest.mark.parametrize("which", range(3))
def test_a_peer_that_vanishes_in_the_middle_of_a_round(slices: int, which: int) -> None:
    """Whether it had its turn, has it, or would have; the next round is of those who stayed."""
    made = Round(3)
    made.know(30, 40, 50)
    made.run_at(10, 20, 30)
    made.complete()
    for _ in range(slices):
        made.now += 50_000
        if made.survey.work(made.now, 0):
            break
    gone = made.present[which]
    made.drop(gone)
    made.complete()
    made.complete()
    rest = [peer.clock for peer in made.present]
    assert len(rest) == 2
    expected = bound_us(*[clock.deviation_us for clock in rest])
    assert made.survey.bound_us == pytest.approx(expected, abs=3)
    assert made.survey.counted == 2
    assert skew_ppm(made) == pytest.approx(sum(c.skew for c in rest) / 3 / PPM, abs=0.01)


def test_when_all_vanish_nothing_is_known() -> None:
    made = Round(2)
    made.know(30, 30)
    made.complete()
    for peer in list(made.present):
        made.drop(peer)
    made.complete()
    assert (made.survey.bound_us, made.survey.deviation_us) == (UNKNOWN_US, UNKNOWN_US)


def test_the_fits_are_made_on_the_way() -> None:
    """Two real clocks, fitted by nobody but the survey; its rate is theirs, to 1 ppm."""
    made = Round(2)
    pairs = [Pair(seed, ppm, clock=made.present[seed].clock) for seed, ppm in ((0, 40), (1, -10))]
    for pair in pairs:
        pair.is_fitted = False
    for _ in range(1200):
        for pair in pairs:
            pair.run(0.05)
        made.survey.work(pairs[0].ours(pairs[0].true_us), 0)
    assert min(peer.clock.fits for peer in made.present) > 50
    assert made.survey.skew / PPM == pytest.approx(10, abs=1)
    assert made.survey.bound_us == pytest.approx(bound_us(30, 30), abs=15)
