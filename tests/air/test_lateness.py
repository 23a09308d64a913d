from ascpi.air.lateness import LIMIT_US, Lateness, LatenessSummary


def test_nothing_sent_is_no_lateness() -> None:
    assert Lateness().summary() == LatenessSummary(0, None, None, None, None)


def test_percentiles_are_nearest_ranks() -> None:
    lateness = Lateness()
    for value_us in reversed(range(1, 101)):
        lateness.add(value_us)
    assert lateness.summary() == LatenessSummary(100, 50, 95, 99, 100)


def test_the_greatest_stays_exact_beyond_the_limit() -> None:
    lateness = Lateness()
    lateness.add(LIMIT_US * 3)
    lateness.add(-5)
    assert lateness.summary() == LatenessSummary(2, 0, LIMIT_US, LIMIT_US, LIMIT_US * 3)
