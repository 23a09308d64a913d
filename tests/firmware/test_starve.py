"""A sample of `python -m tests.firmware.starve`: wherever memory ends, a board comes to rest."""

from pathlib import Path

import pytest

from tests.firmware.starve import KIB, POORER, RUNS, WAITS, starve, verdict


@pytest.mark.parametrize(
    ("heap_kib", "end"), [(100, WAITS), (190, POORER), (230, POORER), (300, RUNS)]
)
def test_a_board_comes_to_rest(heap_kib: int, end: str, tmp_path: Path) -> None:
    """Too little for the program, for what runs glyphs, for both in the end, and enough."""
    trial = starve(tmp_path, heap_kib * KIB)
    assert trial.end == end, trial
    assert trial.said or end == RUNS, "it says why"


def test_what_restarts_or_says_nothing_is_told_apart() -> None:
    report = "ASCPI report id=7 epoch=9 up_ms=1 ticks=1 theta=0.0 state=alone band=loose"
    assert verdict([], 9)[0] == "restarts for ever"
    assert verdict(["ASCPI note a start"], 1)[0] == "is silent"
    assert verdict([report] * 3, 1)[0] == "is silent"
