"""The journal: its records, how often it may write, and what it writes.

The bytes of one record: always 68, little-endian; `layout.RECORD_FIELDS` is the format.

A record holds all that a glyph is, as its slot says when the record is made, so that the last one
of a glyph is enough to bring it back. What records mean together stands in `replay`. A record ends
with a CRC-32 of all its other bytes: what was torn or has changed is no record. A block of zeros
or of ones, as a file system may leave behind, is none either.
"""

from ..fixed import Prng, const, ticks_diff
from ..ssep import put_u30
from .lifecycle import (
    AWAITS,
    COLUMNS,
    FREE,
    HASTENS,
    HELD,
    OWES,
    RECORD_KEPT,
    RECORD_RESUMED,
    RECORD_STOPPED,
    RECORD_TOTALS,
    SNAPSHOT,
    STANDINGS,
    STOPPED,
    standing_after,
)
from .messages import RECORD_FIELDS, put_fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from .glyph import Glyph, GlyphTable

    Crc32 = Callable[[bytes | bytearray | memoryview], int]
    """`binascii.crc32`, on either runtime."""

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


RECORD_BYTES = const(68)
CHECKED_BYTES = const(64)
_ORIGIN = const(52)
"""Where a record of a glyph that stays has its origin: in others stands the peer."""


def write_record(buffer: bytearray, offset: int, record: int, glyph: "Glyph") -> None:
    """A record of this type, without its CRC; the glyph's fields lie in their ranges."""
    buffer[offset] = record
    put_fields(buffer, offset + 1, RECORD_FIELDS, glyph)
    if record in (RECORD_KEPT, RECORD_STOPPED, RECORD_RESUMED):
        put_u30(buffer, offset + _ORIGIN, glyph.origin)


def put_long(buffer: bytearray, offset: int, width: int, value: int) -> int:
    """0 ≤ value < 2^(8 · width) in so many bytes: where they end. May allocate: sums and a CRC may
    be long integers on a board."""
    for index in range(offset, offset + width):
        buffer[index] = value & 0xFF
        value >>= 8
    return offset + width


def seal(buffer: bytearray, offset: int, crc32: "Crc32") -> None:
    """Put the CRC behind a record."""
    end = offset + CHECKED_BYTES
    put_long(buffer, end, 4, crc32(memoryview(buffer)[offset:end]))


# How often the journal may write: flash wears out, and so does patience with a slow one.
#
# A bucket of tokens: one comes in every 3600 s / writes_per_hour, up to BURST, and every write
# takes one. What needs several writes begins only if there are tokens for it *and* for all that
# has begun already: the standings of the glyphs say how many those are (OWES), so nothing has to
# be reserved and given back. What has begun is always written. A glyph that ends or is stopped
# asks nobody: the bucket may be overdrawn by that, and then nothing begins until it is level
# again.
#
# So in any hour there are at most writes_per_hour + BURST writes, and those of such ends. Each
# boot begins with a full bucket.

WRITES_PER_HOUR_MINIMUM = const(10)
WRITES_PER_HOUR_MAXIMUM = const(36_000)

BURST = const(240)

_HOUR_MS = const(3_600_000)
_LONGEST_US = const(1 << 28)


