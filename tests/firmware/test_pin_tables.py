"""Boards' pins: docs/wiring.md agrees with the table, and the table with what chips allow."""

import pytest

from ascpi_core.settings import BOARDS
from tests.firmware.pin_tables import PAGE, TABLES, chip_of, in_page

REAL = [name for name in BOARDS if name != "virtual"]


@pytest.mark.parametrize("name", TABLES)
def test_the_page_has_the_table_as_it_is(name: str) -> None:
    """After a change: python -m tests.firmware.pin_tables --write."""
    assert in_page(PAGE.read_text("utf-8"), name) == TABLES[name]()


@pytest.mark.parametrize("name", REAL)
def test_a_pulse_pin_is_used_for_nothing_else(name: str) -> None:
    chip = chip_of(name)
    assert chip is not None
    board = BOARDS[name]
    assert board.pulse_pin not in chip.unfit
    assert board.pulse_pin != board.light_pin


@pytest.mark.parametrize("name", REAL)
def test_a_light_pin_can_drive_a_light(name: str) -> None:
    """Some boards have their light on a strapping pin, where its maker saw to the level."""
    chip = chip_of(name)
    assert chip is not None
    assert BOARDS[name].light_pin not in chip.unfit - set(chip.strapping)


def test_a_virtual_board_has_no_chip() -> None:
    assert chip_of("virtual") is None
