"""What is found on a flash, and what of it is kept."""

import struct
from pathlib import Path

import pytest

from ascpi.flash.chips import CHIPS, Chip
from ascpi.flash.existing import EMPTY, FOREIGN, OURS, Existing, examine, is_kept
from ascpi.flash.filesystem import make_image
from ascpi.flash.image import Image, filesystem_place
from tests.flash.images import OTA, PLAIN, PROGRAM_OFFSET, WITH_VFS, image_data

FLASH_BYTES = 4 << 20
STOCK_BOOT = (
    b"# This file is executed on every boot (including wake-boot from deepsleep)\n#import esp\n"
)


class Flash:
    """What lies on a board; `read_bytes` counts what was asked for."""

    def __init__(self, chip: Chip) -> None:
        self.chip = chip
        self.data = bytearray(b"\xff" * FLASH_BYTES)
        self.read_bytes = 0

    def put(self, offset: int, data: bytes) -> None:
        self.data[offset : offset + len(data)] = data

    def read(self, offset: int, length: int) -> bytes:
        self.read_bytes += length
        return bytes(self.data[offset : offset + length])

    def describe(self, name: str, version: str) -> None:
        """As ESP-IDF does it in every program."""
        words = struct.pack("<III4x32s32s", 0xABCD5432, 0, 0, version.encode(), name.encode())
        self.put(PROGRAM_OFFSET + 0x20, words)

    def examine(self, rows: object = PLAIN) -> Existing:
        image = Image(Path("new"), image_data(self.chip), self.chip)
        return examine(self.read, self.chip, FLASH_BYTES, image)


@pytest.fixture(params=["esp32", "esp32c3"])
def flash(request: pytest.FixtureRequest) -> Flash:
    return Flash(CHIPS[request.param])


def with_files(flash: Flash, files: dict[str, bytes], rows: tuple[object, ...] = PLAIN) -> None:
    data = image_data(flash.chip, rows)  # type: ignore[arg-type]
    flash.put(flash.chip.image_offset, data)
    place = filesystem_place(Image(Path("old"), data, flash.chip), FLASH_BYTES)
    flash.put(place[0], make_image(files, place[1]))


def test_an_erased_flash(flash: Flash) -> None:
    found = flash.examine()
    assert (found.kind, found.kept) == (EMPTY, {})
    # Of four megabytes a few sectors were read.
    assert flash.read_bytes < 64 * 1024


@pytest.mark.parametrize("rows", [PLAIN, WITH_VFS, OTA], ids=["plain", "vfs", "ota"])
def test_one_of_ours_keeps_what_is_its_own(flash: Flash, rows: tuple[object, ...]) -> None:
    kept = {
        "/ascpi.json": b'{"id": 7}',
        "/ascpi_epoch": b"41",
        "/glyphs/7-1": b"a glyph",
        "/glyphs.journal": b"a step",
    }
    with_files(flash, {**kept, "/main.py": b"run", "/ascpi_0/ascpi_node.mpy": b"M\x06"}, rows)
    found = flash.examine()
    assert found.kind == OURS
    assert found.kept == kept


def test_only_that_is_kept() -> None:
    assert is_kept("/ascpi_epoch")
    assert is_kept("/glyphs/1/2")
    assert not is_kept("/ascpi_0/ascpi_glyphs.mpy")
    assert not is_kept("/ascpi_run")
    assert not is_kept("/main.py")
    # Whoever gives another configuration wants that one.
    assert not is_kept("/ascpi.json")


def test_a_file_system_of_somebody_else(flash: Flash) -> None:
    files = {f"/lib/part{number}.py": b"x" for number in range(7)}
    with_files(flash, {"/main.py": b"import mine", "/boot.py": STOCK_BOOT, **files})
    found = flash.examine()
    assert found.kind == FOREIGN
    assert found.what.startswith("files: boot.py, lib/part0.py")
    assert found.what.endswith("and 3 more")
    assert found.kept == {}


def test_micropython_as_it_comes_is_nobodys_loss(flash: Flash) -> None:
    with_files(flash, {"/boot.py": STOCK_BOOT})
    assert flash.examine().kind == EMPTY
    with_files(flash, {"/boot.py": STOCK_BOOT + b"import webrepl\n"})
    assert flash.examine().kind == FOREIGN


def test_micropython_that_never_ran(flash: Flash) -> None:
    flash.put(flash.chip.image_offset, image_data(flash.chip))
    flash.describe("micropython", "v1.25.0")
    assert flash.examine().kind == EMPTY


def test_another_program_by_its_name(flash: Flash) -> None:
    flash.put(flash.chip.image_offset, image_data(flash.chip))
    flash.describe("blink", "1.2")
    found = flash.examine()
    assert (found.kind, found.what) == (FOREIGN, "another program (blink 1.2)")


def test_something_without_a_table(flash: Flash) -> None:
    flash.put(flash.chip.image_offset, b"\xe9" + bytes(4000))
    found = flash.examine()
    assert (found.kind, found.what) == (FOREIGN, "another program")


def test_a_run_that_broke_off_before_the_table(flash: Flash) -> None:
    """The old file system is where the new one will be."""
    with_files(flash, {"/ascpi.json": b"{}", "/ascpi_epoch": b"5"})
    flash.put(0x8000, b"\xff" * 0x1000)
    found = flash.examine()
    assert (found.kind, found.kept["/ascpi_epoch"]) == (OURS, b"5")
