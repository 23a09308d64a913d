"""A node's glyphs and its journal, with a hand-off that goes everywhere at random.

`Memory` is a flash whose writes can be watched, refused and cut. `Model` works out what is durable
from the glyphs' slots at the moment of the write: the design's table a second time, and no bytes.
"""

import binascii
import copy
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from ascpi_core.fixed import ticks_add
from ascpi_core.glyphs.glyph import CAPACITY, STATE_BYTES, Glyph, GlyphTable
from ascpi_core.glyphs.journal import RECORD_BYTES, Journal
from ascpi_core.glyphs.lifecycle import (
    ARRIVING,
    COMMITTING,
    DEPARTED,
    DEPARTING,
    DROPPING,
    ENDING,
    FENCING,
    FREE,
    HELD,
    MOVES,
    NASCENT,
    OFFERED,
    ON_WRITTEN,
    PREPARED,
    PREPARING,
    RECORD_KEPT,
    RESUMING,
    STOPPED,
)

SECOND_US = 1_000_000
ME = 77


class PowerCut(Exception):
    """The board is dead from here on."""


class Memory:
    """A flash in memory. `watch` is told of each write beforehand; it may refuse it, or cut it."""

    def __init__(self, content: bytes = b"") -> None:
        self.content = content
        self.reads = 0
        self.watch: Callable[[str, bytes], None] = lambda call, data: None
        self.read_error: OSError | None = None

    def read(self, offset: int, count: int) -> bytes:
        self.reads += 1
        if self.read_error is not None:
            raise self.read_error
        return self.content[offset : offset + count]

    def append(self, data: memoryview) -> None:
        self.watch("append", bytes(data))
        self.content += bytes(data)

    def replace(self, data: memoryview) -> None:
        self.watch("replace", bytes(data))
        self.content = bytes(data)


@dataclass(frozen=True)
class Entry:
    standing: int
    energy: int
    hops: int
    state: bytes
    transfer: tuple[int, int, int]


@dataclass
class Model:
    """Glyphs by id, and born, received, spent, sent."""

    glyphs: dict[tuple[int, int], Entry] = field(default_factory=dict)
    sums: list[int] = field(default_factory=lambda: [0, 0, 0, 0])

    def copy(self) -> "Model":
        return copy.deepcopy(self)

    def step(self, glyph: Glyph) -> None:
        """The record that this glyph waits for is durable."""
        name = (glyph.birth_node, glyph.birth_count)
        before = self.glyphs.get(name)
        energy, standing = glyph.energy, glyph.standing
        if standing in (HELD, STOPPED, OFFERED, COMMITTING, ENDING, FENCING):
            assert before is not None
            self.sums[2] += before.energy - energy
        if standing in (COMMITTING, FENCING):
            self.sums[3] += energy
        if standing == NASCENT:
            self.sums[0] += energy
        if standing in (RESUMING, ARRIVING):
            self.sums[1] += energy
        if standing in (DEPARTED, DROPPING, ENDING, FENCING):
            self.glyphs.pop(name, None)
        else:
            after = {COMMITTING: DEPARTING, PREPARING: PREPARED, STOPPED: STOPPED}
            self.glyphs[name] = entry(glyph, after.get(standing, HELD))


def entry(glyph: Glyph, standing: int) -> Entry:
    stays = standing in (HELD, STOPPED, OFFERED) and glyph.standing != ARRIVING
    other = glyph.origin if stays else glyph.peer
    transfer = (other, glyph.identity, glyph.nonce)
    return Entry(standing, glyph.energy, glyph.hops, bytes(glyph.state), transfer)


