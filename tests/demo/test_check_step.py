"""What the check reads in a demo's report."""

import json
from pathlib import Path
from typing import Any

import pytest

from ascpi.check import steps

CUT = {"count_before": 9, "count_on_flash": 9, "count_after": 10}


def report(**changes: Any) -> dict[str, Any]:
    whole: dict[str, Any] = {
        "locked": True,
        "glyphs": {"wrong": []},
        "comet": {"hops": 8},
        "counter": {"power_cuts": [CUT]},
    }
    return {**whole, **changes}


@pytest.fixture
def path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(steps, "DEMO_REPORT", tmp_path / "demo.json")
    return tmp_path / "demo.json"


def test_a_demo_that_shows_all(path: Path) -> None:
    path.write_text(json.dumps(report()))
    assert steps.demo_shown("") == (
        "locked; the comet hopped 8 times, the counter went on from 9 after a power cut"
    )


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"locked": False}, "did not lock"),
        ({"glyphs": {"wrong": ["1.9 is seen nowhere"]}}, "the demo's glyphs: 1.9 is seen nowhere"),
        ({"counter": {"power_cuts": []}}, "no counter survived a power cut"),
        ({"counter": {"power_cuts": [{**CUT, "count_after": None}]}}, "no counter survived"),
    ],
)
def test_a_demo_that_does_not(path: Path, changes: dict[str, Any], sentence: str) -> None:
    path.write_text(json.dumps(report(**changes)))
    with pytest.raises(steps.StepFailure, match=sentence):
        steps.demo_shown("")


def test_a_demo_without_a_report(path: Path) -> None:
    with pytest.raises(steps.StepFailure, match="left no report"):
        steps.demo_shown("")
