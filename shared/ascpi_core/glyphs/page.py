"""The records of one write to the journal, made from the glyphs' slots as they stand."""

from . import record
from .fold import AFTER
from .glyph import FREE, HELD, STOPPED
from .holding import CAPACITY
from .record import RECORD_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .glyph import Glyph
    from .holding import Holding
    from .ledger import Ledger
    from .record import Crc32

RECORD = (
    0,
    record.BORN,
    0,
    0,
    0,
    record.COMMITTED,
    0,
    record.GONE,
    record.RESUMED,
    record.PREPARED,
    0,
    record.ARRIVED,
    record.DROPPED,
    record.ENDED,
    record.FENCED,
)
"""Of each standing: the record that it waits for; 0 none."""

SETTLED = (
    0,
    0,
    record.KEPT,
    record.STOPPED,
    record.KEPT,
    record.KEPT,
    record.LEAVING,
    0,
    0,
    0,
    record.PREPARED,
    0,
    0,
    0,
    0,
)
"""Of each standing: what a snapshot says of it, before the record that it waits for; 0 nothing."""

PAGE_RECORDS = CAPACITY + 9
"""TOTALS twice, every glyph, and up to six that are just being committed, with two each."""


class Page:
    """`count` records in a buffer of 2.8 KB, made once."""

    def __init__(self, holding: "Holding", ledger: "Ledger", crc32: "Crc32") -> None:
        self.count = 0
        self._buffer = bytearray(PAGE_RECORDS * RECORD_BYTES)
        self._holding = holding
        self._ledger = ledger
        self._crc32 = crc32

    def length(self) -> int:
        """Bytes."""
        return self.count * RECORD_BYTES

    def data(self) -> memoryview:
        """The records; what is seen there changes with the next page."""
        return memoryview(self._buffer)[: self.length()]

    def gather(self, checkpoint: bool) -> None:
        """What is to be appended, in the order of the slots; with `checkpoint` what is unsaved."""
        self.count = 0
        for glyph in self._holding.slots:
            if is_due(glyph, checkpoint):
                self._add(RECORD[glyph.standing] or SETTLED[glyph.standing], glyph)

    def gather_all(self, identity: int, next_nonce: int, next_birth: int) -> bool:
        """A snapshot, and what is to be appended; False if that is too much for one page.

        The sums are those of the slots as they stand, before the records that these wait for:
        but a glyph that ends or is fenced has been counted, and needs no record any more.
        """
        self.count = 0
        for _ in range(2):
            self._add_totals(identity, next_nonce, next_birth)
        for glyph in self._holding.slots:
            standing = glyph.standing
            if self.count + 2 > PAGE_RECORDS:
                return False
            if SETTLED[standing]:
                self._add(SETTLED[standing], glyph)
            if RECORD[standing] and AFTER[RECORD[standing]] != FREE:
                self._add(RECORD[standing], glyph)
        return True

    def _add(self, kind: int, glyph: "Glyph") -> None:
        offset = self.length()
        record.write_glyph(self._buffer, offset, kind, glyph)
        record.seal(self._buffer, offset, self._crc32)
        self.count += 1

    def _add_totals(self, identity: int, next_nonce: int, next_birth: int) -> None:
        offset = self.length()
        buffer = self._buffer
        ledger = self._ledger
        record.write_totals(buffer, offset, identity, next_nonce, next_birth)
        record.put_long(buffer, offset + 12, ledger.born)
        record.put_long(buffer, offset + 18, ledger.received)
        record.put_long(buffer, offset + 24, ledger.spent)
        record.put_long(buffer, offset + 30, ledger.sent)
        record.seal(buffer, offset, self._crc32)
        self.count += 1


def is_due(glyph: "Glyph", checkpoint: bool) -> bool:
    """Whether a record of this glyph belongs to the next append."""
    standing = glyph.standing
    if standing == HELD:
        return checkpoint and glyph.unsaved
    return RECORD[standing] != 0 or (standing == STOPPED and glyph.unsaved)
