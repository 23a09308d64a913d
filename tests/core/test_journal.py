"""The journal: what is written when, how often, and under which numbers."""

import binascii

import pytest

from ascpi_core.glyphs import journal as journal_module
from ascpi_core.glyphs.journal import (
    ASK_AGAIN_US,
    CHECKPOINT_US,
    LIMIT_BYTES,
    MORE_RECORDS,
    RECORD_BYTES,
    seal,
)
from ascpi_core.glyphs.lifecycle import (
    ARRIVING,
    COMMITTING,
    DEPARTED,
    ENDING,
    HELD,
    OFFERED,
    ON_LOST,
    PREPARED,
    RECORD_BORN,
    RECORD_COMMITTED,
    RECORD_ENDED,
    RECORD_GONE,
    RECORD_KEPT,
    RECORD_TOTALS,
    RESUMING,
    STOPPED,
)
from tests.core.journals import ME, SECOND_US, Memory, Node, held

DAY_S = 86_400


def kinds(content: bytes) -> list[int]:
    return list(content[::RECORD_BYTES])


def test_a_new_journal_is_named_and_written_before_anything_else() -> None:
    node = Node(Memory(), seed=5)
    assert kinds(node.files.content) == [RECORD_TOTALS, RECORD_TOTALS]
    assert 0 < node.journal.identity < 1 << 30
    assert 0 <= node.journal.births < 1 << 23
    again = Node(Memory(node.files.content), seed=6)
    assert again.journal.identity == node.journal.identity
    assert again.journal.births == node.journal.births
    assert len({Node(Memory(), seed).journal.identity for seed in range(200)}) == 200
    assert len({Node(Memory(), seed).journal.births for seed in range(200)}) == 200


def test_one_append_for_all_in_the_order_of_the_slots() -> None:
    node = held(3)
    first, second, third = node.holding.slots
    second.standing, third.standing = OFFERED, DEPARTED
    second.standing = COMMITTING
    first.standing = ENDING
    calls: list[tuple[str, list[int]]] = []
    node.files.watch = lambda call, data: calls.append((call, kinds(data)))
    node.written_standings.clear()
    node.ledger.spent += first.energy
    node.ledger.sent += third.energy
    node.holding.pending = True
    assert node.flush() == 3
    assert calls == [("append", [RECORD_ENDED, RECORD_COMMITTED, RECORD_GONE])]
    assert node.written_standings == [ENDING, COMMITTING, DEPARTED]
    assert (node.journal.writes, node.journal.records) == (3, 8)
    assert not node.holding.pending
    assert node.flush() == 0


def test_what_a_step_puts_into_another_standing_waits_for_the_next_write() -> None:
    node = held(1)
    glyph = node.holding.slots[0]
    glyph.standing = COMMITTING
    node.holding.pending = True

    assert node.flush() == 1
    assert not node.holding.pending
    assert node.holding.move(glyph, ON_LOST)
    assert node.holding.pending
    assert glyph.standing == RESUMING
    assert node.flush() == 1
    assert glyph.standing == HELD
    assert not node.holding.pending


def test_a_departed_glyph_waits_for_a_write_that_comes_anyway() -> None:
    node = held(2)
    first = node.holding.slots[0]
    node.ledger.sent += first.energy
    first.standing = DEPARTED
    assert not node.holding.pending
    assert node.flush() == 0
    node.pass_time(CHECKPOINT_US)
    assert node.journal.checkpoint_due_in(node.now) == 0
    assert node.flush() == 1
    assert kinds(node.files.content)[-1] == RECORD_GONE


def test_checkpoints() -> None:
    node = held(3)
    spent, _, stopped = node.holding.slots
    node.pass_time(3 * SECOND_US)
    assert node.journal.checkpoint_due_in(node.now) == CHECKPOINT_US - 3 * SECOND_US
    node.pass_time(7 * SECOND_US)
    # Nothing is unsaved: ask again soon.
    assert node.journal.checkpoint_due_in(node.now) == ASK_AGAIN_US
    assert node.flush() == 0
    spent.energy -= 40
    node.ledger.spent += 40
    spent.unsaved = True
    assert node.journal.checkpoint_due_in(node.now) == 0
    assert node.flush() == 1
    assert not spent.unsaved
    assert kinds(node.files.content)[-1] == RECORD_KEPT
    again = Node(Memory(node.files.content))
    assert again.ledger.spent == 40
    assert again.imbalance() == 0
    # What stops is written at once, with its state; and the others with it only when it is time.
    spent.unsaved = stopped.unsaved = True
    stopped.standing = STOPPED
    stopped.state[:] = b"as it was when it raised"
    node.holding.pending = True
    assert node.flush() == 1
    assert spent.unsaved
    assert not stopped.unsaved
    assert STOPPED not in node.written_standings
    again = Node(Memory(node.files.content))
    found = again.holding.find(ME, stopped.birth_count)
    assert found is not None
    assert found.standing == STOPPED
    assert found.state == b"as it was when it raised"


def test_a_forgotten_want_is_found_with_the_next_checkpoint() -> None:
    node = held(1)
    node.holding.slots[0].standing = COMMITTING
    assert not node.holding.pending
    node.pass_time(CHECKPOINT_US)
    assert node.journal.checkpoint_due_in(node.now) == 0
    assert node.flush() == 1


