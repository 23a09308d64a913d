"""The check of a configuration: every mistake said, usable settings whatever was given."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ascpi_core.settings import (
    Arc,
    Choice,
    Flag,
    Fraction,
    Secret,
    Setting,
    Table,
    Whole,
    check_settings,
)

ROWS: tuple[Setting, ...] = (
    Setting("name", "", "what people call it", 8),
    Secret("key", "", "nobody may see it", 8),
    Whole("count", 1, 10, 5, "how many"),
    Fraction("phase", 0, "where"),
    Arc("lead", 0, "how far ahead"),
    Choice("colour", ("red", "green"), "red", "which"),
    Flag("loud", False, "whether"),
    Table("wifi", {}, "more"),
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def mistakes(**given: Any) -> list[str]:
    return check_settings(given, ROWS)[1]


def test_nothing_given_is_all_defaults() -> None:
    assert check_settings({}, ROWS) == ({row.name: row.default for row in ROWS}, [])


def test_what_is_right_is_taken() -> None:
    given = {
        "name": "oak",
        "key": "secret",
        "count": 10,
        "phase": 0.999,
        "lead": -0.5,
        "colour": "green",
        "loud": True,
        "wifi": {"ssid": "x"},
    }
    assert check_settings(given, ROWS) == (given, [])


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("name", "much too long", "a text of at most 8 characters"),
        ("name", 5, "a text of at most 8 characters"),
        ("count", 0, "a whole number from 1 to 10"),
        ("count", 11, "a whole number from 1 to 10"),
        ("count", 5.0, "a whole number from 1 to 10"),
        ("count", True, "a whole number from 1 to 10"),
        ("phase", 1, "a number from 0 up to but not 1"),
        ("phase", -0.1, "a number from 0 up to but not 1"),
        ("phase", float("nan"), "a number from 0 up to but not 1"),
        ("phase", False, "a number from 0 up to but not 1"),
        ("lead", 0.5, "a number of turns from -0.5 up to but not 0.5"),
        ("lead", -0.501, "a number of turns from -0.5 up to but not 0.5"),
        ("lead", float("nan"), "a number of turns from -0.5 up to but not 0.5"),
        ("lead", True, "a number of turns from -0.5 up to but not 0.5"),
        ("lead", "0.25", "a number of turns from -0.5 up to but not 0.5"),
        ("colour", "blue", "one of red, green"),
        ("loud", 1, "true or false"),
        ("wifi", "x", "a table"),
    ],
)
def test_a_mistake_says_what_where_and_what_to_give(name: str, value: Any, wanted: str) -> None:
    settings, found = check_settings({name: value}, ROWS, "board.")
    assert len(found) == 1
    assert found[0].startswith(f"board.{name}: {value!r} is not allowed, give ")
    assert wanted in found[0]
    assert settings[name] == {row.name: row.default for row in ROWS}[name]


@pytest.mark.parametrize("lead", [-0.5, -0.1, 0, 0.25, 0.4999])
def test_an_arc_may_be_either_way(lead: float) -> None:
    assert check_settings({"lead": lead}, ROWS)[0]["lead"] == lead
    assert mistakes(lead=lead) == []


def test_all_mistakes_are_said_together() -> None:
    assert len(mistakes(count=0, phase=2, loud="yes", nonsense=1)) == 4


def test_an_unknown_name_gets_a_suggestion_where_one_is_near() -> None:
    assert mistakes(cuont=5) == ["cuont is no setting, did you mean count?"]
    assert mistakes(color="red") == ["color is no setting, did you mean colour?"]
    assert mistakes(zzz=1) == ["zzz is no setting"]


def test_a_secret_is_never_repeated() -> None:
    found = mistakes(key="hunter2 hunter2")
    assert "hunter2" not in found[0]
    assert found == ["key: the value is not allowed, give a text of at most 8 characters"]


@pytest.mark.parametrize("given", [None, 5, [1], "text"])
def test_not_even_a_table(given: object) -> None:
    settings, found = check_settings(given, ROWS)
    assert found == ["the configuration must be a table {…}"]
    assert settings["count"] == 5
    assert check_settings(given, ROWS, "wifi.")[1] == ["wifi must be a table {…}"]


@given(st.dictionaries(st.sampled_from([row.name for row in ROWS]) | st.text(), anything))
def test_whatever_is_given_the_settings_are_usable(given: dict[str, Any]) -> None:
    settings, found = check_settings(given, ROWS)
    assert set(settings) == {row.name for row in ROWS}
    assert check_settings(settings, ROWS) == (settings, [])
    wrong = [name for name in given if settings.get(name, None) is not given[name]]
    assert len(found) >= len([name for name in wrong if name not in settings])
