"""The budgets of tests/stock/budgets.py, and how what is taken is counted and judged."""

from dataclasses import replace

import pytest

from ascpi.flash.chips import CHIPS
from tests.stock import memory
from tests.stock.budgets import BUDGETS, CLASSIC_TOTAL_BYTES, MODULES_MOST, WIFI_BYTES, Budget
from tests.stock.memory import Row, Step

CLASSIC = next(budget for budget in BUDGETS if budget.chip == "esp32")


def row(taken_bytes: int = 1_000, modules: int = 9, budget: Budget = CLASSIC) -> Row:
    parts = ("program", "settings", "node", "motor")
    return Row(budget, tuple(Step(part, part, taken_bytes, modules) for part in parts))


def test_each_chip_has_a_budget_that_leaves_wifi_its_memory() -> None:
    assert [budget.chip for budget in BUDGETS] == list(CHIPS)
    for budget in BUDGETS:
        assert budget.total_bytes <= budget.heap_bytes - WIFI_BYTES, budget.chip
        assert budget.total_bytes <= sum(budget.parts().values()), budget.chip


def test_a_classic_esp32_is_never_given_more() -> None:
    assert CLASSIC.total_bytes == CLASSIC_TOTAL_BYTES <= 124_000
    assert MODULES_MOST <= 40


def test_what_is_within_its_budget_is_right() -> None:
    assert row().wrong() == []


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (row(5_000), "esp32: settings takes 5000 bytes, of 4500"),
        (row(modules=41), "esp32: 41 modules are loaded, of 40"),
        (row(budget=replace(CLASSIC, total_bytes=3_999)), "esp32: all takes 4000 bytes, of 3999"),
    ],
)
def test_what_exceeds_its_budget_is_said(wrong: Row, sentence: str) -> None:
    assert wrong.wrong() == [sentence]


def test_tables_of_names_are_as_large_as_micropython_makes_them() -> None:
    """As the build of 1.28 told them: 1, 4, 5, 6 and 7 tables."""
    told = {20: 176, 300: 2224, 620: 4496, 1260: 9008, 1261: 18000}
    assert {names: memory.tables_bytes(names) for names in told} == told


def test_names_of_stand_ins_are_not_counted() -> None:
    line = "qstr pool: n_pool=6, n_qstr={}, n_str_data_bytes=100, n_total_bytes={}\nmark {} {}\n"
    output = line.format(200, 2324, 5000, 0) + line.format(1265, 18100, 30000, 3)
    assert memory.read_marks(output) == [(5000, 0), (30000 - 18000 + 9008, 3)]