def test_the_snapshot_says_what_the_log_said() -> None:
    node = held(4)
    longest = 0
    snapshots = 0
    contents = [node.files.content]

    def watch(call: str, data: bytes) -> None:
        nonlocal snapshots
        snapshots += call == "replace"

    node.files.watch = watch
    for number in range(3000):
        node.happen(number)
        before = snapshots
        node.flush()
        longest = max(longest, len(node.files.content))
        if snapshots > before:
            for glyph in node.holding.slots:
                assert not glyph.unsaved
            again = Node(Memory(node.files.content))
            settled = node.durable().glyphs
            assert {
                name: (entry.standing if entry.standing != OFFERED else HELD, entry.energy)
                for name, entry in settled.items()
                if entry.standing not in (DEPARTED,)
            } == {
                name: (entry.standing, entry.energy)
                for name, entry in again.durable().glyphs.items()
            }
            assert again.durable().sums == node.durable().sums
            assert again.journal.next_nonce() == node.journal.next_nonce()
            assert again.journal.births == node.journal.births
            contents.append(node.files.content)
    assert len(contents) > 5
    assert longest <= LIMIT_BYTES


def test_a_snapshot_that_has_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """32 glyphs are committed at once: two records each are more than a page."""
    node = held(32)
    monkeypatch.setattr(journal_module, "LIMIT_BYTES", len(node.files.content))
    calls: list[str] = []
    node.files.watch = lambda call, data: calls.append(call)
    for glyph in node.holding.slots:
        glyph.standing = COMMITTING
    node.holding.pending = True
    assert node.flush() == 32
    assert Node(Memory(node.files.content)).durable() == node.durable()
    for glyph in node.holding.slots[:6]:
        glyph.standing = RESUMING
    node.holding.pending = True
    assert node.flush() == 34
    assert calls == ["append", "replace"]
    for glyph in node.holding.slots[:6]:
        glyph.standing = COMMITTING
    node.holding.pending = True
    assert node.flush() == 40 < 32 + MORE_RECORDS
    assert calls[-1] == "replace"
    assert Node(Memory(node.files.content)).durable() == node.durable()


def test_nonces_and_births() -> None:
    node = held(2)
    assert not node.journal.has_given(0)
    assert not node.journal.has_given(1)
    nonces = [node.journal.next_nonce() for _ in range(3)]
    assert nonces == [1, 2, 3]
    assert node.journal.has_given(3)
    assert not node.journal.has_given(4)
    # None of these is on the flash, so nobody was told.
    assert not Node(Memory(node.files.content)).journal.has_given(1)
    glyph = node.prepare(9, 1)
    assert glyph is not None
    node.settle()
    assert Node(Memory(node.files.content)).journal.next_nonce() == 5
    # A nonce of somebody else's is not ours.
    held_here = node.holding.slots[0]
    held_here.standing, held_here.identity, held_here.nonce = COMMITTING, 3, 1000
    node.holding.pending = True
    node.settle()
    assert Node(Memory(node.files.content)).journal.next_nonce() == 5


def test_births_begin_anew_after_24_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    node = held(0)
    node.journal.births = 0xFFFFFF
    counts = [node.journal.next_birth() for _ in range(2)]
    assert counts == [0xFFFFFF, 0]
    node.journal.births = 0xFFFFFD
    monkeypatch.setattr(journal_module, "LIMIT_BYTES", 0)
    assert node.bear(1) is not None
    node.settle()
    monkeypatch.undo()
    for _ in range(4):
        assert node.bear(1) is not None
    # The order of the slots is not that of the births.
    slots = node.holding.slots
    slots[1].birth_count, slots[4].birth_count = slots[4].birth_count, slots[1].birth_count
    node.settle()
    assert kinds(node.files.content)[-4:] == [RECORD_BORN] * 4
    assert Node(Memory(node.files.content)).journal.births == 2


def test_what_arrives_and_what_is_prepared_comes_back() -> None:
    node = held(0)
    glyph = node.prepare(50, 7)
    assert glyph is not None
    node.settle()
    again = Node(Memory(node.files.content), now=1 << 29)
    slot = again.holding.find(1000, 7)
    assert slot is not None
    assert (slot.standing, slot.hops, slot.nonce) == (PREPARED, 1, glyph.nonce)
    assert slot.identity == again.journal.identity
    assert slot.is_due(again.now)
    assert again.holding.count == 0
    slot.hops += 1
    slot.standing = ARRIVING
    again.holding.pending = True
    again.settle()
    last = Node(Memory(again.files.content))
    assert (last.holding.count, last.holding.energy) == (1, 50)
    assert last.holding.digest == again.holding.digest != 0
    assert last.ledger.received == 50


def test_records_of_a_later_program_are_passed_over() -> None:
    node = held(2)
    strange = bytearray(RECORD_BYTES)
    strange[0] = 200
    seal(strange, 0, binascii.crc32)
    at = 2 * RECORD_BYTES
    again = Node(Memory(node.files.content[:at] + strange + node.files.content[at:]))
    assert again.journal.unknown_records == 1
    assert not again.journal.damaged_bytes
    assert again.durable() == node.durable()


def test_more_glyphs_than_slots_is_damage_and_no_crash() -> None:
    one, other = held(32), Node(Memory(), seed=2)
    other.journal.births = one.journal.births
    for _ in range(3):
        assert other.bear(100) is not None
    other.settle()
    again = Node(Memory(one.files.content + other.files.content[2 * RECORD_BYTES :]))
    assert again.holding.count == 32
    assert again.imbalance() == 0
    assert again.journal.trouble
