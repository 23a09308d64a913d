"""What is on a board before it is overwritten, and what of it is kept.

Nothing at all, an ASCπ board, or something of its owner's that is to be asked for. Only what is
needed is read: a few sectors, or some hundred KiB where there is a file system.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ascpi.flash.chips import Chip
from ascpi.flash.errors import FlashError
from ascpi.flash.filesystem import FilesystemReader
from ascpi.flash.image import (
    TABLE_BYTES,
    TABLE_OFFSET,
    Image,
    filesystem_place,
    partition_table,
)

EMPTY = "empty"
OURS = "ascpi"
FOREIGN = "foreign"

CONFIGURATION = "/ascpi.json"
EPOCH = "/ascpi_epoch"
JOURNAL = "/glyphs.journal"
TYPES = "/glyphs/"

_ERASED = 0xFF
_HEAD_BYTES = 16
# In a program's image, where ESP-IDF describes it: a magic number, then texts of 32 bytes.
_DESCRIPTION_OFFSET = 0x20
_DESCRIPTION = struct.Struct("<III4x32s32s")
_DESCRIPTION_MAGIC = 0xABCD5432
_MICROPYTHON = "micropython"
# MicroPython writes this file itself, with comments only.
_STOCK_FILES = frozenset({"/boot.py"})
_SHOWN_FILES = 6

Read = Callable[[int, int], bytes]


@dataclass(frozen=True)
class Existing:
    """`kind`: EMPTY, OURS or FOREIGN; `what` it is, in words; `kept`: files to be carried over."""

    kind: str
    what: str
    kept: dict[str, bytes] = field(default_factory=dict, repr=False)


def is_kept(path: str) -> bool:
    """Whether a file is the running board's own, and not a part of what is flashed."""
    return path in (EPOCH, JOURNAL) or path.startswith(TYPES)


def examine(read: Read, chip: Chip, flash_bytes: int, image: Image) -> Existing:
    """What is on a flash that `read(offset, length)` reads; `image` is to replace it.

    The configuration is among what is kept: whoever has another takes that instead.
    """
    head = read(chip.image_offset, _HEAD_BYTES)
    table = read(TABLE_OFFSET, TABLE_BYTES)
    old = Image(Path("flash"), bytes(TABLE_OFFSET - chip.image_offset) + table, chip)
    # A run that broke off may have left no table, but a file system where it wanted to put one.
    for candidate in (old, image):
        reader = _filesystem(read, candidate, flash_bytes)
        if reader is not None:
            return _judge(reader)
    if set(head + table) == {_ERASED}:
        return Existing(EMPTY, "an empty flash")
    program = _program(read, old)
    if program.partition(" ")[0].lower() == _MICROPYTHON:
        return Existing(EMPTY, "MicroPython without any files")
    return Existing(FOREIGN, f"another program ({program})" if program else "another program")


def _filesystem(read: Read, image: Image, flash_bytes: int) -> FilesystemReader | None:
    try:
        offset, size = filesystem_place(image, flash_bytes)
        return FilesystemReader(lambda at, length: read(offset + at, length), size)
    except FlashError:
        return None


def _judge(reader: FilesystemReader) -> Existing:
    files = sorted(reader.files())
    if CONFIGURATION in files:
        kept = {path: reader.read_file(path) for path in files if is_kept(path)}
        kept[CONFIGURATION] = reader.read_file(CONFIGURATION)
        return Existing(OURS, "an ASCπ board", kept)
    if _STOCK_FILES.issuperset(files) and all(_only_comments(reader, path) for path in files):
        return Existing(EMPTY, "MicroPython without any files")
    names = [path.lstrip("/") for path in files]
    more = f" and {len(names) - _SHOWN_FILES} more" if len(names) > _SHOWN_FILES else ""
    return Existing(FOREIGN, "files: " + ", ".join(names[:_SHOWN_FILES]) + more)


def _only_comments(reader: FilesystemReader, path: str) -> bool:
    lines = reader.read_file(path).decode("utf-8", "replace").splitlines()
    return all(not line.strip() or line.lstrip().startswith("#") for line in lines)


def _program(read: Read, image: Image) -> str:
    """Name and version of the program on a board as its maker gives them; empty if not told."""
    try:
        programs = [row for row in partition_table(image) if row.is_application]
    except FlashError:
        return ""
    data = read(programs[0].offset + _DESCRIPTION_OFFSET, _DESCRIPTION.size)
    magic, _, _, version, name = _DESCRIPTION.unpack(data)
    if magic != _DESCRIPTION_MAGIC:
        return ""
    words = (part.split(b"\0", 1)[0].decode("ascii", "replace") for part in (name, version))
    return " ".join(word for word in words if word)
