"""What of a node's glyphs survives a power cut: an append-only file of records on the flash.

A glyph in a transitional standing (`page.RECORD` names its record) stands still until that record
is durable: the standing *is* the request. `flush` makes all such records, appends them in one
write, and only then lets `written` take the step and give the answer. So whatever another node
was told is on the flash, and what is on the flash alone was told to nobody: a power cut at any
byte leaves a state that the node was in, or was about to be in. Hence a transitional standing is
never taken back, only led on: its record may be durable although the flash reported a failure.

What glyphs do between two records, steps and the energy they cost, is written every 10 s. A power
cut takes it back, with its share of the ledger (`fold`).

When the file is as long as LIMIT_BYTES, what would have been the next append becomes a snapshot:
TOTALS, twice, as no other record is needed so much; a record for each glyph as it stands; and the
records that were to be appended. It replaces the file in one step.

A nonce, and the count of a birth, is given again only if no record with it became durable. Then
nobody has heard of it either, for it is told to others after its record only.

Wear is bounded by a bucket of tokens (`budget`): a write takes one, hand-offs begin only if there
are enough for all that has begun, and what has begun is always written.

`pending` is an attribute, as a loop asks for it on every pass: whoever puts a glyph into a
transitional standing, or stops one, calls `want`. One that forgot is found after 10 s.

Memory: 2.8 KB, once. `flush` and `load` allocate a little besides; all else nothing.
"""

from ..chance import Chance
from . import journal_trouble
from .budget import Budget
from .fold import Fold
from .glyph import DEPARTED, HELD
from .page import RECORD, Page, is_due
from .record import RECORD_BYTES, is_whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from .glyph import Glyph
    from .holding import Holding
    from .ledger import Ledger
    from .record import Crc32 as Crc32

    class Files(Protocol):
        """The journal's file. Each method raises OSError if the flash fails.

        `data` is the journal's own memory and changes after the call: copy what is to be kept.
        """

        def read(self, offset: int, count: int) -> bytes | bytearray:
            """Up to `count` bytes; fewer only at the end, and none if there is no file."""

        def append(self, data: memoryview) -> None:
            """Durable when it returns."""

        def replace(self, data: memoryview) -> None:
            """The whole file in one step, durable when it returns."""


LIMIT_BYTES = 12_288
"""A file that would become longer is replaced by a snapshot: three blocks of a board's flash."""

CHECKPOINT_US = 10_000_000
RETRY_US = 10_000_000
"""A flash that failed is asked again after so long."""
ASK_AGAIN_US = 1_000_000
"""How soon to ask again for a checkpoint when there was nothing to write."""

_CHUNK_BYTES = 15 * RECORD_BYTES

_NOTHING = 0
_LAZY = 1
_URGENT = 2


