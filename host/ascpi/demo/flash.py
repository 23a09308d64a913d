"""What a node's flash would bring back if it started now: read from outside, as it lies there."""

import binascii
from pathlib import Path

from ascpi_core.glyphs.glyph import Glyph, GlyphTable
from ascpi_core.glyphs.journal import Journal
from ascpi_core.glyphs.lifecycle import COUNTS


class ReadOnly:
    """A journal's file that is looked at while its node may be writing it."""

    def __init__(self, path: Path) -> None:
        try:
            self._content = path.read_bytes()
        except FileNotFoundError:
            self._content = b""

    def read(self, offset: int, count: int) -> bytes:
        return self._content[offset : offset + count]

    def append(self, data: memoryview) -> None:
        raise OSError("this journal is only read here")

    def replace(self, data: memoryview) -> None:
        raise OSError("this journal is only read here")


def held_on_flash(path: Path) -> list[Glyph]:
    """The glyphs that count as the node's own, by its journal; none if there is no file."""
    holding = GlyphTable(0, 0)
    Journal(ReadOnly(path), binascii.crc32, holding, 1, 0).load(0)
    return [glyph for glyph in holding.slots if glyph.stands(COUNTS)]
