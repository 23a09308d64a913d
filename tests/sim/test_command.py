"""`ascpi sim`: what it prints, writes and refuses."""

import argparse
import json
import os
import re
import signal
from pathlib import Path

import pytest

from ascpi import cli
from ascpi.sim import command, workers
from ascpi.sim.checker import CHECKS
from ascpi.sim.faults import FAULTS
from ascpi.sim.mutants import MUTANTS
from ascpi.sim.options import SimOptions
from ascpi.sim.run import run_seed

SHORT = ["sim", "--plain", "--nodes", "3", "--seconds", "12"]


def test_seeds_are_counted_and_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "sim.json"
    words = [*SHORT, "--faults", "loss, pause", "--seeds", "3:6", "--json", str(path)]
    assert cli.main([*words, "--jobs", "1"]) == 0
    made = json.loads(path.read_text("utf-8"))
    shown = capsys.readouterr()
    assert (made["violations"], made["unconverged"], made["failures"]) == (0, 0, [])
    assert (made["seeds"], made["seeds_asked"], made["nodes"]) == (3, 3, 3)
    assert made["passed"] is True
    assert made["seconds"] > 3 * 12
    assert made["speed"] > 1
    assert 0 < made["converged_median_s"] <= made["converged_worst_s"] <= made["bound_s"]
    assert list(made["faults"]) == list(FAULTS)
    assert made["faults"]["loss"] > 0
    assert made["faults"]["power"] == 0
    assert made["seeds_with"]["pause"] == 3
    assert "violations 0, unconverged 0" in shown.out
    assert "× real time on one core" in shown.out
    # The same in two processes.
    assert cli.main([*words, "--jobs", "2"]) == 0
    again = json.loads(path.read_text("utf-8"))
    assert {**again, "speed": 0} == {**made, "speed": 0}


def test_a_mutant_is_caught_at_once_and_made_smaller(capsys: pytest.CaptureFixture[str]) -> None:
    words = [*SHORT, "--faults", "none", "--seeds", "0:50", "--jobs", "1"]
    assert cli.main([*words, "--mutant", "activates-on-prepare", "--seconds", "30"]) == 1
    shown = capsys.readouterr().out
    assert "caught: activates-on-prepare by the check twice at seed" in shown
    assert "violations 1" in shown
    smallest = shown.split("smallest case found")[1]
    replay = next(line for line in smallest.splitlines() if "ascpi sim" in line).split()[1:]
    assert cli.main([*replay, "--plain", "--no-shrink"]) == 1
    assert "twice" in capsys.readouterr().out


def test_a_mutant_that_gets_away_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    words = [*SHORT, "--faults", "none", "--seeds", "0:1", "--glyphs", "1"]
    assert cli.main([*words, "--mutant", "forgets-fence"]) == 0
    assert "NOT CAUGHT: forgets-fence" in capsys.readouterr().out


def test_a_replay_is_traced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    digests = []
    for name in ("one", "two"):
        path = tmp_path / name
        assert cli.main([*SHORT, "--replay", "8", "--trace", str(path)]) == 0
        shown = capsys.readouterr().out
        digests.append(shown.split("SHA-256 ")[1].split()[0])
        lines = path.read_text("utf-8").splitlines()
        assert f"{len(lines)} lines" in shown
        assert lines[0].endswith("seed 8, --nodes 3 --faults swarm --seconds 12")
        for word in ("boot", "sends beacon", "hears beacon", "append", "calm"):
            assert any(f" {word}" in line for line in lines), word
    assert digests[0] == digests[1]
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert cli.main([*SHORT, "--replay", "8", "--trace"]) == 0
    assert "sends beacon" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--seeds", "5"], "--seeds 5 is no range; give A:B with A below B, such as 0:1000"),
        (["--seeds", "5:5"], "--seeds 5:5 is no range"),
        (["--seeds", "x:9"], "--seeds x:9 is no range"),
        (["--seeds=-3:9"], "--seeds -3:9 is no range"),
        (["--nodes", "1"], "--nodes 1 is not possible; give 2 to 32"),
        (["--seconds", "0"], "--seconds 0 is not possible"),
        (["--bound", "0"], "--bound 0 is not possible"),
        (["--glyphs", "33"], "--glyphs 33 is not possible; give 0 to 32"),
        (["--jobs", "0"], "--jobs 0 is not possible"),
        (["--faults", "loss,rain"], "rain is no fault; give swarm, none, or some of: drift"),
        (["--faults", "loss,"], "nothing is no fault"),
        (["--mutant", "zombie"], "zombie is no mutant; give one of: activates-on-prepare"),
        (["--trace"], "--trace needs --replay SEED"),
        (["--replay", "1", "--seeds", "0:3"], "--replay runs one seed and --seeds many"),
        (["--replay", "-1"], "is no range"),
        (["--json", "."], "cannot be written: it is a folder"),
        (["--replay", "1", "--trace", "."], "cannot be written: it is a folder"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["sim", *words]) == cli.EXIT_USAGE
    shown = capsys.readouterr()
    assert sentence in shown.err
    assert shown.err.startswith("ascpi: ")
    assert len(shown.err.splitlines()) == 1


def test_the_help_names_every_fault_and_mutant(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["sim", "--help"])
    shown = capsys.readouterr().out
    assert "powersave" in shown
    assert "forgets-fence" in shown


def test_an_interruption_keeps_what_there_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    done: list[int] = []

    def counted(options: SimOptions, seed: int) -> object:
        done.append(seed)
        if len(done) == 2:
            os.kill(os.getpid(), signal.SIGINT)
        return run_seed(options, seed)

    monkeypatch.setattr(workers, "run_seed", counted)
    path = tmp_path / "sim.json"
    words = [*SHORT, "--faults", "none", "--seeds", "0:9", "--jobs", "1", "--json", str(path)]
    assert cli.main(words) == command.EXIT_INTERRUPTED
    assert done == [0, 1]
    assert "interrupted after 2 of 9 seeds" in capsys.readouterr().err
    made = json.loads(path.read_text("utf-8"))
    assert (made["seeds"], made["seeds_asked"]) == (2, 9)


def test_the_page_tells_of_every_option_fault_check_and_mutant(checkout: Path) -> None:
    page = (checkout / "docs" / "sim.md").read_text("utf-8")
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    options = re.findall(r"--[a-z-]+", parser.format_usage())
    assert len(options) >= 12
    for word in (*FAULTS, *MUTANTS, *CHECKS):
        assert f"| `{word}` |" in page, word
    for option in options:
        if option != "--plain":
            assert f"`{option}" in page, option
