"""What the records of a journal say together: the glyphs of a node and its ledger.

Each record tells where its glyph stands after it, and what that did to the four sums. The sums
move by what the *record before* of the same glyph said, so the fold of any beginning of a journal
is balanced: what was spent since the last record is not spent if the power fails.

The rules also hold for a record that comes twice (a write that was reported as failed and yet
took place), and if records between were lost: what a glyph must have done in between is counted.
"""

from ..octets import get_three, get_word
from . import record
from .glyph import COUNTS, DEPARTING, FREE, HELD, PREPARED, STOPPED
from .record import read_glyph

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .holding import Holding
    from .ledger import Ledger

AFTER = (
    FREE,
    FREE,
    HELD,
    HELD,
    STOPPED,
    PREPARED,
    HELD,
    FREE,
    DEPARTING,
    DEPARTING,
    FREE,
    HELD,
    FREE,
    FREE,
)
"""Of each type of record: where its glyph stands once it is written."""


class Fold:
    """Fills `holding` and `ledger`, which it clears first, from one record after the other."""

    def __init__(self, holding: "Holding", ledger: "Ledger") -> None:
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
        if kind == record.TOTALS:
            self._begin(buffer, offset)
            return
        if kind >= len(AFTER):
            self.unknown += 1
            return
        self._note_numbers(kind, buffer, offset)
        glyph = self._holding.find(get_word(buffer, offset + 1), get_three(buffer, offset + 5))
        standing = FREE if glyph is None else glyph.standing
        after = AFTER[kind]
        if after == FREE:
            if glyph is None or get_three(buffer, offset + 25) < glyph.hops:
                return  # it is about an earlier stay of the glyph
            if kind == record.DROPPED and standing != PREPARED:
                return
        if glyph is None:
            glyph = self._holding.free_slot()
            if glyph is None:
                self.unplaced += 1
                return
        before = glyph.energy if standing != FREE else 0
        self._account(kind, standing, before, get_three(buffer, offset + 17))
        if after == FREE:
            glyph.clear()
        else:
            read_glyph(buffer, offset, glyph)
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
        self.identity = get_word(buffer, offset + 1)
        self.next_nonce = get_word(buffer, offset + 5)
        self.next_birth = get_three(buffer, offset + 9)
        self._ledger.set(
            record.get_long(buffer, offset + 12),
            record.get_long(buffer, offset + 18),
            record.get_long(buffer, offset + 24),
            record.get_long(buffer, offset + 30),
        )

    def _note_numbers(self, kind: int, buffer: bytes | bytearray, offset: int) -> None:
        """No nonce and no count of a birth that was written down is given again."""
        if kind == record.BORN:
            following = get_three(buffer, offset + 5) + 1
            if (following - self.next_birth) & 0xFFFFFF < 0x800000:
                self.next_birth = following & 0xFFFFFF
        elif kind in (record.PREPARED, record.ARRIVED, record.DROPPED):
            nonce = get_word(buffer, offset + 60)
            if get_word(buffer, offset + 56) == self.identity and nonce >= self.next_nonce:
                self.next_nonce = nonce + 1

    def _account(self, kind: int, standing: int, before: int, energy: int) -> None:
        """The sums: the glyph stood at `standing` with `before` quanta, and has `energy` now."""
        ledger = self._ledger
        counted = COUNTS[standing]
        if kind == record.BORN and not counted:
            ledger.born += energy
            return
        if kind in (record.ARRIVED, record.RESUMED) and not counted:
            ledger.received += energy
            return
        if kind == record.PREPARED:
            if counted:
                ledger.sent += before  # or nobody could have offered it
            return
        if kind == record.DROPPED or standing == FREE:
            return  # of a snapshot: TOTALS has it already
        if standing == DEPARTING and kind in (record.COMMITTED, record.LEAVING, record.GONE):
            return
        if not counted:
            ledger.received += before
        ledger.spent += before - energy
        if kind in (record.COMMITTED, record.LEAVING, record.GONE, record.FENCED):
            ledger.sent += energy
        elif kind == record.ENDED:
            ledger.spent += energy
