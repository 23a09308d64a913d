"""A few power cuts in the midst of updates; `python -m tests.flash.update_cuts` makes them all."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from ascpi.flash.application import RUN_PATH
from ascpi.flash.update import FORMER as FORMER_FOLDER
from ascpi.flash.update import Update
from ascpi.ports.repl import Repl
from ascpi.virtual.flash_trace import copy, make_again
from tests.flash import update_cuts
from tests.flash.scenarios import (
    FORMER,
    LONG_TRIAL_MS,
    NEW,
    OLD,
    SCENARIOS,
    SHORT_TRIAL_MS,
    THIRD,
    Recorder,
    folder_of,
    program,
)

SEED = 7
SAMPLE = 6
BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_whatever_is_cut_off_a_whole_program_runs(name: str, tmp_path: Path) -> None:
    findings = update_cuts.run(BY_NAME[name], tmp_path, SEED, SAMPLE)
    assert not findings.wrong
    assert len(findings.verdicts) == SAMPLE
    assert findings.possible > SAMPLE
    # What boots after a cut is what would have: all that was recorded makes the same flash again.
    recording = findings.recording
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


def test_a_former_program_goes_only_once_the_new_one_has_proven_itself(tmp_path: Path) -> None:
    """With one write more than it needs: what its /main.py was, and what stands for it."""
    new, before = program(NEW), program(FORMER)
    names = {path.lstrip("/") for path in before}
    with Recorder(tmp_path, FORMER) as recorder:
        flash = recorder.board.options.flash
        recorder.write(new)
        there = _content(flash)
        assert there.keys() >= names
        assert there["main.py"] == new["/main.py"]
        assert there[f"{FORMER_FOLDER}/main.py"] == before["/main.py"]
        recorder.await_run(folder_of(new))
        assert _content(flash).keys() >= names, "it has not been updated again yet"
        recorder.write(program(THIRD))
        gone = names - {"main.py"}
        assert not gone & _content(flash).keys()
    assert not {"ascpi_core", "ascpi_board", FORMER_FOLDER} & {
        entry.name for entry in flash.iterdir()
    }, "no folder stays empty"


def test_a_third_program_during_a_trial_leaves_the_one_that_is_proven(tmp_path: Path) -> None:
    first, second, third = (
        program(version, LONG_TRIAL_MS if version == NEW else SHORT_TRIAL_MS)
        for version in (OLD, NEW, THIRD)
    )
    with Recorder(tmp_path, OLD) as recorder:
        flash = recorder.board.options.flash
        recorder.write(second)
        recorder.await_run(folder_of(second), folder_of(first), "trying")
        recorder.write(third)
        there = _content(flash)
        units = {path[1:]: data for path, data in first.items() if path.count("/") > 1}
        assert units.items() <= there.items()
        run = there[RUN_PATH.lstrip("/")].decode().split()
        assert run[:2] == [folder_of(third), folder_of(first)]


def test_back_to_the_proven_program_during_a_trial_needs_no_other(tmp_path: Path) -> None:
    first, second = program(OLD), program(NEW, LONG_TRIAL_MS)
    with Recorder(tmp_path, OLD) as recorder:
        recorder.write(second)
        recorder.await_run(folder_of(second), folder_of(first), "trying")
        recorder.write(first)
        recorder.await_run(folder_of(first))
        # The one that was on trial is of no more use.
        recorder.write(program(THIRD))
        assert not (recorder.board.options.flash / folder_of(second)).exists()


def _content(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
