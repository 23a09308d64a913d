"""A MicroPython image as micropython.org gives it out: read, checked, and where its parts lie.

The file begins with the bootloader, which the ROM looks for at `Chip.image_offset`, and goes on
to the partition table (flash 0x8000) and the program. What cannot run is refused before anything
is written: another chip's image, a part of one, one that was cut off or damaged.

Where the file system lies MicroPython finds at boot: in a partition called vfs if the table has
one (releases up to 1.25), else from the end of the last partition to the end of the flash.
"""

import hashlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ascpi.flash.chips import CHIPS, OTHER_IMAGE_IDS, Chip
from ascpi.flash.errors import FlashError

TABLE_OFFSET = 0x8000
TABLE_BYTES = 0xC00
BLOCK_BYTES = 4096
"""The flash's sector, and the file system's block."""

SMALLEST_FILESYSTEM = 64 * BLOCK_BYTES
"""Less than this has no room for the application and what a board writes besides."""

_MAGIC = 0xE9
_HEADER = struct.Struct("<BBBBI4xH9xB")
_SEGMENT = struct.Struct("<II")
_ENTRY = struct.Struct("<HBBII16sI")
_ENTRY_MAGIC = 0x50AA
_MD5_MAGIC = 0xEBEB
_APPLICATION_MAGIC = 0xABCD5432
# Right after the image's and the first segment's header.
_DESCRIPTION_OFFSET = _HEADER.size + _SEGMENT.size
_DIGEST_BYTES = 32
_MOST_SEGMENTS = 16
_TYPE_APPLICATION = 0
# MicroPython's own name for it, and TinyUF2's.
_FILESYSTEM_NAMES = ("vfs", "ffat")
_KNOWN_APPLICATIONS = ("factory", "ota_0")


@dataclass(frozen=True)
class Partition:
    """`offset` and `size` in bytes of the flash."""

    name: str
    offset: int
    size: int
    is_application: bool

    @property
    def end(self) -> int:
        return self.offset + self.size


@dataclass(frozen=True)
class Image:
    """A file that may go onto `chip`, at `chip.image_offset`."""

    path: Path
    data: bytes = field(repr=False)
    chip: Chip

    @property
    def end(self) -> int:
        """The first byte of the flash that it leaves alone."""
        return self.chip.image_offset + len(self.data)


def load_image(path: Path, chip: Chip) -> Image:
    """The image in `path`, which `chip` can run. FlashError: one sentence why it cannot."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FlashError(
            f"the image {path} cannot be read ({error.strerror}): name a MicroPython image, "
            f"{chip.release}-….bin"
        ) from None
    image = Image(path, data, chip)
    _require_image(image)
    _require_chip(image)
    _require_whole(image)
    return image


def filesystem_place(image: Image, flash_bytes: int) -> tuple[int, int]:
    """(offset, size) in bytes of the file system on a chip with so much flash.

    FlashError if there is no room for it, or for the image itself.
    """
    partitions = partition_table(image)
    last = max(partition.end for partition in partitions)
    if last > flash_bytes:
        raise FlashError(
            f"the flash has {megabytes(flash_bytes)}, but {image.path.name} wants "
            f"{megabytes(last)}: take an image for a smaller flash, or a board with more"
        )
    for partition in partitions:
        if partition.name in _FILESYSTEM_NAMES and not partition.is_application:
            return _roomy(partition.offset, partition.size, flash_bytes)
    return _roomy(last, (flash_bytes - last) // BLOCK_BYTES * BLOCK_BYTES, flash_bytes)


def partition_table(image: Image) -> tuple[Partition, ...]:
    """The table's rows. FlashError if there is none, or it is damaged."""
    start = TABLE_OFFSET - image.chip.image_offset
    table = image.data[start : start + TABLE_BYTES]
    found = []
    for position in range(0, len(table) - _ENTRY.size + 1, _ENTRY.size):
        magic, kind, _, offset, size, name, _ = _ENTRY.unpack_from(table, position)
        if magic == _MD5_MAGIC:
            if hashlib.md5(table[:position], usedforsecurity=False).digest() != bytes(
                table[position + 16 : position + 32]
            ):
                raise _damaged(image, "its partition table")
            break
        if magic != _ENTRY_MAGIC:
            break
        text = name.split(b"\0", 1)[0].decode("ascii", "replace")
        found.append(Partition(text, offset, size, kind == _TYPE_APPLICATION))
    if not any(partition.is_application for partition in found):
        raise FlashError(
            f"{image.path} has no partition table, so it is a part of an image only: take the "
            f"whole one, {image.chip.release}-….bin"
        )
    return tuple(found)


