"""A file that looks like MicroPython's image for a chip, to this project and to esptool.

Its parts, headers, checksums and partition table are where they belong; what should be a program
is noise that compresses as a program does.
"""

import functools
import random
import struct

from ascpi.flash.chips import Chip
from ascpi.flash.image import TABLE_OFFSET

# Of the release that is pinned: 1.6 to 1.8 MB.
USUAL_BYTES = 1_640_000
PROGRAM_OFFSET = 0x10000
PROGRAM_ROOM = 0x1F0000

_HEADER = struct.Struct("<BBBBI4xH9xB")
_SEGMENT = struct.Struct("<II")
_ENTRY = struct.Struct("<HBBII16sI")
_MAGIC, _ENTRY_MAGIC = 0xE9, 0x50AA
_CHECKSUM_START = 0xEF
_DIO_40MHZ_4MB = (0x02, 0x20)
_ENTRY_POINT = 0x40080000
_BOOTLOADER_BYTES = 16_384
# (name, type, subtype, offset, size)
_PARTITIONS = (
    (b"nvs", 1, 2, 0x9000, 0x6000),
    (b"phy_init", 1, 1, 0xF000, 0x1000),
    (b"factory", 0, 0, PROGRAM_OFFSET, PROGRAM_ROOM),
)
# So many different bytes compress to two thirds, as the real images do.
_LETTERS = 40


def synthetic_image(chip: Chip, size: int = USUAL_BYTES, seed: int = 1) -> bytes:
    """An image of about `size` bytes; the least has a program of 4 KiB."""
    start = chip.image_offset
    bootloader = _part(chip, _noise(_BOOTLOADER_BYTES, seed))
    table = b"".join(_ENTRY.pack(_ENTRY_MAGIC, *row[1:], row[0], 0) for row in _PARTITIONS)
    program = _part(chip, _noise(max(4096, size - PROGRAM_OFFSET), seed + 1))
    image = bootloader.ljust(TABLE_OFFSET - start, b"\xff") + table
    return image.ljust(PROGRAM_OFFSET - start, b"\xff") + program


def _part(chip: Chip, content: bytes) -> bytes:
    """A bootloader or program of one segment, with its checksum."""
    header = _HEADER.pack(_MAGIC, 1, *_DIO_40MHZ_4MB, _ENTRY_POINT, chip.image_id, 0)
    part = header + _SEGMENT.pack(0x3F400020, len(content)) + content
    checksum = functools.reduce(lambda sum_, byte: sum_ ^ byte, content, _CHECKSUM_START)
    return part.ljust(len(part) // 16 * 16 + 15, b"\0") + bytes([checksum])


def _noise(size: int, seed: int) -> bytes:
    chance = random.Random(seed)
    return bytes(chance.choices(range(_LETTERS), k=size // 4 * 4))
