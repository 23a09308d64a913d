"""Small images as MicroPython's are laid out: bootloader, partition table, program, checksums."""

import hashlib
import struct
from collections.abc import Sequence
from pathlib import Path

from ascpi.flash.chips import Chip
from ascpi.flash.image import TABLE_BYTES, TABLE_OFFSET

PROGRAM_OFFSET = 0x10000

# name, type, subtype, offset, size; as releases from 1.26 on have it, and up to 1.25.
PLAIN = (
    ("nvs", 1, 2, 0x9000, 0x6000),
    ("phy_init", 1, 1, 0xF000, 0x1000),
    ("factory", 0, 0, PROGRAM_OFFSET, 0x1F0000),
)
WITH_VFS = (*PLAIN, ("vfs", 1, 0x81, 0x200000, 0x200000))
OTA = (
    ("nvs", 1, 2, 0x9000, 0x4000),
    ("otadata", 1, 0, 0xD000, 0x2000),
    ("phy_init", 1, 1, 0xF000, 0x1000),
    ("ota_0", 0, 0x10, PROGRAM_OFFSET, 0x180000),
    ("ota_1", 0, 0x11, 0x190000, 0x180000),
)

Row = tuple[str, int, int, int, int]


def part(image_id: int, content: bytes) -> bytes:
    """A bootloader or program of one segment, with its SHA-256."""
    header = struct.pack("<BBBBI4xH9xB", 0xE9, 1, 2, 0x20, 0x40080000, image_id, 1)
    data = header + struct.pack("<II", 0x3FFB0000, len(content)) + content
    data += bytes(15 - len(data) % 16) + b"\xef"
    return data + hashlib.sha256(data).digest()


def table(rows: Sequence[Row]) -> bytes:
    """A partition table with its MD5."""
    data = b"".join(
        struct.pack("<HBBII16sI", 0x50AA, kind, subtype, offset, size, name.encode(), 0)
        for name, kind, subtype, offset, size in rows
    )
    data += b"\xeb\xeb" + b"\xff" * 14 + hashlib.md5(data, usedforsecurity=False).digest()
    return data.ljust(TABLE_BYTES, b"\xff")


def program(chip: Chip, size: int = 64) -> bytes:
    """A program, which says that it is one."""
    return part(chip.image_id, struct.pack("<I", 0xABCD5432) + bytes(size))


def image_data(chip: Chip, rows: Sequence[Row] = PLAIN, size: int = 64) -> bytes:
    """A whole image; `size` in bytes of its program."""
    start = chip.image_offset
    data = part(chip.image_id, struct.pack("<I", 0x50) + bytes(64))
    data = data.ljust(TABLE_OFFSET - start, b"\xff") + table(rows)
    return data.ljust(PROGRAM_OFFSET - start, b"\xff") + program(chip, size)


def image_file(folder: Path, chip: Chip, rows: Sequence[Row] = PLAIN, size: int = 64) -> Path:
    """One as a file, named as releases are."""
    path = folder / f"{chip.release}-20260406-v1.28.0.bin"
    path.write_bytes(image_data(chip, rows, size))
    return path
