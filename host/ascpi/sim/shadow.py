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


def parsed(data: bytes) -> list[Record]:
    """The whole records in what was to be written."""
    found = []
    for offset in range(0, len(data), RECORD_BYTES):
        record = parse(data[offset : offset + RECORD_BYTES])
        if record is not None:
            found.append(record)
    return found


class Shadow:
    """Glyphs and sums as a flash has them. `read` what is there, `take` what is appended."""

    def __init__(self) -> None:
        self.glyphs: dict[Name, Entry] = {}
        self.born = self.received = self.spent = self.sent = 0
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

    def take(self, record: Record) -> None:
        """Take in one record. A write that was reported as failed may have been made after all,
        and then comes twice: the second time it changes no sum."""
        if record.type == TOTALS:
            self.glyphs = {}
            self.born, self.received, self.spent, self.sent = record.sums
            self.identity = record.identity
            return
        entry = record.entry
        before = self.glyphs.get(record.name)
        if record.type in _REMOVING:
            if before is None or entry.hops < before.hops:
                return  # it is about an earlier stay
            if record.type == DROPPED and before.standing != AWAITED:
                return
        self._account(record.type, before, entry.energy)
        if record.type in _REMOVING:
            del self.glyphs[record.name]
            return
        entry.standing = _STANDING.get(record.type, HELD)
        self.glyphs[record.name] = entry

    def _account(self, kind_of: int, before: Entry | None, energy: int) -> None:
        if before is not None and before.counts:
            self.spent += before.energy - energy
            if kind_of in (COMMITTED, FENCED):
                self.sent += energy
            elif kind_of == ENDED:
                self.spent += energy
        elif kind_of == BORN:
            self.born += energy
        elif kind_of in (ARRIVED, RESUMED):
            self.received += energy


_REMOVING = (DROPPED, GONE, ENDED, FENCED)
_STANDING = {STOPPED: HALTED, PREPARED: AWAITED, COMMITTED: LEFT, LEAVING: LEFT}