class Budget:
    """Tokens, and the times that depend on them. `pass_time` is to be called more often than
    every 8.9 min; a longer pause counts as none. `writes_per_hour`: 10 … 36 000."""

    def __init__(self, holding: "GlyphTable", now: int, writes_per_hour: int) -> None:
        if not WRITES_PER_HOUR_MINIMUM <= writes_per_hour <= WRITES_PER_HOUR_MAXIMUM:
            raise ValueError(
                "writes_per_hour of the glyphs' journal: %d is not allowed, give %d to %d"
                % (writes_per_hour, WRITES_PER_HOUR_MINIMUM, WRITES_PER_HOUR_MAXIMUM)
            )
        self.tokens = BURST
        self.since_checkpoint_us = 0
        """Up to 2^28."""
        self.retry_us = 0
        """µs before which the flash is not asked again; 0: it may be."""
        self._holding = holding
        # Rounded up, so that the rate is never exceeded; at most 360 s.
        self._interval_us = -(-_HOUR_MS // writes_per_hour) * 1000
        self._credit_us = 0
        self._ticks = now

    def restart(self, now: int) -> None:
        """Time begins now."""
        self._ticks = now

    def pass_time(self, now: int) -> None:
        """It is `now`: tokens come in. Sums stay below 2^29 + 2^29."""
        elapsed = ticks_diff(now, self._ticks)
        self._ticks = now
        if elapsed <= 0:
            return
        self.since_checkpoint_us = min(self.since_checkpoint_us + elapsed, _LONGEST_US)
        self.retry_us = max(self.retry_us - elapsed, 0)
        self._credit_us += elapsed
        self.tokens += self._credit_us // self._interval_us
        self._credit_us %= self._interval_us
        if self.tokens >= BURST:
            self.tokens = BURST
            self._credit_us = 0

    def affords(self, records: int) -> bool:
        """Whether there are tokens for so many writes more than those that are owed."""
        for glyph in self._holding.slots:
            records += STANDINGS[glyph.standing * COLUMNS + OWES]
        return self.tokens >= records

    def spend(self, checkpoint: bool) -> None:
        """There was a write; with `checkpoint`, everything that was unsaved is saved."""
        self.tokens -= 1
        if checkpoint:
            self.since_checkpoint_us = 0

    def postpone(self, duration_us: int) -> None:
        """Do not ask the flash again for so long; up to 2^28."""
        self.retry_us = duration_us


MORE_RECORDS = const(9)
"""Besides one for every glyph: TOTALS twice, and for up to six that are just being committed a
second one."""

NO_SPACE = const(28)


def is_due(glyph: "Glyph", checkpoint: bool) -> bool:
    """Whether a record of this glyph belongs to the next append."""
    standing = glyph.standing
    if standing == HELD:
        return checkpoint and glyph.unsaved
    if standing == STOPPED:
        return glyph.unsaved
    return STANDINGS[standing * COLUMNS + AWAITS] != 0


# What of a node's glyphs survives a power cut: an append-only file of records on the flash.
#
# A glyph whose standing awaits a record (`lifecycle`) stands still until that is durable: the
# standing *is* the request. `flush` makes all such records, appends them in one write, and only
# then says which glyphs may go on. So whatever another node was told is on the flash, and what is
# on the flash alone was told to nobody: a power cut at any byte leaves a state that the node was
# in, or was about to be in.
#
# What glyphs do between two records, steps and the energy they cost, is written every 10 s. A
# power cut takes it back, with its share of the ledger (`replay`).
#
# When the file is as long as LIMIT_BYTES, what would have been the next append becomes a snapshot:
# TOTALS, twice, as no other record is needed so much; a record for each glyph as it stands; and
# the records that were to be appended. It replaces the file in one step.
#
# A nonce, and the count of a birth, is given again only if no record with it became durable. Then
# nobody has heard of it either, for it is told to others after its record only.
#
# Wear is bounded by a bucket of tokens (`Budget`): a write takes one, hand-offs begin only if
# there are enough for all that has begun, and what has begun is always written.
#
# Whether anything is to be written at once is the table's `pending`, an attribute, as a loop asks
# for it on every pass.
#
# Memory: 2.8 KB, once. `flush` and `load` allocate a little besides; all else nothing.

LIMIT_BYTES = const(12_288)
"""A file that would become longer is replaced by a snapshot: three blocks of a board's flash."""

CHECKPOINT_US = const(10_000_000)
RETRY_US = const(10_000_000)
"""A flash that failed is asked again after so long."""
ASK_AGAIN_US = const(1_000_000)
"""How soon to ask again for a checkpoint when there was nothing to write."""


_NO_RECORD = const(0)
_LAZY = const(1)
_URGENT = const(2)


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
        holding: "GlyphTable",
        seed: int,
        now: int,
        writes_per_hour: int = 1800,
    ) -> None:
        self.identity = 0
        self.births = 0
        self.writes = 0
        self.records = 0
        self.damaged_bytes = 0
        self.unknown_records = 0
        self.failures = 0
        self.trouble = ""
        self.readable = False
        """What is on the flash is known. If not, nobody is to be told that a glyph is not here."""
        self._files = files
        self._crc32 = crc32
        self._holding = holding
        self._seed = seed
        self._budget = Budget(holding, now, writes_per_hour)
        self._next_nonce = 1
        self._size = 0
        self._begun = False
        self._tidy = True
        self._failing = False
        self._buffer = bytearray()
        self._end = 0
        """Of the records in the buffer, which is made once: 2.8 KB for 32 glyphs."""

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

    def flush(self, now: int, durable: "list[Glyph]") -> int:
        """Make durable what waits for it; how many records were written.

        One write for all; `durable` gets those that stood waiting for it, in the order of the
        slots: each is to be told by ON_WRITTEN. 0 if there was nothing to write, or if the flash
        failed: then all stays as it is, `trouble` says what is wrong, and calls within RETRY_US do
        nothing.
        """
        budget = self._budget
        budget.pass_time(now)
        if not self.readable or budget.retry_us:
            return 0
        waiting = self._waiting()
        checkpoint = waiting != _NO_RECORD and budget.since_checkpoint_us >= CHECKPOINT_US
        if waiting == _LAZY and not budget.affords(1):
            checkpoint = False
        if self._begun and waiting != _URGENT and not checkpoint:
            self._holding.pending = False
            return 0
        if not self._write(checkpoint):
            return 0
        self._holding.pending = False
        for glyph in self._holding.slots:
            if STANDINGS[glyph.standing * COLUMNS + AWAITS]:
                durable.append(glyph)
        return self._end // RECORD_BYTES

    def load(self, now: int) -> None:
        """At boot: fill holding and ledger from the file. Without one, begin a new journal.

        If the file cannot be read, nothing is held, and nothing is written over it until the next
        boot. Bytes that are no record are skipped, up to the next one.
        """
        self._budget.restart(now)
        # Here, since a board forgets it afterwards.
        from .replay import Fold, replay

        holding = self._holding
        fold = Fold(holding)
        try:
            self._size, self.damaged_bytes = replay(self._files, self._crc32, fold)
            self.readable = True
        except OSError as error:
            fold.clear()
            self._fail("read", error)
        chance = Prng(self._seed)
        self.identity = fold.identity
        self.births = fold.next_birth
        self._next_nonce = fold.next_nonce
        self.unknown_records = fold.unknown
        self._begun = fold.identity != 0
        while not self.identity:
            self.identity = (chance.next() & 0x7FFF) << 15 | chance.next() & 0x7FFF
            self.births = (chance.next() & 0xFF) << 15 | chance.next() & 0x7FFF
            self._next_nonce = 1
        for glyph in holding.slots:
            glyph.due_ticks = now
            glyph.unsaved = False
        missing = fold.settle()
        room = max(holding.capacity, len(holding.slots)) + MORE_RECORDS
        self._buffer = bytearray(room * RECORD_BYTES)
        is_damaged = bool(self.damaged_bytes or fold.unplaced or missing)
        self._tidy = not is_damaged
        if self.readable and not self._begun:
            holding.pending = not self._write(False)
        if is_damaged and not self._failing:
            from .trouble import of_damage

            self.trouble = of_damage(self.damaged_bytes, missing)

    # Writing

    def _waiting(self) -> int:
        """Whether anything waits for a write, and how urgently."""
        waiting = _NO_RECORD
        for glyph in self._holding.slots:
            if is_due(glyph, True):
                if glyph.stands(HASTENS):
                    return _URGENT
                waiting = _LAZY
        return waiting

    def _write(self, checkpoint: bool) -> bool:
        """One append, or a snapshot. Marks what was written as saved."""
        whole = not self._begun or not self._tidy
        if not whole:
            self._gather(checkpoint)
            whole = self._size + self._end > LIMIT_BYTES
        if whole and not self._gather_all():
            # So much is committed at once that a snapshot has to wait for another write.
            whole = False
            self._gather(checkpoint)
        data = memoryview(self._buffer)[: self._end]
        try:
            if whole:
                self._files.replace(data)
            else:
                self._files.append(data)
        except OSError as error:
            self._budget.postpone(RETRY_US)
            self._fail("written", error)
            return False
        self._failing = False
        self.trouble = ""
        self._begun = True
        self._tidy = self._tidy or whole
        self._size = self._end if whole else self._size + self._end
        self.writes += 1
        self.records += self._end // RECORD_BYTES
        self._budget.spend(whole or checkpoint)
        for glyph in self._holding.slots:
            if whole or is_due(glyph, checkpoint):
                glyph.unsaved = False
        return True

    def _gather(self, checkpoint: bool) -> None:
        """What is to be appended, in the order of the slots; with `checkpoint` what is unsaved."""
        self._end = 0
        for glyph in self._holding.slots:
            if is_due(glyph, checkpoint):
                row = glyph.standing * COLUMNS
                self._add(STANDINGS[row + AWAITS] or STANDINGS[row + SNAPSHOT], glyph)

    def _gather_all(self) -> bool:
        """A snapshot, and what is to be appended; False if that is too much for one write.

        The sums are those of the slots as they stand, before the records that these wait for:
        but a glyph that ends or is fenced has been counted, and needs no record any more.
        """
        self._end = 0
        self._add_totals()
        self._add_totals()
        for glyph in self._holding.slots:
            row = glyph.standing * COLUMNS
            if self._end + 2 * RECORD_BYTES > len(self._buffer):
                return False
            if STANDINGS[row + SNAPSHOT]:
                self._add(STANDINGS[row + SNAPSHOT], glyph)
            if STANDINGS[row + AWAITS] and standing_after(glyph.standing) != FREE:
                self._add(STANDINGS[row + AWAITS], glyph)
        return True

    def _add(self, record: int, glyph: "Glyph") -> None:
        write_record(self._buffer, self._end, record, glyph)
        self._seal()

    def _add_totals(self) -> None:
        """TOTALS: identity, next nonce and birth, the four sums, and zeros."""
        buffer = self._buffer
        ledger = self._holding.ledger
        end = put_long(buffer, self._end, RECORD_BYTES, RECORD_TOTALS) - RECORD_BYTES + 1
        end = put_long(buffer, end, 4, self.identity)
        end = put_long(buffer, end, 4, self._next_nonce)
        end = put_long(buffer, end, 3, self.births)
        end = put_long(buffer, end, 6, ledger.born)
        end = put_long(buffer, end, 6, ledger.received)
        end = put_long(buffer, end, 6, ledger.spent)
        put_long(buffer, end, 6, ledger.sent)
        self._seal()

    def _seal(self) -> None:
        seal(self._buffer, self._end, self._crc32)
        self._end += RECORD_BYTES

    def _fail(self, done: str, error: OSError) -> None:
        self.failures += 1
        self._failing = True
        from .trouble import of_flash

        self.trouble = of_flash(done, error, RETRY_US)