class Node:
    """Holding, ledger and journal, and the steps that a hand-off would make."""

    def __init__(
        self,
        files: Memory,
        seed: int = 1,
        now: int = 0,
        writes_per_hour: int = 1800,
    ) -> None:
        self.files = files
        self.now = now
        self.holding = GlyphTable(0, 0)
        self.ledger = self.holding.ledger
        self.random = random.Random(seed)
        self.told_nonces: list[int] = []
        self.told_births: list[int] = []
        self.written_standings: list[int] = []
        self.journal = Journal(files, binascii.crc32, self.holding, seed, now, writes_per_hour)
        self.journal.load(now)

    def durable(self) -> Model:
        """What is held, right after a start: all of it is durable."""
        model = Model()
        for glyph in self.holding.slots:
            if glyph.standing != FREE:
                model.glyphs[glyph.birth_node, glyph.birth_count] = entry(glyph, glyph.standing)
        ledger = self.ledger
        model.sums = [ledger.born, ledger.received, ledger.spent, ledger.sent]
        return model

    def imbalance(self) -> int:
        self.holding.touch()
        return self.ledger.imbalance(self.holding.energy)

    def due(self, data: bytes) -> list[Glyph]:
        """The slots of the records of an append, by the design: transitional, or unsaved."""
        checkpoint = RECORD_KEPT in data[::RECORD_BYTES]
        return [
            glyph
            for glyph in self.holding.slots
            if glyph.standing not in (FREE, HELD, STOPPED, OFFERED, DEPARTING, PREPARED)
            or (glyph.unsaved and glyph.standing == STOPPED)
            or (glyph.unsaved and glyph.standing == HELD and checkpoint)
        ]

    def flush(self) -> int:
        durable: list[Glyph] = []
        count = self.journal.flush(self.now, durable)
        for glyph in durable:
            self.written(glyph)
        return count

    def settle(self) -> None:
        """Flush until nothing is pending."""
        while self.holding.pending:
            assert self.flush()

    def pass_time(self, duration_us: int) -> None:
        self.now = ticks_add(self.now, duration_us)

    def written(self, glyph: Glyph) -> None:
        standing = glyph.standing
        self.written_standings.append(standing)
        if standing == NASCENT:
            self.told_births.append(glyph.birth_count)
        elif standing == PREPARING:
            self.told_nonces.append(glyph.nonce)
        assert self.holding.move(glyph, ON_WRITTEN)
        assert self.imbalance() == 0

    # What may happen to a glyph

    def bear(self, energy: int) -> Glyph | None:
        glyph = self.holding.free_slot()
        if glyph is None:
            return None
        glyph.birth_node, glyph.birth_count = ME, self.journal.next_birth()
        self._fill(glyph, energy)
        glyph.hops = 0
        return self._turn(glyph, NASCENT)

    def prepare(self, energy: int, stranger: int) -> Glyph | None:
        """Somebody offers a glyph: a new one, or one that we sent away."""
        departed = [glyph for glyph in self.holding.slots if glyph.standing == DEPARTED]
        glyph = self.random.choice(departed) if departed else self.holding.free_slot()
        if glyph is None:
            return None
        if not departed:
            glyph.birth_node, glyph.birth_count, glyph.hops = 1000, stranger, 0
        glyph.hops += 1
        self._fill(glyph, energy)
        glyph.peer = 5
        glyph.identity, glyph.nonce = self.journal.identity, self.journal.next_nonce()
        return self._turn(glyph, PREPARING)

    def _fill(self, glyph: Glyph, energy: int) -> None:
        glyph.kind, glyph.energy = 5, energy
        glyph.state[:] = self.random.randbytes(STATE_BYTES)

    def _turn(self, glyph: Glyph, standing: int) -> Glyph:
        """By whatever event leads from where it stands to there."""
        for row in range(0, len(MOVES), 4):
            if (MOVES[row], MOVES[row + 2]) == (glyph.standing, standing):
                assert self.holding.move(glyph, MOVES[row + 1])
                return glyph
        raise AssertionError(f"nothing leads from {glyph.standing} to {standing}")

    def happen(self, stranger: int) -> None:
        """One thing, at random. There are up to ten glyphs at a time."""
        draw = self.random
        choice = draw.random()
        if choice < 0.3 and self.holding.room() <= CAPACITY - 10:
            choice += 0.3
        if choice < 0.12:
            self.bear(draw.randrange(100))
        elif choice < 0.3:
            self.prepare(draw.randrange(100), stranger)
        elif choice < 0.4:
            self.pass_time(draw.randrange(8 * SECOND_US))
        elif self.holding.slots:
            self.lead_on(draw.choice(self.holding.slots))

    def lead_on(self, glyph: Glyph) -> None:
        """From where it stands to one of the standings that may follow."""
        draw = self.random
        standing = glyph.standing
        if standing == HELD:
            self._act(glyph, draw.choice((HELD, HELD, HELD, OFFERED, OFFERED, STOPPED, ENDING)))
        elif standing == STOPPED:
            self._act(glyph, draw.choice((ENDING, FENCING)))
        elif standing == OFFERED:
            after = draw.choice((HELD, COMMITTING, COMMITTING, FENCING))
            if after == COMMITTING:
                glyph.peer, glyph.identity, glyph.nonce = 6, draw.getrandbits(30), 9
            self._act(glyph, after)
        elif standing == DEPARTING:
            self._act(glyph, draw.choice((DEPARTED, DEPARTED, RESUMING)))
        elif standing == PREPARED:
            after = draw.choice((ARRIVING, ARRIVING, DROPPING))
            glyph.hops += after == ARRIVING
            self._act(glyph, after)

    def _act(self, glyph: Glyph, after: int) -> None:
        if after == HELD and glyph.standing == HELD:
            spent = min(glyph.energy, self.random.randrange(4))
            glyph.energy -= spent
            self.ledger.spent += spent
            glyph.state[0] = (glyph.state[0] + 1) & 0xFF
            glyph.unsaved = True
        if after == STOPPED:
            glyph.unsaved = True
        if after != glyph.standing:
            self._turn(glyph, after)
        assert self.imbalance() == 0


def held(glyphs: int, files: Memory | None = None) -> Node:
    """A node that holds so many glyphs, of 100 quanta each; all of it is written."""
    node = Node(files or Memory())
    for _ in range(glyphs):
        assert node.bear(100) is not None
    node.settle()
    return node


def forgotten(entry_of: Entry) -> Entry:
    """The same without what is not carried along."""
    return replace(entry_of, transfer=(0, 0, 0))
