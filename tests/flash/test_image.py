from collections.abc import Callable
from pathlib import Path

import pytest

from ascpi.flash.chips import CHIPS
from ascpi.flash.errors import FlashError
from ascpi.flash.image import TABLE_OFFSET, filesystem_place, load_image, partition_table
from tests.flash import images

MB = 1 << 20
S3 = CHIPS["esp32s3"]


@pytest.mark.parametrize("name", CHIPS)
def test_an_image_for_the_chip_is_taken_as_it_is(name: str, tmp_path: Path) -> None:
    chip = CHIPS[name]
    path = images.image_file(tmp_path, chip)
    image = load_image(path, chip)
    assert image.data == path.read_bytes()
    assert image.end == chip.image_offset + len(image.data)
    assert [row.name for row in partition_table(image)] == ["nvs", "phy_init", "factory"]


@pytest.mark.parametrize(
    ("rows", "flash_mb", "place"),
    [
        (images.PLAIN, 4, (0x200000, 2 * MB)),
        (images.PLAIN, 16, (0x200000, 14 * MB)),
        (images.WITH_VFS, 4, (0x200000, 2 * MB)),
        (images.WITH_VFS, 16, (0x200000, 2 * MB)),
        (images.OTA, 4, (0x310000, 0xF0000)),
        (images.OTA, 8, (0x310000, 0x4F0000)),
    ],
)
def test_the_file_system_lies_where_micropython_looks_for_it(
    rows: tuple[images.Row, ...], flash_mb: int, place: tuple[int, int], tmp_path: Path
) -> None:
    image = load_image(images.image_file(tmp_path, S3, rows), S3)
    assert filesystem_place(image, flash_mb * MB) == place


def test_a_flash_that_the_image_does_not_fit_is_refused(tmp_path: Path) -> None:
    image = load_image(images.image_file(tmp_path, S3, images.WITH_VFS), S3)
    with pytest.raises(FlashError, match=r"the flash has 2 MB, but .* wants 4 MB: take an image"):
        filesystem_place(image, 2 * MB)
    plain = load_image(images.image_file(tmp_path, S3), S3)
    with pytest.raises(FlashError, match=r"2 MB, which leaves 0 KiB .*, and 256 KiB are needed"):
        filesystem_place(plain, 2 * MB)


def test_another_chips_image_is_refused_with_the_one_to_take(tmp_path: Path) -> None:
    path = images.image_file(tmp_path, CHIPS["esp32c3"])
    sentence = "is an image for ESP32-C3, and this is ESP32-S3: take ESP32_GENERIC_S3-….bin"
    with pytest.raises(FlashError, match=sentence):
        load_image(path, S3)
    data = bytearray(path.read_bytes())
    data[12] = 16
    path.write_bytes(data)
    with pytest.raises(FlashError, match="is an image for ESP32-H2, and this is"):
        load_image(path, S3)


def changed(change: Callable[[bytearray], None]) -> Callable[[bytes], bytes]:
    def make(data: bytes) -> bytes:
        copy = bytearray(data)
        change(copy)
        return bytes(copy)

    return make


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda data: b"", "is no image for an ESP32 of any kind: take ESP32_GENERIC_S3-….bin"),
        (lambda data: b"\x7fELF" + data[4:], "is no image for an ESP32 of any kind"),
        (lambda data: b"UF2\n" + data[4:], r"is a UF2 file, .* take the .bin"),
        (lambda data: b"PK\3\4" + data[4:], "is packed: unpack it"),
        (lambda data: b"version https://git-lfs.github.com/spec/v1\n", "is a Git LFS pointer"),
        (lambda data: images.program(S3), r"the program alone, .* \(not .app-bin\)"),
        (lambda data: images.part(9, bytes(80)), "ends too early"),
        (lambda data: data[: TABLE_OFFSET + 100], "ends too early"),
        (lambda data: data[: images.PROGRAM_OFFSET - 7], "ends too early"),
        (lambda data: data[: images.PROGRAM_OFFSET + 27], "ends too early"),
        (lambda data: data[:-1], "ends too early .*: the download was cut off"),
        (
            lambda data: data[:TABLE_OFFSET] + b"\xff" * 0xC00 + data[TABLE_OFFSET + 0xC00 :],
            "has no partition table, so it is a part of an image only",
        ),
        (
            changed(lambda data: data.__setitem__(TABLE_OFFSET + 5, 7)),
            r"is damaged \(its partition table",
        ),
        (changed(lambda data: data.__setitem__(60, 7)), r"is damaged \(its bootloader"),
        (
            changed(lambda data: data.__setitem__(images.PROGRAM_OFFSET + 40, 7)),
            r"is damaged \(its program",
        ),
        (
            changed(lambda data: data.__setitem__(images.PROGRAM_OFFSET, 7)),
            r"is damaged \(its program",
        ),
    ],
)
def test_what_cannot_run_is_refused(
    make: Callable[[bytes], bytes], sentence: str, tmp_path: Path
) -> None:
    path = tmp_path / "image.bin"
    path.write_bytes(make(images.image_data(S3)))
    with pytest.raises(FlashError, match=sentence):
        load_image(path, S3)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(FlashError, match=r"missing.bin cannot be read \(No such file"):
        load_image(tmp_path / "missing.bin", S3)
    with pytest.raises(FlashError, match="cannot be read"):
        load_image(tmp_path, S3)