def megabytes(size: int) -> str:
    """A size of flash as people say it: "4 MB", "1.5 MB"."""
    return f"{size / (1 << 20):.4g} MB"


def _roomy(offset: int, size: int, flash_bytes: int) -> tuple[int, int]:
    if size < SMALLEST_FILESYSTEM:
        raise FlashError(
            f"the flash has {megabytes(flash_bytes)}, which leaves {max(0, size) // 1024} KiB for "
            f"the file system, and {SMALLEST_FILESYSTEM // 1024} KiB are needed: take a board "
            "with more flash"
        )
    return offset, size


def _require_image(image: Image) -> None:
    """What people take for an image by mistake has a sentence of its own."""
    data, path, wanted = image.data, image.path, f"{image.chip.release}-….bin"
    if path.suffix.lower() == ".uf2" or data[:4] == b"UF2\n":
        raise FlashError(
            f"{path} is a UF2 file, which is copied onto a board's own drive: take the .bin of "
            f"the same release, {wanted}"
        )
    if data[:2] == b"PK" or data[:2] == b"\x1f\x8b":
        raise FlashError(f"{path} is packed: unpack it, and name the {wanted} in it")
    if data[:8] == b"version " and len(data) < 1024:
        raise FlashError(
            f"{path} is a Git LFS pointer and not the file itself: `git lfs pull`, or download "
            f"{wanted}"
        )
    if len(data) < _DESCRIPTION_OFFSET + 4 or data[0] != _MAGIC:
        raise FlashError(f"{path} is no image for an ESP32 of any kind: take {wanted}")


def _require_chip(image: Image) -> None:
    image_id = _HEADER.unpack_from(image.data)[5]
    if image_id == image.chip.image_id:
        return
    titles = {chip.image_id: chip.title for chip in CHIPS.values()}
    other = titles.get(image_id) or OTHER_IMAGE_IDS.get(image_id, f"another chip ({image_id})")
    raise FlashError(
        f"{image.path} is an image for {other}, and this is {image.chip.title}: take "
        f"{image.chip.release}-….bin"
    )


def _require_whole(image: Image) -> None:
    """Every part is there, and is what its maker made."""
    (description,) = struct.unpack_from("<I", image.data, _DESCRIPTION_OFFSET)
    if description == _APPLICATION_MAGIC:
        raise FlashError(
            f"{image.path} holds the program alone, for updates over the air: take the whole "
            f"image, {image.chip.release}-….bin (not .app-bin)"
        )
    if len(image.data) < TABLE_OFFSET - image.chip.image_offset + TABLE_BYTES:
        raise _cut_off(image)
    _check_part(image, 0, "its bootloader")
    for partition in partition_table(image):
        if partition.is_application and partition.name in _KNOWN_APPLICATIONS:
            _check_part(image, partition.offset - image.chip.image_offset, "its program")


def _check_part(image: Image, start: int, what: str) -> None:
    """A bootloader or program: its segments end within the file, its SHA-256 is right."""
    data = image.data
    if start + _HEADER.size > len(data):
        raise _cut_off(image)
    magic, segments, _, _, _, _, has_digest = _HEADER.unpack_from(data, start)
    if magic != _MAGIC or not 0 < segments <= _MOST_SEGMENTS:
        raise _damaged(image, what)
    end = start + _HEADER.size
    for size in _segment_sizes(image, end, segments):
        end += _SEGMENT.size + size
    # One byte of checksum ends a block of 16.
    end = start + (end - start) // 16 * 16 + 16
    if end + (_DIGEST_BYTES if has_digest else 0) > len(data):
        raise _cut_off(image)
    digest = hashlib.sha256(data[start:end]).digest()
    if has_digest and digest != data[end : end + _DIGEST_BYTES]:
        raise _damaged(image, what)


def _segment_sizes(image: Image, position: int, count: int) -> Iterator[int]:
    for _ in range(count):
        if position + _SEGMENT.size > len(image.data):
            raise _cut_off(image)
        _, size = _SEGMENT.unpack_from(image.data, position)
        position += _SEGMENT.size + size
        yield size


def _cut_off(image: Image) -> FlashError:
    return FlashError(
        f"{image.path} ends too early ({len(image.data)} bytes): the download was cut off; "
        "delete it and download it again"
    )


def _damaged(image: Image, what: str) -> FlashError:
    return FlashError(
        f"{image.path} is damaged ({what} is not what its checksum says): delete it and "
        "download it again"
    )
