"""A journal lives, dies at chance bytes and comes back: the same on every runtime.

Prints a digest of all that was written and the counters; on MicroPython also whether what a loop
asks of the journal allocates. MicroPython's own words only: `tests.core.journals` has the tests.
"""

import gc
import sys
from binascii import crc32

from ascpi_core.fixed import Prng, ticks_add
from ascpi_core.glyphs.glyph import STATE_BYTES, GlyphTable
from ascpi_core.glyphs.journal import Journal
from ascpi_core.glyphs.lifecycle import (
    ARRIVING,
    COMMITTING,
    DEPARTED,
    DEPARTING,
    FREE,
    HELD,
    NASCENT,
    PREPARED,
    PREPARING,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ascpi_core.glyphs.glyph import Glyph

WRITES = 400


class Flash:
    def __init__(self) -> None:
        self.content = b""
        self.digest = 0

    def read(self, offset: int, count: int) -> bytes:
        return self.content[offset : offset + count]

    def append(self, data: memoryview) -> None:
        self.digest = crc32(data, self.digest)
        self.content += bytes(data)

    def replace(self, data: memoryview) -> None:
        self.digest = crc32(data, self.digest)
        self.content = bytes(data)


class Node:
    def __init__(self, flash: Flash, seed: int, now: int) -> None:
        self.flash = flash
        self.now = now
        self.chance = Prng(seed)
        self.holding = GlyphTable(0, 0)
        self.ledger = self.holding.ledger
        self.journal = Journal(flash, crc32, self.holding, seed, now)
        self.journal.load(now)
        self.check()

    def check(self) -> None:
        self.holding.touch()
        assert self.ledger.imbalance(self.holding.energy) == 0

    def written(self, glyph: "Glyph") -> None:
        standing = glyph.standing
        if standing == NASCENT:
            self.ledger.born += glyph.energy
            glyph.standing = HELD
        elif standing == COMMITTING:
            self.ledger.sent += glyph.energy
            glyph.standing = DEPARTING
        elif standing == PREPARING:
            glyph.standing = PREPARED
        elif standing == ARRIVING:
            self.ledger.received += glyph.energy
            glyph.standing = HELD
        else:
            glyph.clear()
        self.check()

    def flush(self) -> int:
        durable: list[Glyph] = []
        count = self.journal.flush(self.now, durable)
        for glyph in durable:
            self.written(glyph)
        return count

    def happen(self) -> None:
        """A glyph is born or offered; and each that is here is led on, or not."""
        draw = self.chance.below
        self.now = ticks_add(self.now, draw(3000) << 10)
        glyph = self.holding.free_slot() if self.holding.room() > 22 else None
        if glyph is not None:
            glyph.nonce = self.journal.next_nonce()
            if draw(2):
                glyph.standing = NASCENT
                glyph.birth_node, glyph.birth_count = 0x3FFFFFFF, self.journal.next_birth()
            else:
                glyph.standing = PREPARING
                glyph.birth_node, glyph.birth_count = 5, glyph.nonce
            glyph.kind, glyph.energy, glyph.hops = 9, draw(10_000) + 1, 0
            glyph.theta = draw(1 << 14) << 14
            glyph.peer, glyph.identity = draw(1000), self.journal.identity
            for index in range(STATE_BYTES):
                glyph.state[index] = draw(256)
        for glyph in self.holding.slots:
            if glyph.standing == HELD:
                glyph.energy -= 1
                self.ledger.spent += 1
                glyph.unsaved = True
                if glyph.energy == 0 or not draw(6):
                    glyph.standing = COMMITTING
            elif glyph.standing == PREPARED and draw(2):
                glyph.hops += 1
                glyph.standing = ARRIVING
            elif glyph.standing == DEPARTING and draw(2):
                glyph.standing = DEPARTED
        self.check()


def live() -> None:
    flash = Flash()
    node = Node(flash, 1, 0)
    deaths = damaged = written = 0
    while written < WRITES:
        node.happen()
        before = flash.content
        if not node.flush():
            continue
        written += 1
        if not node.chance.below(8) and flash.content.startswith(before):
            # The power went inside this append.
            kept = len(before) + node.chance.below(len(flash.content) - len(before))
            flash.content = flash.content[:kept]
            deaths += 1
            node = Node(flash, 1000 + deaths, node.now)
            damaged += node.journal.damaged_bytes
    glyphs = sum([glyph.standing != FREE for glyph in node.holding.slots])
    ledger = node.ledger
    print(WRITES, deaths, damaged, glyphs, len(flash.content), node.journal.identity)
    print(ledger.born, ledger.received, ledger.spent, ledger.sent, flash.digest & 0xFFFFFFFF)


def ask(node: Node) -> None:
    """What is asked in a control loop."""
    journal = node.journal
    now = node.now
    for _ in range(200):
        now = ticks_add(now, 10_000_019)
        journal.may_begin(now, 3)
        journal.checkpoint_due_in(now)
        journal.has_given(journal.next_nonce())
        journal.next_birth()


def allocation() -> None:
    from micropython import heap_lock, heap_unlock

    node = Node(Flash(), 7, 0x3FF00000)
    for _ in range(40):
        node.happen()
        node.flush()
    ask(node)
    heap_lock()
    try:
        ask(node)
    finally:
        heap_unlock()
    before = gc.mem_alloc()  # type: ignore[attr-defined]
    ask(node)
    print("allocated", gc.mem_alloc() - before)  # type: ignore[attr-defined]


if __name__ == "__main__":
    gc.disable()
    live()
    if sys.implementation.name == "micropython":
        allocation()
