"""What a flash says, worked out by the simulator itself: the journal's format, read a second time.

Written from the format alone and on purpose without the core's own reader: where the two disagree
one of them is wrong. It is also what is known of a board that has no power.
"""

import zlib
from dataclasses import dataclass

from ascpi.sim.flash import RECORD_BYTES

TOTALS, BORN, KEPT, STOPPED, PREPARED, ARRIVED, DROPPED = range(1, 8)
COMMITTED, LEAVING, GONE, RESUMED, ENDED, FENCED = range(8, 14)

NAMES = (
    *("", "TOTALS", "BORN", "KEPT", "STOPPED", "PREPARED", "ARRIVED", "DROPPED"),
    *("COMMITTED", "LEAVING", "GONE", "RESUMED", "ENDED", "FENCED"),
)

Name = tuple[int, int]
"""A glyph's id: the node of its birth, and the count of births there."""

# How a flash has a glyph.
HELD, HALTED, AWAITED, LEFT = "held", "stopped", "prepared", "departing"


@dataclass
class Entry:
    """One glyph on one flash; `hops` as its node has them."""

    standing: str
    energy: int
    hops: int
    kind: int
    state: bytes
    peer: int
    identity: int
    nonce: int

    @property
    def counts(self) -> bool:
        return self.standing in (HELD, HALTED)


@dataclass(frozen=True)
class Record:
    """One record as its bytes say."""

    type: int
    name: Name
    entry: Entry
    sums: tuple[int, int, int, int] = (0, 0, 0, 0)
    identity: int = 0


def three(data: bytes, offset: int) -> int:
    return int.from_bytes(data[offset : offset + 3], "little")


def four(data: bytes, offset: int) -> int:
    return int.from_bytes(data[offset : offset + 4], "little")


def six(data: bytes, offset: int) -> int:
    return int.from_bytes(data[offset : offset + 6], "little")


def parse(data: bytes) -> Record | None:
    """The record that these 68 bytes are; None if they are none."""
    if len(data) < RECORD_BYTES or zlib.crc32(data[:64]) != four(data, 64):
        return None
    kind_of = data[0]
    if not TOTALS <= kind_of <= FENCED:
        return None
    entry = Entry(
        HELD,
        three(data, 17),
        three(data, 25),
        data[8],
        data[28:52],
        four(data, 52),
        four(data, 56),
        four(data, 60),
    )
    if kind_of == TOTALS:
        sums = (six(data, 12), six(data, 18), six(data, 24), six(data, 30))
        return Record(kind_of, (0, 0), entry, sums, four(data, 1))
    return Record(kind_of, (four(data, 1), three(data, 5)), entry)


class Shadow:
    """Glyphs and sums as a flash has them. `fold` what is appended, `read` what is there."""

    def __init__(self) -> None:
        self.glyphs: dict[Name, Entry] = {}
        self.born = self.received = self.spent = self.sent = 0
        self.fenced = 0
        """Quanta that fences sent since `read` last began from a whole file."""
        self.identity = 0

    def read(self, content: bytes) -> None:
        """Begin anew from a whole file."""
        self.glyphs = {}
        self.born = self.received = self.spent = self.sent = 0
        offset = 0
        while offset + RECORD_BYTES <= len(content):
            record = parse(content[offset : offset + RECORD_BYTES])
            if record is None:
                offset += 1
                continue
            self.take(record)
            offset += RECORD_BYTES

    def fold(self, data: bytes) -> list[Record]:
        """Take in whole records that were appended; which they were."""
        records = []
        for offset in range(0, len(data), RECORD_BYTES):
            record = parse(data[offset : offset + RECORD_BYTES])
            if record is not None:
                self.take(record)
                records.append(record)
        return records

    def take(self, record: Record) -> None:
        """Take in one record."""
        entry = record.entry
        before = self.glyphs.get(record.name)
        counted = before.energy if before is not None and before.counts else None
        if record.type == TOTALS:
            self.glyphs = {}
            self.born, self.received, self.spent, self.sent = record.sums
            self.identity = record.identity
            return
        if record.type == BORN:
            self.born += entry.energy
        elif record.type in (ARRIVED, RESUMED):
            self.received += entry.energy
        elif counted is not None and record.type in (KEPT, STOPPED, COMMITTED, FENCED):
            self.spent += counted - entry.energy
        elif counted is not None and record.type == ENDED:
            self.spent += counted
        if record.type in (COMMITTED, FENCED):
            self.sent += entry.energy
        if record.type == FENCED:
            self.fenced += entry.energy
        if record.type in (DROPPED, GONE, ENDED, FENCED):
            self.glyphs.pop(record.name, None)
            return
        entry.standing = {
            STOPPED: HALTED,
            PREPARED: AWAITED,
            COMMITTED: LEFT,
            LEAVING: LEFT,
        }.get(record.type, HELD)
        self.glyphs[record.name] = entry
