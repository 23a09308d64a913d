import pytest

from ascpi.cluster import BOARD, DESKTOP, ppm_apart
from ascpi.demo.plan import BOARDS_MOST, plan


@pytest.mark.parametrize("boards", [1, 4, BOARDS_MOST])
def test_boards_and_one_desktop_node(boards: int) -> None:
    nodes = plan(boards, seed=3)
    assert [node.kind for node in nodes] == [BOARD] * boards + [DESKTOP]
    assert len({node.node_id for node in nodes}) == boards + 1
    assert all(0 <= node.phase < 1 for node in nodes)
    assert ppm_apart(nodes) == (80 if boards > 1 else 0)


def test_the_seed_decides_the_phases() -> None:
    assert plan(4, 1) == plan(4, 1)
    assert [node.phase for node in plan(4, 1)] != [node.phase for node in plan(4, 2)]


def test_without_micropython_so_many_desktop_nodes() -> None:
    nodes = plan(4, 1, virtual=False)
    assert [node.kind for node in nodes] == [DESKTOP] * 4
    assert ppm_apart(nodes) == 0
