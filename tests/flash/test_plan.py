import json
from pathlib import Path

import pytest

from ascpi.flash.application import build, digest
from ascpi.flash.chips import CHIPS
from ascpi.flash.errors import FlashError
from ascpi.flash.filesystem import FilesystemReader
from ascpi.flash.image import load_image
from ascpi.flash.plan import FlashPlan, make_plan, next_epoch
from tests.flash import images

MB = 1 << 20
S2 = CHIPS["esp32s2"]
MAC = "70:04:1d:f8:90:60"
CONFIGURATION = json.dumps({"name": "stage", "wifi": {"password": "the password"}}).encode()
START_OF_2025_S = 1_735_689_600
NOW_S = START_OF_2025_S + 60.0 * 1_000_000


def plan_of(folder: Path, kept: dict[str, bytes], flash_bytes: int = 4 * MB) -> FlashPlan:
    image = load_image(images.image_file(folder, S2), S2)
    return make_plan(S2, MAC, flash_bytes, image, build(S2), CONFIGURATION, kept, NOW_S)


def filesystem_of(plan: FlashPlan) -> FilesystemReader:
    data = plan.regions[1].data.ljust(plan.filesystem_bytes, b"\xff")
    return FilesystemReader(lambda at, size: data[at : at + size], plan.filesystem_bytes)


def test_image_and_file_system_go_where_the_chip_looks(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, {}, 8 * MB)
    image, filesystem = plan.regions
    assert (image.name, image.offset) == ("MicroPython", 0x1000)
    assert image.data == (tmp_path / plan.image_name).read_bytes()
    assert (filesystem.name, filesystem.offset) == ("file system", 0x200000)
    assert (plan.filesystem_offset, plan.filesystem_bytes) == (0x200000, 6 * MB)
    assert image.end <= filesystem.offset
    assert filesystem.end <= plan.flash_bytes
    assert (plan.chip, plan.mac, plan.name) == (S2, MAC, "stage")


def test_all_that_a_board_needs_is_in_it_and_what_survives(tmp_path: Path) -> None:
    kept = {
        "/glyphs/1": b"a comet",
        "/ascpi_epoch": b"7",
        "/ascpi.json": b"old",
        "/main.py": b"",
        "/ascpi_run": b"ascpi_00000000",
    }
    plan = plan_of(tmp_path, kept)
    reader = filesystem_of(plan)
    application = build(S2)
    assert plan.files == reader.files()
    assert set(plan.files) == {*application, "/ascpi.json", "/ascpi_epoch", "/glyphs/1"}
    assert reader.read_file("/glyphs/1") == b"a comet"
    assert reader.read_file("/ascpi.json") == CONFIGURATION
    assert reader.read_file("/main.py") == application["/main.py"]
    # The board starts what was just written, and no program of before is on it.
    folder = reader.read_file("/ascpi_run").decode()
    assert reader.read_file(f"/{folder}/ascpi_boot.mpy").startswith(b"M\x06")
    assert plan.application_digest == digest(application)
    assert set(plan.application_paths) == set(application)


@pytest.mark.parametrize(
    ("kept", "minutes", "epoch"),
    [
        (b"", 1_000_000, 1_000_001),
        (b"3\n", 1_000_000, 1_000_001),
        (b"2000000", 1_000_000, 2_000_001),
        (b"junk", 10, 11),
        (b"-5", 10, 11),
        (b"9" * 40, 10, 11),
        (b"", -500, 1),
        (str((1 << 30) - 1).encode(), 10, (1 << 30) - 1),
    ],
)
def test_the_boot_epoch_never_falls_back(kept: bytes, minutes: int, epoch: int) -> None:
    assert next_epoch(kept, START_OF_2025_S + 60 * minutes) == str(epoch).encode()


def test_an_erased_board_begins_later_than_it_ever_was(tmp_path: Path) -> None:
    assert filesystem_of(plan_of(tmp_path, {})).read_file("/ascpi_epoch") == b"1000001"
    image = load_image(images.image_file(tmp_path, S2), S2)
    now = make_plan(S2, MAC, 4 * MB, image, build(S2), CONFIGURATION, {})
    assert int(filesystem_of(now).read_file("/ascpi_epoch")) > 500_000


def test_a_flash_that_is_too_small(tmp_path: Path) -> None:
    with pytest.raises(FlashError, match="the flash has 2 MB, which leaves 0 KiB"):
        plan_of(tmp_path, {}, 2 * MB)
    with pytest.raises(FlashError, match="do not fit into a file system of 2048 KiB"):
        plan_of(tmp_path, {"/glyphs/large": bytes(3 * MB)})


def test_another_chips_image(tmp_path: Path) -> None:
    other = CHIPS["esp32c3"]
    image = load_image(images.image_file(tmp_path, other), other)
    with pytest.raises(FlashError, match="image for ESP32-C3, and this is ESP32-S2: take"):
        make_plan(S2, MAC, 4 * MB, image, build(S2), CONFIGURATION, {}, NOW_S)


def test_an_image_that_reaches_into_its_file_system(tmp_path: Path) -> None:
    image = load_image(images.image_file(tmp_path, S2, size=2 * MB), S2)
    with pytest.raises(FlashError, match="its file system begins at 2 MB"):
        make_plan(S2, MAC, 8 * MB, image, build(S2), CONFIGURATION, {}, NOW_S)


def test_nothing_that_is_printed_of_it_has_a_secret(tmp_path: Path) -> None:
    assert "the password" not in repr(plan_of(tmp_path, {}))
