"""The bytes of one record of the journal: always 68, little-endian; `FIELDS` is the format.

A record holds all that a glyph is, as its slot says when the record is made, so that the last one
of a glyph is enough to bring it back. What records mean together stands in `fold`. A record ends
with a CRC-32 of all its other bytes: what was torn or has changed is no record. A block of zeros
or of ones, as a file system may leave behind, is none either.
"""

from ..fixed import Prng, ticks_diff
from ..ssep import get_u16, get_u24, get_u30, put_u16, put_u24, put_u30
from .glyph import (
    CAPACITY,
    COUNTS,
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


RECORD_BYTES = 68
CHECKED_BYTES = 64

# Types of records. What each says of the sums is in `fold`.
RECORD_TOTALS = 1
RECORD_BORN = 2
RECORD_KEPT = 3
RECORD_STOPPED = 4
RECORD_PREPARED = 5
RECORD_ARRIVED = 6
RECORD_DROPPED = 7
RECORD_COMMITTED = 8
RECORD_LEAVING = 9
RECORD_GONE = 10
RECORD_RESUMED = 11
RECORD_ENDED = 12
RECORD_FENCED = 13

# type, name, what it says

# name, offset, bytes, meaning

# The same of a TOTALS record; its other bytes are 0.

_LONG_BYTES = 6


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
    for index in range(_LONG_BYTES):
        buffer[offset + index] = value & 0xFF
        value >>= 8


def get_long(buffer: bytes | bytearray, offset: int) -> int:
    """48 bits from six bytes. May allocate."""
    value = 0
    for index in range(_LONG_BYTES - 1, -1, -1):
        value = value << 8 | buffer[offset + index]
    return value


def seal(buffer: bytearray, offset: int, crc32: "Crc32") -> None:
    """Put the CRC behind a record. Allocates: a CRC has 32 bits."""
    check = crc32(memoryview(buffer)[offset : offset + CHECKED_BYTES])
    for index in range(CHECKED_BYTES, RECORD_BYTES):
        buffer[offset + index] = check & 0xFF
        check >>= 8


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


# What the records of a journal say together: the glyphs of a node and its ledger.
#
# Each record tells where its glyph stands after it, and what that did to the four sums. The sums
# move by what the *record before* of the same glyph said, so the fold of any beginning of a
# journal is balanced: what was spent since the last record is not spent if the power fails.
#
# The rules also hold for a record that comes twice (a write that was reported as failed and yet
# took place), and if records between were lost: what a glyph must have done in between is counted.

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
            glyph = self._holding.free_slot()
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

WRITES_PER_HOUR_MINIMUM = 10
WRITES_PER_HOUR_MAXIMUM = 36_000

BURST = 240

OWED = (0, 1, 0, 0, 2, 2, 1, 1, 1, 2, 1, 1, 1, 1, 1)
"""Of each standing: how many writes may still follow from it.

That of an offer is committed, and then gone or resumed; of a glyph that is being prepared, that
and arrived or dropped.
"""

_HOUR_MS = 3_600_000
_LONGEST_US = 1 << 28


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

PAGE_RECORDS = CAPACITY + 9
"""TOTALS twice, every glyph, and up to six that are just being committed, with two each."""


class Page:
    """`count` records in a buffer of 2.8 KB, made once."""

    def __init__(self, holding: "GlyphTable", ledger: "Ledger", crc32: "Crc32") -> None:
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
            if self.count + 2 > PAGE_RECORDS:
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

NO_SPACE = 28

_FLASH_REASONS = {5: "input/output error", NO_SPACE: "no space left on device", 30: "read-only"}
"""MicroPython's errors have numbers only."""


def of_flash(done: str, error: OSError, retry_us: int) -> str:
    """The journal could not be `done`, "read" or "written"; that is tried again in `retry_us`."""
    number = error.args[0] if error.args else 0
    reason = error.args[1].lower() if len(error.args) > 1 else _FLASH_REASONS.get(number, "error")
    text = "the glyphs' journal cannot be %s (%s %s): " % (done, number, reason)
    if done == "read":
        return text + (
            "no glyph runs here, and nothing is written over it, until a reset; if that does not "
            "help, erase it, and its glyphs with it, or change the board"
        )
    if number == NO_SPACE:
        return text + "hand-offs wait; make room on the flash"
    return text + "hand-offs wait; it is tried again every %d s" % (retry_us // 1_000_000)


def of_damage(damaged_bytes: int, missing: int) -> str:
    """So many bytes were no records, and so many quanta are missing from the sums."""
    text = (
        "%d bytes of the glyphs' journal were unreadable: a write that a power cut ended, or a "
        "worn flash; all else was read" % damaged_bytes
    )
    if missing > 0:
        text += ", and %d quanta that are missing were put down as spent" % missing
    elif missing < 0:
        text += ", and %d quanta of unknown origin were put down as born" % -missing
    return text + "; if it is said at each boot, change the board"


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
# power cut takes it back, with its share of the ledger (`fold`).
#
# When the file is as long as LIMIT_BYTES, what would have been the next append becomes a snapshot:
# TOTALS, twice, as no other record is needed so much; a record for each glyph as it stands; and
# the records that were to be appended. It replaces the file in one step.
#
# A nonce, and the count of a birth, is given again only if no record with it became durable. Then
# nobody has heard of it either, for it is told to others after its record only.
#
# Wear is bounded by a bucket of tokens (`budget`): a write takes one, hand-offs begin only if
# there are enough for all that has begun, and what has begun is always written.
#
# `pending` is an attribute, as a loop asks for it on every pass: whoever puts a glyph into a
# transitional standing, or stops one, calls `want`. One that forgot is found after 10 s.
#
# Memory: 2.8 KB, once. `flush` and `load` allocate a little besides; all else nothing.

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
        is_damaged = bool(self.damaged_bytes or fold.unplaced or missing)
        self._tidy = not is_damaged
        if self.readable and not self._begun:
            self.pending = not self._write(False)
        if is_damaged and not self._failing:
            self.trouble = of_damage(self.damaged_bytes, missing)

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
        self.trouble = of_flash(done, error, RETRY_US)

    def _tell(self, written: "Callable[[Glyph], None]") -> None:
        """All records were made before the first step is taken: a step may change others."""
        durable = [glyph for glyph in self._holding.slots if RECORD_AWAITED[glyph.standing]]
        self.pending = False
        for glyph in durable:
            written(glyph)
        if self._waiting() == _URGENT:
            self.pending = True
