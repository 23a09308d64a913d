"""What the records of a journal say together: the glyphs of a node and its ledger.

Each record tells where its glyph stands after it, and what that did to the four sums. The sums
move by what the *record before* of the same glyph said, so the fold of any beginning of a
journal is balanced: what was spent since the last record is not spent if the power fails.

The rules also hold for a record that comes twice (a write that was reported as failed and yet
took place), and if records between were lost: what a glyph must have done in between is counted.

Loaded when a node starts, and forgotten by boards.
"""

from ..fixed import const
from .glyph import CAPACITY
from .journal import CHECKED_BYTES, RECORD_BYTES
from .lifecycle import (
    ACCOUNT_BORN,
    ACCOUNT_RECEIVED,
    ACCOUNT_SENT,
    COLUMNS,
    COUNTS,
    DEPARTING,
    FREE,
    HELD,
    PREPARED,
    PREPARING,
    RECORD_ARRIVED,
    RECORD_BORN,
    RECORD_DROPPED,
    RECORD_FENCED,
    RECORD_KEPT,
    RECORD_PREPARED,
    RECORD_RESUMED,
    RECORD_STOPPED,
    RECORD_TOTALS,
    STANDINGS,
    account_of,
    standing_after,
    standing_of,
)
from .messages import RECORD_FIELDS, get_fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .glyph import Glyph, GlyphTable
    from .journal import Crc32, Files

_CHUNK_BYTES = const(15 * 68)


class Fold:
    """Fills `holding` and its ledger, which it clears first, from one record after the other."""

    def __init__(self, holding: "GlyphTable") -> None:
        self.identity = 0
        """0: no TOTALS was among them."""
        self.next_nonce = 1
        self.next_birth = 0
        self.unknown = 0
        """Records of types that this program does not know."""
        self.unplaced = 0
        """Records of glyphs for which no slot was left: only after damage."""
        self._holding = holding
        self.clear()

    def clear(self) -> None:
        """No glyphs, no sums."""
        for glyph in self._holding.slots:
            glyph.clear()
        self._holding.ledger.set(0, 0, 0, 0)

    def take(self, buffer: bytes | bytearray, offset: int) -> None:
        """One more record, which is whole."""
        record = buffer[offset]
        if record == RECORD_TOTALS:
            self._begin(buffer, offset)
            return
        of = standing_of(record)
        if of < 0:
            self.unknown += 1
            return
        self._note_numbers(record, buffer, offset)
        glyph = self._holding.find(
            get_long(buffer, offset + 1, 4), get_long(buffer, offset + 5, 3)
        )
        standing = FREE if glyph is None else glyph.standing
        after = standing_after(of)
        if after == FREE:
            if glyph is None or get_long(buffer, offset + 25, 3) < glyph.hops:
                return  # it is about an earlier stay of the glyph
            if record == RECORD_DROPPED and standing != PREPARED:
                return
        if glyph is None:
            glyph = self._holding.free_slot(CAPACITY)
            if glyph is None:
                self.unplaced += 1
                return
        before = glyph.energy if standing != FREE else 0
        self._account(record, of, standing, before, get_long(buffer, offset + 17, 3))
        if after == FREE:
            glyph.clear()
        else:
            read_record(buffer, offset, glyph)
            glyph.standing = after

    def settle(self) -> int:
        """Sum up. What damage took from the sums is put down as spent or, below 0, as born."""
        self._holding.touch()
        ledger = self._holding.ledger
        missing = ledger.imbalance(self._holding.energy)
        if missing > 0:
            ledger.spent += missing
        else:
            ledger.born -= missing
        return missing

    def _begin(self, buffer: bytes | bytearray, offset: int) -> None:
        self.clear()
        self.identity = get_long(buffer, offset + 1, 4)
        self.next_nonce = get_long(buffer, offset + 5, 4)
        self.next_birth = get_long(buffer, offset + 9, 3)
        self._holding.ledger.set(
            get_long(buffer, offset + 12, 6),
            get_long(buffer, offset + 18, 6),
            get_long(buffer, offset + 24, 6),
            get_long(buffer, offset + 30, 6),
        )

    def _note_numbers(self, record: int, buffer: bytes | bytearray, offset: int) -> None:
        """No nonce and no count of a birth that was written down is given again."""
        if record == RECORD_BORN:
            following = get_long(buffer, offset + 5, 3) + 1
            if (following - self.next_birth) & 0xFFFFFF < 0x800000:
                self.next_birth = following & 0xFFFFFF
        elif record in (RECORD_PREPARED, RECORD_ARRIVED, RECORD_DROPPED):
            nonce = get_long(buffer, offset + 60, 4)
            if get_long(buffer, offset + 56, 4) == self.identity and nonce >= self.next_nonce:
                self.next_nonce = nonce + 1

    def _account(self, record: int, of: int, standing: int, before: int, energy: int) -> None:
        """The sums: the glyph stood at `standing` with `before` quanta, and has `energy` now."""
        ledger = self._holding.ledger
        counted = STANDINGS[standing * COLUMNS] & COUNTS
        # As if the glyph had been here, or is here now, whichever side the record is of.
        account = account_of(HELD, of) or account_of(HELD, standing_after(of))
        if account in (ACCOUNT_BORN, ACCOUNT_RECEIVED):
            if not counted:
                ledger.book(account, energy)
                return
            account = 0
        if of in (PREPARING, PREPARED):
            if counted:
                ledger.sent += before  # or nobody could have offered it
            return
        if record == RECORD_DROPPED or standing == FREE:
            return  # of a snapshot: TOTALS has it already
        if standing == DEPARTING and account == ACCOUNT_SENT and record != RECORD_FENCED:
            return
        if not counted:
            ledger.received += before
        ledger.spent += before - energy
        ledger.book(account, energy)


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
    get_fields(buffer, offset + 1, RECORD_FIELDS, glyph)
    if buffer[offset] in (RECORD_KEPT, RECORD_STOPPED, RECORD_RESUMED, RECORD_ARRIVED):
        glyph.origin = glyph.peer


def get_long(buffer: bytes | bytearray, offset: int, width: int) -> int:
    """A number of so many bytes. May allocate."""
    value = 0
    for index in range(offset + width - 1, offset - 1, -1):
        value = value << 8 | buffer[index]
    return value


def is_whole(buffer: bytes | bytearray, offset: int, crc32: "Crc32") -> bool:
    """Whether a record of any type lies here. There must be 68 bytes. Allocates."""
    if not buffer[offset]:
        return False
    end = offset + CHECKED_BYTES
    return crc32(memoryview(buffer)[offset:end]) == get_long(buffer, end, 4)
