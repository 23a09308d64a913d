from ascpi.cluster import BOARD, NodePlan, ppm_apart, spread_ppm


def test_clocks_are_spread_evenly_between_the_ends() -> None:
    assert [spread_ppm(index, 5, 40.0) for index in range(5)] == [-40, -20, 0, 20, 40]
    assert spread_ppm(0, 1, 40.0) == 0.0


def test_how_far_clocks_are_apart() -> None:
    nodes = [NodePlan(1, "a", BOARD, -3.0, 0.0), NodePlan(2, "b", BOARD, 4.5, 0.0)]
    assert ppm_apart(nodes) == 7.5