class Journal:
    """The journal of one node. `files`: see `Files`; `crc32` is `binascii.crc32`.

    `load` comes first. `seed` names a new journal, and so must differ at each boot. `births` is
    the count of the next birth. `trouble` is a sentence until a write succeeds, or empty;
    `damaged_bytes` could not be read at `load`. `writes`, `records` and `failures` count since
    the boot.
    """

    def __init__(
        self,
        files: "Files",
        crc32: "Crc32",
        holding: "Holding",
        ledger: "Ledger",
        seed: int,
        now: int,
        writes_per_hour: int = 1800,
    ) -> None:
        self.identity = 0
        self.births = 0
        self.pending = False
        self.writes = 0
        self.records = 0
        self.damaged_bytes = 0
        self.unknown_records = 0
        self.failures = 0
        self.trouble = ""
        self._files = files
        self._crc32 = crc32
        self._holding = holding
        self._ledger = ledger
        self._seed = seed
        self._budget = Budget(holding, now, writes_per_hour)
        self._next_nonce = 1
        self._size = 0
        self.readable = False
        """What is on the flash is known. If not, nobody is to be told that a glyph is not here."""
        self._begun = False
        self._tidy = True
        self._failing = False
        self._page = Page(holding, ledger, crc32)

    def next_birth(self) -> int:
        """A count for a glyph born here, unique among the last 2^24 births."""
        count = self.births
        self.births = (count + 1) & 0xFFFFFF
        return count

    def next_nonce(self) -> int:
        """A nonce for a transfer, unique under `identity`; they last for decades."""
        nonce = self._next_nonce
        self._next_nonce += 1
        return nonce

    def has_given(self, nonce: int) -> bool:
        """Whether this nonce of this identity was given."""
        return 0 < nonce < self._next_nonce

    def know_birth(self, count: int) -> None:
        """A glyph born here with this count exists: an old backup may have forgotten it."""
        if (count - self.births) & 0xFFFFFF < 0x800000:
            self.births = (count + 1) & 0xFFFFFF

    def want(self) -> None:
        """A glyph was put into a transitional standing, or was stopped."""
        self.pending = True

    def may_begin(self, now: int, records: int) -> bool:
        """Whether something may begin that will need up to `records` writes (`Budget`)."""
        self._budget.pass_time(now)
        ready = self.readable and self._begun and not self._failing
        return ready and self._budget.affords(records)

    def checkpoint_due_in(self, now: int) -> int:
        """µs until `flush` is to be called although nothing is pending; 0: now."""
        budget = self._budget
        budget.pass_time(now)
        if not self.readable:
            return CHECKPOINT_US
        if budget.retry_us:
            return budget.retry_us
        if budget.since_checkpoint_us < CHECKPOINT_US:
            return CHECKPOINT_US - budget.since_checkpoint_us
        waiting = self._waiting()
        if waiting == _URGENT or (waiting == _LAZY and budget.affords(1)):
            return 0
        return ASK_AGAIN_US

    def flush(self, now: int, written: "Callable[[Glyph], None]") -> int:
        """Make durable what waits for it; how many records were written.

        One write for all, then `written(glyph)` for each whose standing waited, in the order of
        the slots. 0 if there was nothing to write, or if the flash failed: then all stays as it
        is, `trouble` says what is wrong, and calls within RETRY_US do nothing.
        """
        budget = self._budget
        budget.pass_time(now)
        if not self.readable or budget.retry_us:
            return 0
        waiting = self._waiting()
        checkpoint = waiting != _NOTHING and budget.since_checkpoint_us >= CHECKPOINT_US
        if waiting == _LAZY and not budget.affords(1):
            checkpoint = False
        if self._begun and waiting != _URGENT and not checkpoint:
            self.pending = False
            return 0
        if not self._write(checkpoint):
            return 0
        self._tell(written)
        return self._page.count

    def load(self, now: int) -> None:
        """At boot: fill holding and ledger from the file. Without one, begin a new journal.

        If the file cannot be read, nothing is held, and nothing is written over it until the next
        boot. Bytes that are no record are skipped, up to the next one.
        """
        self._budget.restart(now)
        fold = Fold(self._holding, self._ledger)
        try:
            self._replay(fold)
            self.readable = True
        except OSError as error:
            fold.clear()
            self._fail("read", error)
        chance = Chance(self._seed)
        self.identity = fold.identity
        self.births = fold.next_birth
        self._next_nonce = fold.next_nonce
        self.unknown_records = fold.unknown
        self._begun = fold.identity != 0
        while not self.identity:
            self.identity = (chance.next() & 0x7FFF) << 15 | chance.next() & 0x7FFF
            self.births = (chance.next() & 0xFF) << 15 | chance.next() & 0x7FFF
            self._next_nonce = 1
        for glyph in self._holding.slots:
            glyph.due_ticks = now
            glyph.unsaved = False
        missing = fold.settle()
        is_damaged = bool(self.damaged_bytes or fold.unplaced or missing)
        self._tidy = not is_damaged
        if self.readable and not self._begun:
            self.pending = not self._write(False)
        if is_damaged and not self._failing:
            self.trouble = journal_trouble.of_damage(self.damaged_bytes, missing)

    # Reading

    def _replay(self, fold: Fold) -> None:
        offset = 0
        while True:
            buffer = self._files.read(offset, _CHUNK_BYTES)
            index = 0
            while len(buffer) - index >= RECORD_BYTES:
                if is_whole(buffer, index, self._crc32):
                    fold.take(buffer, index)
                    index += RECORD_BYTES
                else:
                    self.damaged_bytes += 1
                    index += 1
            offset += index
            if not index:
                self.damaged_bytes += len(buffer)
                self._size = offset + len(buffer)
                return

    # Writing

    def _waiting(self) -> int:
        """Whether anything waits for a write, and how urgently."""
        waiting = _NOTHING
        for glyph in self._holding.slots:
            if is_due(glyph, True):
                if glyph.standing != HELD and glyph.standing != DEPARTED:
                    return _URGENT
                waiting = _LAZY
        return waiting

    def _write(self, checkpoint: bool) -> bool:
        """One append, or a snapshot. Marks what was written as saved."""
        page = self._page
        whole = not self._begun or not self._tidy
        if not whole:
            page.gather(checkpoint)
            whole = self._size + page.length() > LIMIT_BYTES
        if whole and not page.gather_all(self.identity, self._next_nonce, self.births):
            # So much is committed at once that a snapshot has to wait for another write.
            whole = False
            page.gather(checkpoint)
        try:
            if whole:
                self._files.replace(page.data())
            else:
                self._files.append(page.data())
        except OSError as error:
            self._budget.postpone(RETRY_US)
            self._fail("written", error)
            return False
        self._failing = False
        self.trouble = ""
        self._begun = True
        self._tidy = self._tidy or whole
        self._size = page.length() if whole else self._size + page.length()
        self.writes += 1
        self.records += page.count
        self._budget.spend(whole or checkpoint)
        for glyph in self._holding.slots:
            if whole or is_due(glyph, checkpoint):
                glyph.unsaved = False
        return True

    def _fail(self, done: str, error: OSError) -> None:
        self.failures += 1
        self._failing = True
        self.trouble = journal_trouble.of_flash(done, error, RETRY_US)

    def _tell(self, written: "Callable[[Glyph], None]") -> None:
        """All records were made before the first step is taken: a step may change others."""
        durable = [glyph for glyph in self._holding.slots if RECORD[glyph.standing]]
        self.pending = False
        for glyph in durable:
            written(glyph)
        if self._waiting() == _URGENT:
            self.pending = True
