"""The firmware asks a stock board for nothing that MicroPython 1.23 lacks.

The stubs of 1.23 have the board's names, but Any for most types, so a type checker passes over
what is said of an Any: this looks at the names themselves, and at keywords, which no stub has.
What even this cannot see stands in tests/stock/uses.py.
"""

import sys
from pathlib import Path

import pytest

from ascpi.flash.application import UNITS
from ascpi.paths import REPOSITORY
from tests.stock import keywords, mistakes, names, uses

STUBS = Path(sys.prefix) / "micropython" / "1.23"

pytestmark = pytest.mark.skipif(
    not STUBS.exists(), reason="MicroPython 1.23's stubs are missing: `python3 tools/test.py`"
)


def found(tmp_path: Path, source: str) -> list[str]:
    """The mistakes of one file."""
    file = tmp_path / "board.py"
    file.write_text(source, "utf-8")
    return mistakes.find(STUBS, [file], tmp_path)


def test_all_that_goes_onto_a_board_is_there_in_1_23() -> None:
    files = mistakes.sources()
    assert len(files) > 40
    # main.py takes the program as boards have it: from its units.
    own = {f"there is no module {unit.name}" for unit in UNITS}
    found = mistakes.find(STUBS, files, REPOSITORY)
    assert [mistake for mistake in found if mistake.partition(": ")[2] not in own] == []


def test_enough_is_seen_for_that_to_mean_something() -> None:
    asked = uses.read(mistakes.sources(), REPOSITORY)
    paths = {use.path for use in asked.names}
    assert {"network.WLAN.PM_NONE", "time.ticks_us", "machine.Pin.OUT"} <= paths
    assert {"readinto", "isconnected", "duty_u16"} <= {use.path for use in asked.members}
    called = {(use.path, use.keywords) for use in asked.calls}
    assert ("machine.WDT", ("timeout",)) in called
    assert ("config", ("pm",)) in called


@pytest.mark.parametrize(
    ("source", "wrong"),
    [
        ("import typing\n", "board.py:1: there is no module typing"),
        ("import dataclasses\n", "board.py:1: there is no module dataclasses"),
        ("from time import perf_counter\n", "board.py:1: time has no perf_counter"),
        ("import os\nos.getpid()\n", "board.py:2: os has no getpid"),
        ("import network\nnetwork.ipconfig(prefer=4)\n", "board.py:2: network has no ipconfig"),
        ("import network as n\nn.WLAN.PM_OFF\n", "board.py:2: network.WLAN has no PM_OFF"),
        (
            "def f(wlan):\n    wlan.ipconfig('addr4')\n",
            "board.py:2: no class of an imported module has ipconfig",
        ),
    ],
)
def test_a_name_that_came_later_or_never_is_found(tmp_path: Path, source: str, wrong: str) -> None:
    assert wrong in found(tmp_path, source)


@pytest.mark.parametrize(
    ("source", "call"),
    [
        ("import machine\nmachine.Pin(2, machine.Pin.OUT, initial=0)\n", "machine.Pin(initial=…)"),
        ("import machine\nmachine.PWM(2, frequency=1)\n", "machine.PWM(frequency=…)"),
        ("import time\ntime.sleep_ms(ms=5)\n", "time.sleep_ms(ms=…)"),
        ("def f(wlan):\n    wlan.config(power=1)\n", "config(power=…)"),
        ("def f(text):\n    text.split(sep=' ')\n", "split(sep=…)"),
        ("print('', flush=True)\n", "print(flush=…)"),
        ("dict(**{})\n", "dict(**=…)"),
    ],
)
def test_a_keyword_that_no_board_takes_is_found(tmp_path: Path, source: str, call: str) -> None:
    assert any(call in mistake for mistake in found(tmp_path, source))


def test_what_only_a_type_checker_reads_does_not_count(tmp_path: Path) -> None:
    source = "TYPE_CHECKING = False\nif TYPE_CHECKING:\n    from typing import Any\n"
    assert found(tmp_path, source) == []


def test_the_functions_of_the_table_of_keywords_exist() -> None:
    modules = names.read(STUBS)
    for path, (words, where) in keywords.KEYWORDS.items():
        module, name, member = (*path.split("."), "", "")[:3]
        assert where
        if not name or module == "list":
            continue  # a built-in function
        assert name in modules[module].names, path
        holds = modules[module].members(name)
        assert not member or member in holds, path
        assert words
