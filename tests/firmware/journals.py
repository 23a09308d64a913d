"""The journals on the flashes of virtual boards, read from outside."""

import binascii
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from ascpi_core.glyphs.glyph import Glyph, GlyphTable, glyph_name
from ascpi_core.glyphs.journal import RECORD_BYTES
from ascpi_core.glyphs.lifecycle import (
    FREE,
    HELD,
    RECORD_ARRIVED,
    RECORD_COMMITTED,
    RECORD_PREPARED,
    STOPPED,
)
from ascpi_core.glyphs.replay import Fold, is_whole, read_record
from ascpi_core.layout import STANDINGS

JOURNAL = "glyphs.journal"
_LOOK_S = 0.0005
_STOP_DEADLINE_S = 5.0


def fold(flash: Path) -> GlyphTable:
    """What the journal says that the board holds."""
    holding = GlyphTable(0, 0)
    folded = Fold(holding)
    data = (flash / JOURNAL).read_bytes()
    offset = 0
    while len(data) - offset >= RECORD_BYTES:
        if is_whole(data, offset, binascii.crc32):
            folded.take(data, offset)
            offset += RECORD_BYTES
        else:
            offset += 1
    return holding


def held(flash: Path) -> list[str]:
    """The ids of the glyphs that are the board's."""
    return [
        glyph_name(glyph.birth_node, glyph.birth_count)
        for glyph in fold(flash).slots
        if glyph.standing in (HELD, STOPPED)
    ]


def standing_of(flash: Path, glyph: str) -> str:
    """Where a glyph stands by a board's journal; of no glyph in particular: all that move."""
    found = {
        glyph_name(slot.birth_node, slot.birth_count): STANDINGS[slot.standing]
        for slot in fold(flash).slots
        if slot.standing != FREE
    }
    if glyph:
        return found.get(glyph, "not there")
    moving = sorted({standing for standing in found.values() if standing != "held"})
    return " and ".join(moving) or "nothing moves"


class JournalWatch(threading.Thread):
    """Tells of each record of a hand-off as it comes: (board, record, the other node, glyph)."""

    def __init__(
        self, flashes: Mapping[int, Path], tell: Callable[[int, int, int, str], None]
    ) -> None:
        super().__init__(daemon=True)
        self._paths = {node_id: flash / JOURNAL for node_id, flash in flashes.items()}
        self._sizes = dict.fromkeys(flashes, 0)
        self._tell = tell
        self._stopped = threading.Event()

    def stop(self) -> None:
        self._stopped.set()
        self.join(_STOP_DEADLINE_S)

    def run(self) -> None:
        while not self._stopped.wait(_LOOK_S):
            for node_id, path in self._paths.items():
                try:
                    size = path.stat().st_size
                    before = self._sizes[node_id]
                    self._sizes[node_id] = size
                    if size > before:
                        self._read(node_id, path, before)
                except FileNotFoundError:
                    continue  # it has none yet

    def _read(self, node_id: int, path: Path, offset: int) -> None:
        with path.open("rb") as file:
            file.seek(offset)
            data = file.read()
        glyph = Glyph()
        for at in range(0, len(data) - RECORD_BYTES + 1, RECORD_BYTES):
            if data[at] in (RECORD_PREPARED, RECORD_ARRIVED, RECORD_COMMITTED):
                read_record(data, at, glyph)
                named = glyph_name(glyph.birth_node, glyph.birth_count)
                self._tell(node_id, data[at], glyph.peer, named)
