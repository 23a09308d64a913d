"""Two boards with one id: noticed by each of them, and by those who hear both."""

import pytest

from ascpi.simulation import SECOND_US, Field, make_node
from ascpi_core.peers import EVENT_COLLISION, EVENT_RESTARTED

SHARED_ID = 1
TWIN = 2
"""The board that has the id of board 1, too."""


def twins(epoch: int, twin_epoch: int, later_us: int, seed: int = 1) -> Field:
    """Boards 1 and 2 share an id and 3 hears both; the twin is switched on later."""
    field = Field(3, seed)
    field.power_off(TWIN)
    field.power_off(SHARED_ID)
    field.boards[SHARED_ID].epoch = epoch - 1
    field.power_on(SHARED_ID)
    field.run_until(later_us)
    twin = field.boards[TWIN]
    twin.epoch = twin_epoch - 1
    field.power_on(TWIN)
    twin.node = make_node(SHARED_ID, twin_epoch, twin.ticks(field.now_us), None, **twin.settings)
    return field


@pytest.mark.parametrize("later_us", [5000, 500_000, 5_000_000, 20_000_000])
@pytest.mark.parametrize(("epoch", "twin_epoch"), [(1, 1), (1, 2), (2, 1), (7, 3)])
def test_all_three_notice(epoch: int, twin_epoch: int, later_us: int) -> None:
    field = twins(epoch, twin_epoch, later_us)
    field.run_for(20 * SECOND_US)
    for node_id in field.boards:
        assert set(field.told(node_id, EVENT_COLLISION)) == {SHARED_ID}, field.boards[node_id]


def test_it_is_told_again_and_again_but_not_with_every_packet() -> None:
    field = twins(1, 1, 5_000_000)
    field.run_for(60 * SECOND_US)
    for node_id in field.boards:
        assert 4 <= len(field.told(node_id, EVENT_COLLISION)) <= 8


@pytest.mark.parametrize("preset", ["wifi", "powersave", "harsh"])
def test_without_twins_nobody_says_so(preset: str) -> None:
    """Not with duplicates and reordering, nor when a board restarts again and again."""
    field = Field(4, 1, preset)
    for second in range(5, 40, 5):
        field.run_until(second * SECOND_US)
        field.power_off(3)
        field.run_for(300_000)
        field.power_on(3)
    field.run_for(10 * SECOND_US)
    for node_id in field.boards:
        assert field.told(node_id, EVENT_COLLISION) == []
    assert set(field.told(1, EVENT_RESTARTED)) == {3}
