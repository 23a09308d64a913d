"""`--app-only`, on a virtual board: what differs is written, what is too much goes."""

import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ascpi import paths
from ascpi.flash import outcome
from ascpi.flash.application import build
from ascpi.flash.chips import CHIPS
from ascpi.flash.errors import FlashError
from ascpi.flash.fleet import load_fleet
from ascpi.flash.outcome import Outcome, Status
from ascpi.flash.supplies import Supplies
from ascpi.flash.targets import Target
from ascpi.flash.update import Running, Update, chip_of
from ascpi.flash.wishes import Wishes
from ascpi.virtual import VirtualBoard, VirtualBoardOptions

WAIT_S = 20.0
NODE_ID = 7
MAC = "02:a5:00:00:00:07"
# How a board that was reset shows that it runs: its first line, or a report if that went by before
# the port was open again.
ALIVE = "(boot .*|reports as id 7)"
XTENSAWIN = 10 << 10
AS_SOURCES = ("circle.mpy", "report.mpy", "wire.mpy")


@pytest.fixture
def board(tmp_path: Path) -> Iterator[VirtualBoard]:
    """With compiled files, but the sources of some in their place, as `mpremote cp` puts them."""
    flash = tmp_path / "flash"
    for path, data in build(CHIPS["esp32"]).items():
        module = Path(path.lstrip("/"))
        as_source = module.name in AS_SOURCES
        place = flash / (module.with_suffix(".py") if as_source else module)
        place.parent.mkdir(parents=True, exist_ok=True)
        source = paths.CORE / place.name
        place.write_bytes(source.read_bytes() if as_source else data)
    configuration = {"id": NODE_ID, "name": "door", "report_ms": 200, "wifi": {"ssid": "desk"}}
    (flash / "ascpi.json").write_text(json.dumps(configuration))
    options = VirtualBoardOptions(NODE_ID, flash, as_flashed=True)
    with VirtualBoard(options) as made:
        made.set_access_point(False)
        made.wait_running()
        yield made


def update(board: VirtualBoard, **more: object) -> Update:
    target = Target(board.serial_path, named=bool(more.pop("named", True)))
    wishes = more.pop("wishes", Wishes())
    assert isinstance(wishes, Wishes)
    supplies = Supplies(None, Path("unused"), "node")
    return Update(target, supplies, lambda status: None, wishes, WAIT_S)


def files(board: VirtualBoard) -> dict[str, bytes]:
    folder = board.options.flash
    return {
        "/" + path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_only_what_differs_is_written_and_then_it_is_up_to_date(board: VirtualBoard) -> None:
    flash = board.options.flash
    (flash / "glyphs").mkdir()
    (flash / "glyphs" / "7-1").write_bytes(b"a glyph")
    (flash / "ascpi_core" / "gone.py").write_text("")
    (flash / "mine.py").write_text("")
    configured = (flash / "ascpi.json").read_bytes()
    wanted = build(CHIPS["esp32"])
    # Both are there: the source would be run.
    (flash / "ascpi_core" / "ticks.py").write_bytes((paths.CORE / "ticks.py").read_bytes())
    first = update(board).run()
    assert (first.state, first.mac, first.name) == (outcome.UPDATED, MAC, "door"), first
    count = len(AS_SOURCES)
    said = re.fullmatch(f"{count} files written, {count + 2} removed; {ALIVE}", first.text)
    assert said, first
    there = files(board)
    assert {path: there[path] for path in wanted} == dict(wanted)
    assert there["/ascpi.json"] == configured
    assert there["/glyphs/7-1"] == b"a glyph"
    assert "/mine.py" in there
    ours = [path for path in there if path.startswith(("/ascpi_core", "/ascpi_board"))]
    assert sorted(ours) == sorted(path for path in wanted if path != "/main.py")
    second = update(board).run()
    assert second.state == outcome.CURRENT
    said = re.fullmatch(f"its program is the same, nothing was written; {ALIVE}", second.text)
    assert said, second
    assert second.digest == first.digest
    assert second.written_bytes == 0
    # One file of all is another.
    (flash / "ascpi_core" / "node.mpy").write_bytes(b"old")
    third = update(board).run()
    assert re.fullmatch(f"1 files written, 0 removed; {ALIVE}", third.text), third
    assert third.written_bytes == len(wanted["/ascpi_core/node.mpy"])


def test_a_board_of_no_fleet_is_left_running(board: VirtualBoard, tmp_path: Path) -> None:
    path = tmp_path / "boards.toml"
    path.write_text('["24:0a:c4:00:00:07"]\nname = "other"\n')
    before = files(board)
    result = update(board, named=False, wishes=Wishes(load_fleet(path))).run()
    assert result.state == outcome.LEFT
    assert {
        path: data for path, data in files(board).items() if path in before
    }.keys() == before.keys()
    board.wait_running()


def test_a_port_without_micropython_says_what_to_do(tmp_path: Path) -> None:
    target = Target(str(tmp_path / "none"), named=True)
    work = Update(target, Supplies(None, tmp_path, "node"), lambda status: None, Wishes())
    result = work.run()
    assert result.state == outcome.FAILED
    assert result.text.startswith("there is no such port")


def test_an_update_can_be_ended(board: VirtualBoard) -> None:
    ended = threading.Event()

    def watch(status: Status) -> None:
        if status.stage == "writing" and status.done == 1:
            work.cancel()
            ended.set()

    work = Update(
        Target(board.serial_path, named=True), Supplies(None, Path("x"), "node"), watch, Wishes()
    )
    result: Outcome = work.run()
    assert ended.is_set(), result
    assert result.state == outcome.ENDED
    # What was written is whole: each file beside its place, then renamed.
    wanted, there = build(CHIPS["esp32"]), files(board)
    missing = {f"/ascpi_core/{name}" for name in AS_SOURCES} - there.keys()
    assert len(missing) == len(AS_SOURCES) - 1
    assert all(there[path] == wanted[path] for path in wanted if path not in missing)


@pytest.mark.parametrize(
    ("machine", "mpy", "chip"),
    [
        ("Generic ESP32 module with ESP32", 0x306 | XTENSAWIN, "esp32"),
        ("Generic ESP32S2 module with ESP32-S2FN4R2", 0x306 | XTENSAWIN, "esp32s2"),
        ("Generic ESP32S3 module with ESP32S3", 0x306 | XTENSAWIN, "esp32s3"),
        ("ESP32C3 module with ESP32C3", 0x306 | 11 << 10, "esp32c3"),
    ],
)
def test_the_chip_by_what_micropython_says_of_itself(machine: str, mpy: int, chip: str) -> None:
    assert chip_of(Running(machine, mpy, "esp32", MAC, 1, "")) == CHIPS[chip]


@pytest.mark.parametrize(
    ("mpy", "said"), [(0x206, "version 6.2"), (0x305, "version 5.3"), (0, "version none")]
)
def test_another_version_of_compiled_files_is_refused(mpy: int, said: str) -> None:
    with pytest.raises(FlashError, match=f"{said}, and ours are 6.3: flash it as a whole"):
        chip_of(Running("Generic ESP32 module with ESP32", mpy, "esp32", MAC, 1, ""))
