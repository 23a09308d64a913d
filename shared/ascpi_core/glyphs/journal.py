"""The journal: its records, how often it may write, and what it writes.

The bytes of one record: always 68, little-endian; `layout.RECORD_FIELDS` is the format.

A record holds all that a glyph is, as its slot says when the record is made, so that the last one
of a glyph is enough to bring it back. What records mean together stands in `replay`. A record ends
with a CRC-32 of all its other bytes: what was torn or has changed is no record. A block of zeros
or of ones, as a file system may leave behind, is none either.
"""

from ..fixed import Prng, const, ticks_diff
from ..ssep import put_u16, put_u24, put_u30
from .glyph import (
    DEPARTED,
    DEPARTING,
    FREE,
    HELD,
    PREPARED,
    STATE_BYTES,
    STOPPED,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .glyph import Glyph

    Crc32 = Callable[[bytes | bytearray | memoryview], int]
    """`binascii.crc32`, on either runtime."""
    from collections.abc import Callable
    from typing import Protocol

    from .glyph import GlyphTable, Ledger

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

# Types of records. What each says of the sums is in `replay`.
RECORD_TOTALS = const(1)
RECORD_BORN = const(2)
RECORD_KEPT = const(3)
RECORD_STOPPED = const(4)
RECORD_PREPARED = const(5)
RECORD_ARRIVED = const(6)
RECORD_DROPPED = const(7)
RECORD_COMMITTED = const(8)
RECORD_LEAVING = const(9)
RECORD_GONE = const(10)
RECORD_RESUMED = const(11)
RECORD_ENDED = const(12)
RECORD_FENCED = const(13)

# type, name, what it says

# name, offset, bytes, meaning

# The same of a TOTALS record; its other bytes are 0.

LONG_BYTES = const(6)


def write_record(buffer: bytearray, offset: int, record: int, glyph: "Glyph") -> None:
    """A record of this type, without its CRC; the glyph's fields lie in their ranges."""
    buffer[offset] = record
    put_u30(buffer, offset + 1, glyph.birth_node)
    put_u24(buffer, offset + 5, glyph.birth_count)
    buffer[offset + 8] = glyph.kind
    put_u16(buffer, offset + 9, glyph.dphi)
    put_u16(buffer, offset + 11, glyph.kappa)
    put_u30(buffer, offset + 13, glyph.theta)
    put_u24(buffer, offset + 17, glyph.energy)
    put_u24(buffer, offset + 20, glyph.lifetime)
    put_u16(buffer, offset + 23, glyph.coherence)
    put_u24(buffer, offset + 25, glyph.hops)
    for index in range(STATE_BYTES):
        buffer[offset + 28 + index] = glyph.state[index]
    put_u30(buffer, offset + 52, glyph.peer)
    put_u30(buffer, offset + 56, glyph.identity)
    put_u30(buffer, offset + 60, glyph.nonce)


def write_totals(
    buffer: bytearray, offset: int, identity: int, next_nonce: int, next_birth: int
) -> None:
    """The head of a TOTALS record, the rest zero; `put_long` adds the sums."""
    for index in range(RECORD_BYTES):
        buffer[offset + index] = 0
    buffer[offset] = RECORD_TOTALS
    put_u30(buffer, offset + 1, identity)
    put_u30(buffer, offset + 5, next_nonce)
    put_u24(buffer, offset + 9, next_birth)


def put_long(buffer: bytearray, offset: int, value: int) -> None:
    """0 ≤ value < 2^48 in six bytes. May allocate: sums may be long integers on a board."""
    for index in range(LONG_BYTES):
        buffer[offset + index] = value & 0xFF
        value >>= 8


def seal(buffer: bytearray, offset: int, crc32: "Crc32") -> None:
    """Put the CRC behind a record. Allocates: a CRC has 32 bits."""
    check = crc32(memoryview(buffer)[offset : offset + CHECKED_BYTES])
    for index in range(CHECKED_BYTES, RECORD_BYTES):
        buffer[offset + index] = check & 0xFF
        check >>= 8


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


# How often the journal may write: flash wears out, and so does patience with a slow one.
#
# A bucket of tokens: one comes in every 3600 s / writes_per_hour, up to BURST, and every write
# takes one. What needs several writes begins only if there are tokens for it *and* for all that
# has begun already: the standings of the glyphs say how many those are (OWED), so nothing has to
# be reserved and given back. What has begun is always written. A glyph that ends or is stopped
# asks nobody: the bucket may be overdrawn by that, and then nothing begins until it is level
# again.
#
# So in any hour there are at most writes_per_hour + BURST writes, and those of such ends. Each
# boot begins with a full bucket.

WRITES_PER_HOUR_MINIMUM = const(10)
WRITES_PER_HOUR_MAXIMUM = const(36_000)

BURST = const(240)

OWED = (0, 1, 0, 0, 2, 2, 1, 1, 1, 2, 1, 1, 1, 1, 1)
"""Of each standing: how many writes may still follow from it.

That of an offer is committed, and then gone or resumed; of a glyph that is being prepared, that
and arrived or dropped.
"""

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
            records += OWED[glyph.standing]
        return self.tokens >= records

    def spend(self, checkpoint: bool) -> None:
        """There was a write; with `checkpoint`, everything that was unsaved is saved."""
        self.tokens -= 1
        if checkpoint:
            self.since_checkpoint_us = 0

    def postpone(self, duration_us: int) -> None:
        """Do not ask the flash again for so long; up to 2^28."""
        self.retry_us = duration_us


# The records of one write to the journal, made from the glyphs' slots as they stand.

RECORD_AWAITED = (
    0,
    RECORD_BORN,
    0,
    0,
    0,
    RECORD_COMMITTED,
    0,
    RECORD_GONE,
    RECORD_RESUMED,
    RECORD_PREPARED,
    0,
    RECORD_ARRIVED,
    RECORD_DROPPED,
    RECORD_ENDED,
    RECORD_FENCED,
)
"""Of each standing: the record that it waits for; 0 none."""

RECORD_SETTLED = (
    0,
    0,
    RECORD_KEPT,
    RECORD_STOPPED,
    RECORD_KEPT,
    RECORD_KEPT,
    RECORD_LEAVING,
    0,
    0,
    0,
    RECORD_PREPARED,
    0,
    0,
    0,
    0,
)
"""Of each standing: what a snapshot says of it, before the record that it waits for; 0 nothing."""

PAGE_MORE_RECORDS = const(9)
"""Besides one for every glyph: TOTALS twice, and for up to six that are just being committed a
second one."""


class Page:
    """`count` records in a buffer that `make_room` makes, once: 2.8 KB for 32 glyphs."""

    def __init__(self, holding: "GlyphTable", ledger: "Ledger", crc32: "Crc32") -> None:
        self.count = 0
        self.room = 0
        self._buffer = bytearray()
        self._holding = holding
        self._ledger = ledger
        self._crc32 = crc32

    def make_room(self) -> None:
        """For as many glyphs as are held, or may be."""
        self.room = max(self._holding.capacity, len(self._holding.slots)) + PAGE_MORE_RECORDS
        self._buffer = bytearray(self.room * RECORD_BYTES)

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
                self._add(RECORD_AWAITED[glyph.standing] or RECORD_SETTLED[glyph.standing], glyph)

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
            if self.count + 2 > self.room:
                return False
            if RECORD_SETTLED[standing]:
                self._add(RECORD_SETTLED[standing], glyph)
            if RECORD_AWAITED[standing] and AFTER[RECORD_AWAITED[standing]] != FREE:
                self._add(RECORD_AWAITED[standing], glyph)
        return True

    def _add(self, kind: int, glyph: "Glyph") -> None:
        offset = self.length()
        write_record(self._buffer, offset, kind, glyph)
        seal(self._buffer, offset, self._crc32)
        self.count += 1

    def _add_totals(self, identity: int, next_nonce: int, next_birth: int) -> None:
        offset = self.length()
        buffer = self._buffer
        ledger = self._ledger
        write_totals(buffer, offset, identity, next_nonce, next_birth)
        put_long(buffer, offset + 12, ledger.born)
        put_long(buffer, offset + 18, ledger.received)
        put_long(buffer, offset + 24, ledger.spent)
        put_long(buffer, offset + 30, ledger.sent)
        seal(buffer, offset, self._crc32)
        self.count += 1


def is_due(glyph: "Glyph", checkpoint: bool) -> bool:
    """Whether a record of this glyph belongs to the next append."""
    standing = glyph.standing
    if standing == HELD:
        return checkpoint and glyph.unsaved
    return RECORD_AWAITED[standing] != 0 or (standing == STOPPED and glyph.unsaved)


# Sentences for people about a journal that cannot be written or read.

NO_SPACE = const(28)


# What of a node's glyphs survives a power cut: an append-only file of records on the flash.
#
# A glyph in a transitional standing (`RECORD_AWAITED` names its record) stands still until that
# record is durable: the standing *is* the request. `flush` makes all such records, appends them in
# one write, and only then lets `written` take the step and give the answer. So whatever another
# node was told is on the flash, and what is on the flash alone was told to nobody: a power cut at
# any byte leaves a state that the node was in, or was about to be in. Hence a transitional
# standing is never taken back, only led on: its record may be durable although the flash reported
# a failure.
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
# `pending` is an attribute, as a loop asks for it on every pass: whoever puts a glyph into a
# transitional standing, or stops one, calls `want`. One that forgot is found after 10 s.
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
        checkpoint = waiting != _NO_RECORD and budget.since_checkpoint_us >= CHECKPOINT_US
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
        # Here, since a board forgets it afterwards.
        from .replay import Fold, replay

        fold = Fold(self._holding, self._ledger)
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
        for glyph in self._holding.slots:
            glyph.due_ticks = now
            glyph.unsaved = False
        missing = fold.settle()
        self._page.make_room()
        is_damaged = bool(self.damaged_bytes or fold.unplaced or missing)
        self._tidy = not is_damaged
        if self.readable and not self._begun:
            self.pending = not self._write(False)
        if is_damaged and not self._failing:
            from .trouble import of_damage

            self.trouble = of_damage(self.damaged_bytes, missing)

    # Writing

    def _waiting(self) -> int:
        """Whether anything waits for a write, and how urgently."""
        waiting = _NO_RECORD
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
        from .trouble import of_flash

        self.trouble = of_flash(done, error, RETRY_US)

    def _tell(self, written: "Callable[[Glyph], None]") -> None:
        """All records were made before the first step is taken: a step may change others."""
        durable = [glyph for glyph in self._holding.slots if RECORD_AWAITED[glyph.standing]]
        self.pending = False
        for glyph in durable:
            written(glyph)
        if self._waiting() == _URGENT:
            self.pending = True
