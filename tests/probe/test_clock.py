import pytest

from ascpi.probe.clock import PERIOD_US, ProbeClock


def test_ticks_go_on_over_their_wrap() -> None:
    clock = ProbeClock()
    assert clock.unwrap(PERIOD_US - 500, 1_000_000) == PERIOD_US - 500
    assert clock.unwrap(300, 1_000_900) == PERIOD_US + 300


@pytest.mark.parametrize("silent_us", [10**6, 5 * 10**8, 8 * 10**8, 10**9, 10**10])
def test_no_silence_is_too_long(silent_us: int) -> None:
    """Half a period (8.9 min) of silence is where ticks alone no longer tell."""
    clock = ProbeClock()
    begin = clock.unwrap(77, 5_000_000)
    # A serial line is some ms late, sometimes more, and its clock 40 ppm fast.
    true_us = silent_us + silent_us * 40 // 10**6
    later = clock.unwrap((77 + true_us) % PERIOD_US, 5_000_000 + silent_us + 30_000)
    assert later - begin == true_us


def test_an_edge_that_is_told_late_lies_before_what_was_told_earlier() -> None:
    clock = ProbeClock()
    status = clock.unwrap(10_000, 1_000_000)
    assert clock.unwrap(4_000, 1_004_000) == status - 6_000


def test_after_a_restart_the_count_goes_on_from_where_it_should_be() -> None:
    clock = ProbeClock()
    clock.unwrap(900_000_000, 10_000_000)
    clock.restart()
    assert clock.unwrap(55, 12_500_000) == 902_500_000
    assert clock.unwrap(1_055, 12_501_000) == 902_501_000


def test_this_computer_s_time_is_that_of_the_fastest_line() -> None:
    clock = ProbeClock()
    assert clock.host_us(0) is None
    for ticks, late_us in ((1_000, 9_000), (2_000, 4_000), (3_000, 30_000)):
        arrival_us = 500_000 + ticks + late_us
        clock.fresh(clock.unwrap(ticks, arrival_us), arrival_us)
    assert clock.host_us(10_000) == 514_000
