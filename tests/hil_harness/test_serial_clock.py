"""The bounds of a serial line's clock: the truth is always within them."""

import random

import pytest

from ascpi.hil.serial_clock import ONE_WAY_US, PERIOD, SerialClock

START_US = 5_000_000_000


class Line:
    """A board behind a line with one-sided delays; its clock is `ppm` fast."""

    def __init__(self, seed: int, ppm: float, first_ticks: int = 0) -> None:
        self.clock = SerialClock()
        self._random = random.Random(seed)
        self._ppm = ppm
        self._first = first_ticks

    def ticks(self, true_us: int) -> int:
        elapsed = true_us - START_US
        return (self._first + elapsed + round(elapsed * self._ppm * 1e-6)) % PERIOD

    def delay_us(self) -> int:
        return 300 + round(self._random.expovariate(1 / 4000))

    def report(self, true_us: int) -> None:
        self.clock.heard(self.ticks(true_us), true_us + self.delay_us())

    def ping(self, true_us: int) -> None:
        taken_us = true_us + self.delay_us()
        self.clock.heard(self.ticks(taken_us), taken_us + self.delay_us(), true_us)

    def error_us(self, true_us: int) -> tuple[float, float]:
        """(how wrong it is, what it says)"""
        found = self.clock.true_us(self.ticks(true_us))
        assert found is not None
        return abs(found[0] - true_us), found[1]


@pytest.mark.parametrize("ppm", [-80.0, 0.0, 40.0])
@pytest.mark.parametrize("seed", range(5))
def test_the_truth_lies_within_the_bounds_which_narrow(seed: int, ppm: float) -> None:
    line = Line(seed, ppm, first_ticks=PERIOD - 3_000_000)  # its ticks wrap after 3 s
    widths = []
    for step in range(1, 200):
        now_us = START_US + step * 100_000
        line.ping(now_us) if step % 2 else line.report(now_us)
        wrong_us, within_us = line.error_us(now_us + 1000)
        assert wrong_us <= within_us + 1
        widths.append(within_us)
    # The fastest of many exchanges has little more than the fixed 300 µs each way.
    assert widths[-1] < 1_500
    assert widths[-1] < widths[3]


def test_without_questions_the_fastest_line_is_assumed_to_take_20_ms_at_most() -> None:
    line = Line(1, 20.0)
    for step in range(50):
        line.report(START_US + step * 100_000)
    wrong_us, within_us = line.error_us(START_US + 4_900_000)
    assert within_us == pytest.approx(ONE_WAY_US / 2, rel=0.01)
    assert wrong_us <= within_us


def test_a_clock_that_has_jumped_is_known_again_once_it_is_cleared() -> None:
    line = Line(2, -10.0)
    for step in range(20):
        line.ping(START_US + step * 100_000)
    line.clock.clear()
    assert line.clock.offset() is None
    assert line.clock.true_us(5) is None
    line._first += 123_456
    line.ping(START_US + 2_500_000)
    wrong_us, within_us = line.error_us(START_US + 2_500_000)
    assert wrong_us <= within_us + 1


def test_bounds_that_contradict_each_other_are_no_certainty() -> None:
    line = Line(3, 0.0)
    for step in range(20):
        line.ping(START_US + step * 100_000)
    line._first += 500_000  # it jumped, and nobody said so
    line.ping(START_US + 2_500_000)
    offset = line.clock.offset()
    assert offset is not None
    assert offset.within_us > 400_000
