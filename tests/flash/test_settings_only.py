"""`--settings-only`, on a virtual board, and what `--app-only` says of other settings."""

import argparse
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from ascpi.flash import outcome
from ascpi.flash.command import add_arguments, run
from ascpi.flash.errors import FlashError
from ascpi.flash.outcome import Outcome
from ascpi.flash.supplies import Supplies
from ascpi.flash.targets import Target
from ascpi.flash.update import Update, over
from ascpi.flash.wishes import Wishes
from ascpi.virtual import VirtualBoard, VirtualBoardOptions
from tests.flash.test_update import put

NODE = Supplies(None, Path("unused"), "node")
SETTINGS = {
    "id": 7,
    "name": "door",
    "board": "esp32-devkitc",
    "report_ms": 200,
    "key": "a key of ours",
    "wifi": {"ssid": "desk", "password": "long enough"},
}


@pytest.fixture
def board(tmp_path: Path) -> Iterator[VirtualBoard]:
    flash = tmp_path / "flash"
    put(flash, {"/main.py": b"print('here')\n"})
    (flash / "ascpi.json").write_text(json.dumps(SETTINGS))
    with VirtualBoard(VirtualBoardOptions(7, flash, as_flashed=True)) as made:
        made.wait_running()
        yield made


def there(board: VirtualBoard) -> dict[str, object]:
    found: dict[str, object] = json.loads((board.options.flash / "ascpi.json").read_text())
    return found


def change(board: VirtualBoard, given: Mapping[str, object]) -> Outcome:
    target = Target(board.serial_path, named=True)
    return Update(
        target, NODE, lambda status: None, Wishes(settings=given), settings_only=True
    ).run()


def test_what_is_given_is_put_over_what_the_board_has(board: VirtualBoard) -> None:
    before = (board.options.flash / "main.py").read_bytes()
    first = change(board, {"phase_offset": 0.25, "wifi": {"channel": 11}})
    assert (first.state, first.text) == (outcome.UPDATED, "phase_offset, wifi.channel written")
    wifi = {"ssid": "desk", "password": "long enough", "channel": 11}
    assert there(board) == {**SETTINGS, "phase_offset": 0.25, "wifi": wifi}
    assert (board.options.flash / "main.py").read_bytes() == before
    second = change(board, {"phase_offset": 0.25, "wifi": {"channel": 11}})
    assert (second.state, second.written_bytes) == (outcome.CURRENT, 0)


def test_mistakes_are_named_and_nothing_is_written(board: VirtualBoard) -> None:
    failed = change(board, {"rate_mhz": 7, "colour": "red"})
    assert failed.state == outcome.FAILED
    assert "rate_mhz: 7 is not allowed" in failed.text
    assert "colour is no setting" in failed.text
    assert there(board) == SETTINGS


def test_a_network_of_another_name_has_a_password_of_its_own(
    board: VirtualBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert over(SETTINGS, {"wifi": {"ssid": "hall"}})["wifi"] == {"ssid": "hall"}
    assert over(SETTINGS, {"wifi": {"ssid": "desk"}})["wifi"] == SETTINGS["wifi"]
    failed = change(board, {"wifi": {"ssid": "hall"}})
    assert "wifi.password: none is given for the network hall" in failed.text
    assert there(board) == SETTINGS


def test_app_only_says_that_the_settings_are_others(board: VirtualBoard) -> None:
    target = Target(board.serial_path, named=True)
    wishes = Wishes(settings={"report_ms": 500})
    found = Update(target, NODE, lambda status: None, wishes, 20.0).run()
    assert "its settings are others than those given (report_ms): --settings-only" in found.text
    assert there(board) == SETTINGS


def test_without_settings_there_is_nothing_to_write() -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    with pytest.raises(FlashError, match="--settings-only has none to write"):
        run(parser.parse_args(["--settings-only", "--all"]))
    with pytest.raises(FlashError, match="no --app-only, --erase or --image"):
        run(parser.parse_args(["--settings-only", "--app-only", "--all", "--ssid", "x"]))
