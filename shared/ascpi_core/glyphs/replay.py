"""What the records of a journal say together: the glyphs of a node and its ledger.

Each record tells where its glyph stands after it, and what that did to the four sums. The sums
move by what the *record before* of the same glyph said, so the fold of any beginning of a
journal is balanced: what was spent since the last record is not spent if the power fails.

The rules also hold for a record that comes twice (a write that was reported as failed and yet
took place), and if records between were lost: what a glyph must have done in between is counted.

Loaded when a node starts, and forgotten by boards.
"""

from ..fixed import const
from ..ssep import get_u16, get_u24, get_u30
from .glyph import CAPACITY, COUNTS, DEPARTING, FREE, PREPARED, STATE_BYTES
from .journal import (
    AFTER,
    CHECKED_BYTES,
    LONG_BYTES,
    RECORD_ARRIVED,
    RECORD_BORN,
    RECORD_BYTES,
    RECORD_COMMITTED,
    RECORD_DROPPED,
    RECORD_ENDED,
    RECORD_FENCED,
    RECORD_GONE,
    RECORD_LEAVING,
    RECORD_PREPARED,
    RECORD_RESUMED,
    RECORD_TOTALS,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .glyph import Glyph, GlyphTable, Ledger
    from .journal import Crc32, Files

_CHUNK_BYTES = const(15 * 68)


class Fold:
    """Fills `holding` and `ledger`, which it clears first, from one record after the other."""

    def __init__(self, holding: "GlyphTable", ledger: "Ledger") -> None:
        self.identity = 0
        """0: no TOTALS was among them."""
        self.next_nonce = 1
        self.next_birth = 0
        self.unknown = 0
        """Records of types that this program does not know."""
        self.unplaced = 0
        """Records of glyphs for which no slot was left: only after damage."""
        self._holding = holding
        self._ledger = ledger
        self.clear()

    def clear(self) -> None:
        """No glyphs, no sums."""
        for glyph in self._holding.slots:
            glyph.clear()
        self._ledger.set(0, 0, 0, 0)

    def take(self, buffer: bytes | bytearray, offset: int) -> None:
        """One more record, which is whole."""
        kind = buffer[offset]
        if kind == RECORD_TOTALS:
            self._begin(buffer, offset)
            return
        if kind >= len(AFTER):
            self.unknown += 1
            return
        self._note_numbers(kind, buffer, offset)
        glyph = self._holding.find(get_u30(buffer, offset + 1), get_u24(buffer, offset + 5))
        standing = FREE if glyph is None else glyph.standing
        after = AFTER[kind]
        if after == FREE:
            if glyph is None or get_u24(buffer, offset + 25) < glyph.hops:
                return  # it is about an earlier stay of the glyph
            if kind == RECORD_DROPPED and standing != PREPARED:
                return
        if glyph is None:
            glyph = self._holding.free_slot(CAPACITY)
            if glyph is None:
                self.unplaced += 1
                return
        before = glyph.energy if standing != FREE else 0
        self._account(kind, standing, before, get_u24(buffer, offset + 17))
        if after == FREE:
            glyph.clear()
        else:
            read_record(buffer, offset, glyph)
            glyph.standing = after

    def settle(self) -> int:
        """Sum up. What damage took from the sums is put down as spent or, below 0, as born."""
        self._holding.touch()
        missing = self._ledger.imbalance(self._holding.energy)
        if missing > 0:
            self._ledger.spent += missing
        else:
            self._ledger.born -= missing
        return missing

    def _begin(self, buffer: bytes | bytearray, offset: int) -> None:
        self.clear()
        self.identity = get_u30(buffer, offset + 1)
        self.next_nonce = get_u30(buffer, offset + 5)
        self.next_birth = get_u24(buffer, offset + 9)
        self._ledger.set(
            get_long(buffer, offset + 12),
            get_long(buffer, offset + 18),
            get_long(buffer, offset + 24),
            get_long(buffer, offset + 30),
        )

    def _note_numbers(self, kind: int, buffer: bytes | bytearray, offset: int) -> None:
        """No nonce and no count of a birth that was written down is given again."""
        if kind == RECORD_BORN:
            following = get_u24(buffer, offset + 5) + 1
            if (following - self.next_birth) & 0xFFFFFF < 0x800000:
                self.next_birth = following & 0xFFFFFF
        elif kind in (RECORD_PREPARED, RECORD_ARRIVED, RECORD_DROPPED):
            nonce = get_u30(buffer, offset + 60)
            if get_u30(buffer, offset + 56) == self.identity and nonce >= self.next_nonce:
                self.next_nonce = nonce + 1

    def _account(self, kind: int, standing: int, before: int, energy: int) -> None:
        """The sums: the glyph stood at `standing` with `before` quanta, and has `energy` now."""
        ledger = self._ledger
        counted = COUNTS[standing]
        if kind == RECORD_BORN and not counted:
            ledger.born += energy
            return
        if kind in (RECORD_ARRIVED, RECORD_RESUMED) and not counted:
            ledger.received += energy
            return
        if kind == RECORD_PREPARED:
            if counted:
                ledger.sent += before  # or nobody could have offered it
            return
        if kind == RECORD_DROPPED or standing == FREE:
            return  # of a snapshot: TOTALS has it already
        if standing == DEPARTING and kind in (RECORD_COMMITTED, RECORD_LEAVING, RECORD_GONE):
            return
        if not counted:
            ledger.received += before
        ledger.spent += before - energy
        if kind in (RECORD_COMMITTED, RECORD_LEAVING, RECORD_GONE, RECORD_FENCED):
            ledger.sent += energy
        elif kind == RECORD_ENDED:
            ledger.spent += energy


def replay(files: "Files", crc32: "Crc32", fold: Fold) -> "tuple[int, int]":
    """Let `fold` take every record of a file: (its bytes, those of them that are no record).

    OSError if it cannot be read.
    """
    offset = 0
    damaged_bytes = 0
    while True:
        buffer = files.read(offset, _CHUNK_BYTES)
        index = 0
        while len(buffer) - index >= RECORD_BYTES:
            if is_whole(buffer, index, crc32):
                fold.take(buffer, index)
                index += RECORD_BYTES
            else:
                damaged_bytes += 1
                index += 1
        offset += index
        if not index:
            return offset + len(buffer), damaged_bytes + len(buffer)


def read_record(buffer: bytes | bytearray, offset: int, glyph: "Glyph") -> None:
    """Fill a slot from a record that is whole; its standing is the caller's to set."""
    glyph.birth_node = get_u30(buffer, offset + 1)
    glyph.birth_count = get_u24(buffer, offset + 5)
    glyph.kind = buffer[offset + 8]
    glyph.dphi = get_u16(buffer, offset + 9)
    glyph.kappa = get_u16(buffer, offset + 11)
    glyph.theta = get_u30(buffer, offset + 13)
    glyph.energy = get_u24(buffer, offset + 17)
    glyph.lifetime = get_u24(buffer, offset + 20)
    glyph.coherence = get_u16(buffer, offset + 23)
    glyph.hops = get_u24(buffer, offset + 25)
    for index in range(STATE_BYTES):
        glyph.state[index] = buffer[offset + 28 + index]
    glyph.peer = get_u30(buffer, offset + 52)
    glyph.identity = get_u30(buffer, offset + 56)
    glyph.nonce = get_u30(buffer, offset + 60)


def get_long(buffer: bytes | bytearray, offset: int) -> int:
    """48 bits from six bytes. May allocate."""
    value = 0
    for index in range(LONG_BYTES - 1, -1, -1):
        value = value << 8 | buffer[offset + index]
    return value


def is_whole(buffer: bytes | bytearray, offset: int, crc32: "Crc32") -> bool:
    """Whether a record of any type lies here. There must be 68 bytes. Allocates."""
    if not buffer[offset]:
        return False
    check = crc32(memoryview(buffer)[offset : offset + CHECKED_BYTES])
    for index in range(CHECKED_BYTES, RECORD_BYTES):
        if buffer[offset + index] != check & 0xFF:
            return False
        check >>= 8
    return True
