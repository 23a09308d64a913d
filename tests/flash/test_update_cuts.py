"""A few power cuts in the midst of updates; `python -m tests.flash.update_cuts` makes them all."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from ascpi.flash.application import RUN_PATH
from ascpi.flash.update import Update
from ascpi.ports.repl import Repl
from ascpi.virtual.flash_trace import copy, make_again
from tests.flash import update_cuts
from tests.flash.scenarios import NEW, OLD, SCENARIOS, record

SEED = 7
SAMPLE = 6
BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_whatever_is_cut_off_a_whole_program_runs(name: str, tmp_path: Path) -> None:
    findings = update_cuts.run(BY_NAME[name], tmp_path, SEED, SAMPLE)
    assert not findings.wrong
    assert len(findings.verdicts) == SAMPLE
    assert findings.possible > SAMPLE


def test_what_was_recorded_makes_the_same_flash_again(tmp_path: Path) -> None:
    """So what boots from it after a cut is what would have."""
    recording = record(BY_NAME["both"], tmp_path)
    again = tmp_path / "again"
    copy(recording.before, again)
    make_again(again, recording.changes)
    assert _content(again) == _content(recording.after)
    assert _content(again) != _content(recording.before)


def test_an_update_that_switches_first_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command itself is tried: by an update that is wrong."""

    def change(
        self: Update, repl: Repl, wanted: Mapping[str, bytes], new: list[str], *rest: object
    ) -> None:
        for path in sorted(new, key=lambda path: path != RUN_PATH):
            repl.write(path, wanted[path])

    monkeypatch.setattr(Update, "_change", change)
    results = tmp_path / "results.json"
    code = update_cuts.main(
        ["--scenario", "program", "--sample", "2", "--json", str(results), "--seed", "2"]
    )
    document = json.loads(results.read_text())
    assert code == 1
    assert document["others"] > 0
    said = [verdict["wrong"] for verdict in document["scenarios"][0]["verdicts"]]
    assert any("does not run" in sentence or "is not whole" in sentence for sentence in said)
    assert set(document["scenarios"][0]["versions"]) <= {OLD, NEW}


def _content(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
