"""One board from its port to telemetry: stand-ins, esptool, the real MicroPython."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ascpi.flash import outcome
from ascpi.flash.chips import CHIPS
from ascpi.flash.filesystem import make_image
from ascpi.flash.fleet import load_fleet
from ascpi.flash.image import filesystem_place, load_image
from ascpi.flash.shelter import Shelter
from ascpi.flash.stand_in import StandIn
from ascpi.flash.wishes import Wishes
from tests.flash.desk import FLASH_BYTES, SETTINGS, Desk
from tests.flash.images import image_data


def lay_down(desk: Desk, folder: Path, chip: str, files: dict[str, bytes]) -> None:
    """A flash with these files on it, for the stand-in that is to come into `folder`."""
    image = load_image(desk.image(CHIPS[chip]), CHIPS[chip])
    offset, size = filesystem_place(image, FLASH_BYTES)
    data = bytearray(b"\xff" * FLASH_BYTES)
    for at, part in ((CHIPS[chip].image_offset, image.data), (offset, make_image(files, size))):
        data[at : at + len(part)] = part
    folder.mkdir(parents=True)
    (folder / "flash.bin").write_bytes(data)


def stopped(board: StandIn) -> StandIn:
    """Its flash is then up to date with what its program wrote."""
    board.stop()
    return board


def test_from_the_box_to_telemetry(desk: Desk) -> None:
    board = desk.board("esp32s3", number=77)
    result = desk.flash(board, {**SETTINGS, "name": "door"})
    assert (result.state, result.name, result.chip) == (outcome.FLASHED, "door", "ESP32-S3")
    assert result.mac == board.mac
    assert "id 77, MicroPython" in result.text
    stages = {status.stage for status in desk.seen}
    assert {"connecting", "writing MicroPython", "verifying file system", "starting"} <= stages
    assert not desk.asked
    assert "/main.py" in board.wait_for("boot")["files"]
    files = desk.files(stopped(board))
    assert json.loads(files["/ascpi.json"])["wifi"]["ssid"] == "desk"
    # It booted once from what was written; the next boot is another epoch.
    assert result.epoch is not None
    assert int(files["/ascpi_epoch"]) == result.epoch


def test_a_probe_needs_no_configuration(desk: Desk) -> None:
    board = desk.board("esp32c6", number=78)
    result = desk.flash(board, None, program="probe")
    assert (result.state, result.epoch) == (outcome.FLASHED, 0)
    assert "/ascpi_probe/program.mpy" in board.wait_for("boot")["files"]
    # Nothing is left of it for a node.
    assert "it has no configuration yet" in desk.flash(board, None).text


def test_a_second_time_keeps_epoch_glyphs_and_configuration(desk: Desk) -> None:
    files = {
        "/ascpi.json": json.dumps({**SETTINGS, "name": "old", "id": 5}).encode(),
        "/ascpi_epoch": b"900000000",
        "/glyphs/5-1": b"a glyph",
        "/main.py": b"raise SystemExit",
        "/ascpi_00000000/ascpi_node.mpy": b"",
    }
    lay_down(desk, desk.folder / "board-1", "esp32c3", files)
    board = desk.board("esp32c3")
    result = desk.flash(board, None)
    assert (result.state, result.name, result.epoch) == (outcome.FLASHED, "old", 900_000_002)
    assert "id 5" in result.text
    assert not desk.asked
    now = desk.files(stopped(board))
    assert now["/glyphs/5-1"] == b"a glyph"
    assert now["/ascpi.json"] == files["/ascpi.json"]
    assert "/ascpi_00000000/ascpi_node.mpy" not in now


def test_erasing_keeps_the_epoch_alone(desk: Desk) -> None:
    files = {"/ascpi.json": b"{}", "/ascpi_epoch": b"900000000", "/glyphs/5-1": b"a glyph"}
    lay_down(desk, desk.folder / "board-1", "esp32", files)
    board = desk.board()
    result = desk.flash(board, erase=True)
    assert (result.state, result.epoch) == (outcome.FLASHED, 900_000_002)
    assert "erasing" in {status.stage for status in desk.seen}
    now = desk.files(stopped(board))
    assert "/glyphs/5-1" not in now
    assert json.loads(now["/ascpi.json"])["wifi"] == SETTINGS["wifi"]


def test_somebody_elses_board_is_asked_about(desk: Desk) -> None:
    lay_down(desk, desk.folder / "board-1", "esp32", {"/main.py": b"mine", "/boot.py": b"mine"})
    board = desk.board()
    before = board.flash.read_bytes()
    desk.answers = [False, True]
    result = desk.flash(board)
    assert result.state == outcome.REFUSED
    assert "files: boot.py, main.py, and was left as it is; --yes" in result.text
    assert "this overwrites files: boot.py, main.py" in desk.asked[0]
    assert board.flash.read_bytes() == before
    assert desk.flash(board).state == outcome.FLASHED


def test_a_cable_out_half_way_is_mended_by_the_next_run(desk: Desk) -> None:
    """Also what was on the board, which the first run had begun to overwrite."""
    files = {
        "/ascpi.json": json.dumps(SETTINGS).encode(),
        "/ascpi_epoch": b"900000000",
        "/glyphs/5-1": b"a glyph",
    }
    lay_down(desk, desk.folder / "board-1", "esp32", files)
    board = desk.board()
    image = desk.folder / "other.bin"
    image.write_bytes(image_data(CHIPS["esp32"], size=60_000))
    board.break_it(dies_after_bytes=28_000)
    broken = desk.flash(board, None, image)
    assert broken.state == outcome.FAILED
    assert "broke off while it was to be written" in broken.text
    board.wait_for("unplugged")
    # As if it had come out in the midst of the file system.
    flash = bytearray(board.flash.read_bytes())
    flash[0x200000:] = b"\x00" * (len(flash) - 0x200000)
    board.flash.write_bytes(flash)
    board.plug_in()
    mended = desk.flash(board, None, image)
    assert (mended.state, mended.epoch) == (outcome.FLASHED, 900_000_002)
    assert not desk.asked
    assert desk.files(stopped(board))["/glyphs/5-1"] == b"a glyph"
    assert Shelter(desk.folder / "cache", board.mac).load() is None


def test_wrong_data_is_found_and_mended(desk: Desk) -> None:
    board = desk.board()
    board.break_it(stuck_byte=0x11000)
    result = desk.flash(board)
    assert result.state == outcome.FAILED
    assert "verification failed" in result.text
    board.break_it()
    assert desk.flash(board).state == outcome.FLASHED


def test_a_board_that_stays_silent_is_not_flashed(desk: Desk) -> None:
    board = desk.board()
    board.break_it(mute=True)
    result = desk.flash(board, wait_s=0.5)
    assert result.state == outcome.FAILED
    assert "flashed and verified, but it says nothing" in result.text


def test_a_board_says_itself_why_it_does_not_run(desk: Desk) -> None:
    files = {"/ascpi.json": b'{"brodcast": "", "id": 5}', "/ascpi_epoch": b"1"}
    lay_down(desk, desk.folder / "board-1", "esp32", files)
    result = desk.flash(desk.board(), None)
    assert result.state == outcome.FAILED
    assert "it says: config: 1 mistake in /ascpi.json: brodcast is no setting" in result.text


def refused(desk: Desk, board: StandIn, *arguments: object, **options: object) -> str:
    """Why nothing was written."""
    before = board.flash.read_bytes()
    result = desk.flash(board, *arguments, **options)
    assert result.state == outcome.FAILED
    assert board.flash.read_bytes() == before
    return result.text


def test_what_is_refused_before_anything_is_written(desk: Desk) -> None:
    """Each with a sentence of its own."""
    board = desk.board("esp32c3")
    path = desk.folder / "boards.toml"
    path.write_text(f'["{board.mac}"]\nname = "door"\nchip = "esp32s3"\nwifi = {{ssid = "x"}}\n')
    text = refused(desk, board, wishes=Wishes(load_fleet(path)))
    assert "says that door has an ESP32-S3, and this board has an ESP32-C3" in text
    path.write_text(f'["{board.mac}"]\nname = "door"\nflash = "8MB"\n')
    text = refused(desk, board, wishes=Wishes(load_fleet(path)))
    assert "door has 8 MB of flash, and this board has 4 MB" in text
    text = refused(desk, board, SETTINGS, desk.image(CHIPS["esp32"]))
    assert "is an image for ESP32, and this is ESP32-C3" in text
    text = refused(desk, board, None)
    assert "it has no configuration yet: give --ssid NAME" in text
    text = refused(desk, board, {**SETTINGS, "board": "esp32-devkitc"})
    assert "esp32-devkitc has no ESP32-C3" in text


def test_a_flash_that_is_too_small(desk: Desk) -> None:
    board = desk.board(flash_bytes=2 << 20)
    assert "the flash has 2 MB, which leaves 0 KiB for the file system" in refused(desk, board)


def test_a_board_that_is_not_in_the_fleet_is_left_alone(desk: Desk) -> None:
    board = desk.board()
    path = desk.folder / "boards.toml"
    path.write_text('["24:0a:c4:00:00:07"]\nname = "door"\n')
    job = desk.job(board, wishes=Wishes(load_fleet(path)))
    job.target = replace(job.target, named=False)
    result = job.run()
    assert (result.state, result.passed) == (outcome.LEFT, True)
    assert set(board.flash.read_bytes()) == {0xFF}


@pytest.mark.parametrize("when", ["connecting", "writing MicroPython"])
def test_cancelling_ends_a_job(desk: Desk, when: str) -> None:
    board = desk.board()
    job = desk.job(board)

    def watch(status: outcome.Status) -> None:
        if status.stage == when:
            job.cancel()

    desk.watch = watch
    assert job.run().state == outcome.ENDED
    assert "starting" not in {status.stage for status in desk.seen}
    desk.watch = lambda status: None
    assert desk.flash(board).state == outcome.FLASHED
