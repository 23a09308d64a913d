"""`ascpi probe` as a person or a script calls it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ascpi import cli
from ascpi.probe import plot
from ascpi.probe.turns import Front, turns
from tests.probe.setting import TURN_US, Setting


def test_five_seconds_of_two_boards_as_json(setting: Setting) -> None:
    setting.pulser(1, 8, 0)
    setting.pulser(2, 16, 30_000)
    board, _ = setting.probe()
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "ascpi", "probe", "--port", board.serial_path),
            *("--wire", "8=hall", "--wire", "16=stage", "--seconds", "5"),
            # As sharp as a machine allows that has other things to do.
            *("--within-us", "20000", "--json"),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout)
    assert told["turns"] >= 10
    assert told["complete"] >= 1
    assert told["period_us"] == pytest.approx(TURN_US, rel=0.02)
    assert told["boards"]["stage"]["pin"] == 16
    apart_us = told["boards"]["stage"]["mean_us"] - told["boards"]["hall"]["mean_us"]
    assert 10_000 < apart_us < 50_000
    assert told["probe"]["reader"] == "register"
    assert told["probe"]["lost"] == 0
    assert "turns of 2" in ended.stderr


def test_every_turn_is_drawn(tmp_path: Path) -> None:
    fronts = [Front("hall", turn * 1e6) for turn in range(4)]
    fronts += [Front("stage", turn * 1e6 + 40) for turn in range(4) if turn != 2]
    path = tmp_path / "edges.svg"
    plot.draw(turns(fronts, ("hall", "stage")), ["hall", "stage"], "four turns", path)
    drawn = path.read_text("utf-8")
    for words in ("four turns", "hall", "stage", "pulse against the mean of all"):
        assert words in drawn


def test_no_edges_are_said_and_are_1(
    setting: Setting, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    board, _ = setting.probe()
    file = tmp_path / "edges.json"
    words = ["--port", board.serial_path, "--pins", "4,5", "--seconds", "0.2"]
    assert cli.main(["probe", *words, "--json", str(file)]) == 1
    shown = capsys.readouterr()
    assert "no edge came on any pin; are the boards running, is GND wired" in shown.err
    assert json.loads(file.read_text())["rms_us"] is None


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--port", "/dev/ttyNone", "--pins", "4"], "/dev/ttyNone: there is no such port"),
        (["--port", "x", "--pins", "4", "--seconds", "0"], "--seconds 0 is no time to see"),
        (["--port", "x", "--pins", "4,4"], "a pin is named twice"),
        (["--port", "x", "--wire", "4=a", "--wire", "5=a"], "two pins of the probe are called a"),
        (["--port", "x", "--pins", "4", "--plot", "x.gif"], "--plot x.gif"),
        (["--port", "x", "--pins", "4", "--json", "/none/x"], "/none/x cannot be written"),
        (["--virtual", "2", "--pins", "4"], "virtual boards are wired already"),
    ],
)
def test_what_cannot_be_is_a_sentence_and_2(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["probe", *words]) == 2
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "one of the arguments --port --virtual is required"),
        (["--port", "x", "--wire", "4"], "'4' is no wire: give PIN=NAME, such as 4=hall"),
        (["--port", "x", "--pins", "4;5"], "'4;5' are no pins: give numbers such as 4,16,17"),
        (["--virtual", "9"], "'9' is no number from 2 to 8"),
        (["--port", "x", "--turn-ms", "0"], "'0' is no time: give a number above 0"),
    ],
)
def test_arguments_that_are_none_are_said(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["probe", *words])
    assert ended.value.code == 2
    assert sentence in capsys.readouterr().err


def test_three_virtual_boards_to_try_it(capsys: pytest.CaptureFixture[str]) -> None:
    code = cli.main(["probe", "--virtual", "3", "--seed", "1", "--seconds", "4", "--json"])
    shown = capsys.readouterr()
    told = json.loads(shown.out)
    assert set(told["boards"]) == {"board 1", "board 2", "board 3"}
    assert told["turns"] >= 2, shown.err
    assert told["rms_us"] is not None
    assert code == 0
