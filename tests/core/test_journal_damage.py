"""Bits fall over, records are torn or lost: what comes back, and what is said of it."""

import random

from ascpi_core.glyphs.journal import RECORD_BYTES
from ascpi_core.glyphs.lifecycle import RECORD_BORN, RECORD_KEPT
from tests.core.journals import Memory, Node, held


def test_every_bit_flip_costs_at_most_its_record() -> None:
    node = held(3)
    for number in range(60):
        node.happen(number)
        node.flush()
    content = node.files.content[: 24 * RECORD_BYTES]
    whole = Node(Memory(content))
    assert not whole.journal.damaged_bytes
    for index in range(len(content) // RECORD_BYTES):
        start = index * RECORD_BYTES
        without = Node(Memory(content[:start] + content[start + RECORD_BYTES :]))
        for byte in range(RECORD_BYTES):
            damaged = bytearray(content)
            damaged[start + byte] ^= 1 << (byte + index) % 8
            again = Node(Memory(bytes(damaged)), seed=5)
            assert again.journal.damaged_bytes == RECORD_BYTES
            assert again.journal.trouble.startswith("68 bytes of the glyphs' journal were unread")
            assert again.durable().glyphs == without.durable().glyphs
            assert again.journal.identity == node.journal.identity
            assert again.imbalance() == 0


def test_lost_records_of_any_kind_leave_the_ledger_balanced() -> None:
    draw = random.Random(3)
    node = held(4)
    for number in range(200):
        node.happen(number)
        node.flush()
    records = len(node.files.content) // RECORD_BYTES
    for seed in range(60):
        content = bytearray(node.files.content)
        for index in draw.sample(range(records), draw.randrange(1, 20)):
            content[index * RECORD_BYTES + 30] ^= 4
        again = Node(Memory(bytes(content)), seed=seed)
        assert again.imbalance() == 0
        # Said once: the next write puts the file in order.
        assert again.bear(5) is not None
        again.settle()
        once_more = Node(Memory(again.files.content))
        assert not once_more.journal.damaged_bytes
        assert not once_more.journal.trouble
        assert once_more.durable() == again.durable()


def test_a_torn_piece_hides_nothing_behind_it() -> None:
    node = held(9)
    whole = node.files.content
    at = 5 * RECORD_BYTES
    for length in range(1, RECORD_BYTES):
        # Of a record that was begun, and then made again as a whole.
        torn = Node(Memory(whole[:at] + whole[at : at + length] + whole[at:]))
        assert torn.journal.damaged_bytes == length
        assert torn.durable() == node.durable()


def test_what_is_missing_is_said() -> None:
    node = held(2)
    content = node.files.content
    born = content.index(bytes([RECORD_BORN]), 2 * RECORD_BYTES)
    again = Node(Memory(content + content[born : born + 30]))
    assert again.journal.damaged_bytes == 30
    assert "a write that a power cut ended" in again.journal.trouble
    assert "quanta" not in again.journal.trouble
    # A snapshot, of which one glyph is lost: what it had is among the sums.
    again.bear(1)
    again.settle()
    content = again.files.content
    assert content[2 * RECORD_BYTES] == RECORD_KEPT
    lost = Node(Memory(content[: 2 * RECORD_BYTES] + b"?" * 68 + content[3 * RECORD_BYTES :]))
    assert "100 quanta that are missing were put down as spent" in lost.journal.trouble
    # And the other way round: both TOTALS are lost, and with them what was born.
    lost = Node(Memory(content[2 * RECORD_BYTES : -RECORD_BYTES] + b"?"), seed=7)
    assert "200 quanta of unknown origin were put down as born" in lost.journal.trouble
    assert lost.journal.identity not in (0, again.journal.identity)
    assert Node(lost.files, seed=8).journal.identity == lost.journal.identity
