"""`ascpi flash` as a person calls it."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ascpi.cli import main
from ascpi.flash.application import build, digest
from ascpi.flash.chips import CHIPS
from ascpi.flash.loader import Loader
from ascpi.flash.stand_in import StandIn
from ascpi.ports import open_port
from tests.flash.desk import Desk

DEADLINE_S = 60.0


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ASCPI_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("ASCPI_WIFI_PASSWORD", "long enough")
    monkeypatch.delenv("ASCPI_KEY", raising=False)


def fleet(desk: Desk, *boards: StandIn, more: str = "") -> str:
    path = desk.folder / "boards.toml"
    tables = [
        f'["{board.mac}"]\nname = "{board.chip}"\nchip = "{board.chip}"\nport = "{board.port}"\n'
        for board in boards
    ]
    path.write_text('[defaults]\nwifi = {ssid = "hall"}\n' + "".join(tables) + more)
    return str(path)


def images(desk: Desk) -> str:
    return str(max(desk.image(chip) for chip in CHIPS.values()).parent)


def result(desk: Desk) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((desk.folder / "out.json").read_text())
    return document


def flash(desk: Desk, *words: str) -> int:
    return main(["flash", *words, "--json", str(desk.folder / "out.json")])


def test_a_fleet_of_every_chip_from_the_box_to_telemetry(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    boards = [desk.board(chip, number) for number, chip in enumerate(CHIPS, 1)]
    assert flash(desk, "--config", fleet(desk, *boards), "--image", images(desk)) == 0
    document = result(desk)
    assert document["passed"]
    rows = document["boards"]
    assert [row["name"] for row in rows] == list(CHIPS)
    assert [row["mac"] for row in rows] == [board.mac for board in boards]
    assert {row["state"] for row in rows} == {"flashed"}
    assert [row["digest"] for row in rows] == [digest(build(chip)) for chip in CHIPS.values()]
    shown = capsys.readouterr()
    lines = shown.out.splitlines()
    assert len(lines) == len(CHIPS)
    assert re.search(r"esp32c6 ESP32-C6: flashed in .* s: boot \d+, id 5, MicroPython", lines[-1])
    assert f"{boards[0].port} esp32: writing MicroPython 100 %" in shown.err
    # What was told to nobody but the board.
    assert "long enough" not in shown.out + shown.err + json.dumps(document)
    # And the program alone: it is the same.
    assert flash(desk, "--app-only", "--port", boards[3].port) == 0
    row = result(desk)["boards"][0]
    assert (row["state"], row["name"], row["written_bytes"]) == ("up to date", "esp32c3", 0)
    assert row["digest"] == rows[3]["digest"]


def test_one_that_fails_harms_no_other(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    bad, good = desk.board(number=1), desk.board(number=2)
    bad.break_it(stuck_byte=0x11000)
    missing = '["24:0a:c4:00:00:07"]\nname = "roof"\n'
    path = fleet(desk, bad, good, more=missing)
    assert flash(desk, "--config", path, "--image", images(desk)) == 1
    document = result(desk)
    assert [row["state"] for row in document["boards"]] == ["failed", "flashed"]
    assert document["missing"] == [
        "roof (24:0a:c4:00:00:07): not plugged in, or its port could not be used"
    ]
    assert not document["passed"]
    assert "roof (24:0a:c4:00:00:07): not plugged in" in capsys.readouterr().out


def test_ctrl_c_ends_in_order_and_the_next_run_goes_on(desk: Desk) -> None:
    board = desk.board()
    words = ["--port", board.port, "--image", images(desk), "--ssid", "hall"]
    # Silent, so that it is waited for until we end it.
    board.break_it(mute=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "ascpi", "flash", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "starting" in line:
            break
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 130
    assert "interrupted; run the same command to go on" in out
    open_port(board.port).close()
    board.break_it()
    assert flash(desk, *words) == 0


def test_a_configuration_with_mistakes_names_them_all(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    board = desk.board()
    words = ["--port", board.port, "--image", images(desk), "--ssid", "hall"]
    assert flash(desk, *words, "--set", "alhpa=5", "--set", "step_ms=5") == 1
    text = result(desk)["boards"][0]["text"]
    assert "2 mistakes" in text
    assert "did you mean alpha?" in text
    assert "step_ms: 5 is not allowed" in text


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--app-only", "--erase"], "--app-only leaves all but the program alone"),
        (["--baud", "300"], "--baud 300 is too slow"),
        (["--wait", "0"], "--wait 0 is no time to hear anything"),
        (["--name", "x", "--all"], "--name is for one board"),
        (["--set", "key=hush"], "set ASCPI_KEY in the environment"),
        (["--port", "a", "--all"], "--port names boards and --all takes all of them"),
        (["--dry-run"], "--dry-run shows what a fleet file asks for: name it with --config"),
        (["--config", "FLEET", "--ssid", "x"], "a fleet file says all settings itself"),
        (["--config", "none.toml"], "the fleet file none.toml cannot be read"),
    ],
)
def test_what_cannot_be_meant(
    words: list[str], sentence: str, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    path = fleet(desk, more='["24:0a:c4:00:00:07"]\nname = "roof"\n')
    assert main(["flash", *(path if word == "FLEET" else word for word in words)]) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert "hush" not in error


def test_a_dry_run_touches_no_board(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    path = fleet(desk, more='["24:0a:c4:00:00:07"]\nname = "roof"\nchip = "esp32"\n')
    assert flash(desk, "--dry-run", "--config", path, "--image", images(desk)) == 0
    assert "roof" in capsys.readouterr().out
    assert len(result(desk)["boards"]) == 1


def test_workers_that_are_not_forked_do_as_well(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on other systems than Linux: each starts for itself."""
    board = desk.board()
    with monkeypatch.context() as patched:
        patched.setattr(sys, "platform", "darwin")
        from ascpi.flash.workers import Workers

        workers = Workers()
    with workers, Loader(workers, board.port) as loader:
        assert loader.connect(115_200).mac == board.mac
        assert loader.read(0, 8) == b"\xff" * 8
    # It has ended with its input.
    with open_port(board.port):
        assert os.path.exists(board.port)
