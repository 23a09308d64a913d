"""The power goes at any byte, the flash refuses: what comes back."""

import random

import pytest

from ascpi_core.glyphs import journal as journal_module
from ascpi_core.glyphs.journal import RECORD_BYTES, RETRY_US
from ascpi_core.glyphs.lifecycle import OFFERED, RECORD_KEPT, STOPPED
from ascpi_core.layout import COUNTS
from tests.core.journals import SECOND_US, Memory, Model, Node, PowerCut, held

LIMIT = 20 * RECORD_BYTES
"""So that snapshots are many, and a load is quick."""


@pytest.fixture
def short_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "LIMIT_BYTES", LIMIT)


class Witness:
    """Watches each write of a node, and what is durable after every byte of it."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.durable = node.durable()
        self.cuts = {"append": 0, "replace": 0}
        node.files.watch = self.watch

    def watch(self, call: str, data: bytes) -> None:
        before = self.node.files.content
        if call == "append":
            stages = [self.durable]
            for glyph in self.node.due(data):
                stages.append(stages[-1].copy())
                stages[-1].step(glyph)
            assert len(data) == (len(stages) - 1) * RECORD_BYTES
            for length in range(len(data) + 1):
                self.check(before + data[:length], stages[length // RECORD_BYTES])
            self.cuts["append"] += len(data) + 1
        else:
            # Written beside the file, however far: it has no part in it until it is renamed.
            stages = [self.durable, after_snapshot(self.node, self.durable)]
            self.check(before, stages[0])
            self.check(data, stages[1])
            self.cuts["replace"] += 1
        self.durable = stages[-1]

    def check(self, content: bytes, expected: Model) -> None:
        again = Node(Memory(content), seed=99)
        assert again.durable() == expected
        assert again.imbalance() == 0
        assert again.journal.identity == self.node.journal.identity
        assert again.journal.damaged_bytes == len(content) % RECORD_BYTES
        assert ("unreadable" in again.journal.trouble) == bool(len(content) % RECORD_BYTES)
        given = max(self.node.told_nonces, default=0)
        assert again.journal.next_nonce() > given


def after_snapshot(node: Node, durable: Model) -> Model:
    """Everything in RAM is durable: what is unsaved, and the records that slots wait for."""
    after = durable.copy()
    waiting = node.due(bytes([RECORD_KEPT]))
    for glyph in node.holding.slots:
        if glyph in waiting or glyph.standing in (OFFERED, STOPPED):
            after.step(glyph)
    return after


@pytest.mark.usefixtures("short_file")
def test_power_cut_at_every_byte_of_every_write() -> None:
    node = Node(Memory(), seed=11)
    witness = Witness(node)
    for number in range(500):
        node.happen(number)
        if node.holding.pending or node.journal.checkpoint_due_in(node.now) == 0:
            node.flush()
    assert witness.cuts["append"] > 5000
    assert witness.cuts["replace"] > 5
    assert len(set(node.written_standings)) == 9  # every record but those of snapshots


@pytest.mark.usefixtures("short_file")
@pytest.mark.parametrize("seed", range(4))
def test_a_life_of_power_cuts(seed: int) -> None:
    """A board that dies in every third write, and goes on from its flash each time."""
    draw = random.Random(seed)
    node = Node(Memory(), seed)
    identity = node.journal.identity
    nonces: list[int] = []
    births: list[int] = []
    deaths = 0

    def watch(call: str, data: bytes) -> None:
        if draw.random() < 0.3:
            if call == "append":
                node.files.content += data[: draw.randrange(len(data) + 1)]
            elif draw.random() < 0.5:
                node.files.content = data
            raise PowerCut

    for number in range(2500):
        node.files.watch = watch
        try:
            node.happen(number)
            if draw.random() < 0.3:
                node.flush()
        except PowerCut:
            deaths += 1
            nonces += node.told_nonces
            births += node.told_births
            files = Memory(node.files.content)
            node = Node(files, seed=1000 * seed + deaths, now=draw.getrandbits(30))
        assert node.journal.identity == identity
        assert node.imbalance() == 0
        assert len(node.files.content) <= LIMIT + 41 * RECORD_BYTES
    assert deaths > 50
    assert len(set(nonces)) == len(nonces) > 100
    assert len(set(births)) == len(births) > 50


def test_a_full_flash_changes_nothing_and_is_asked_again() -> None:
    node = held(1)
    files = node.files
    before = files.content

    def refuse(call: str, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    files.watch = refuse
    assert node.bear(7) is not None
    assert node.flush() == 0
    assert node.journal.trouble == (
        "the glyphs' journal cannot be written (28 no space left on device): hand-offs wait; "
        "make room on the flash"
    )
    assert not node.journal.may_begin(node.now, 1)
    # Tried again when 10 s have passed, not before.
    files.watch = lambda call, data: pytest.fail("asked too early")
    node.pass_time(9 * SECOND_US)
    assert node.journal.checkpoint_due_in(node.now) == SECOND_US
    assert node.flush() == 0
    files.watch = refuse
    node.pass_time(SECOND_US)
    assert node.flush() == 0
    assert (node.journal.failures, node.journal.writes) == (2, 2)
    assert node.holding.pending
    assert files.content == before
    files.watch = lambda call, data: None
    node.pass_time(10 * SECOND_US)
    assert node.flush() == 1
    assert node.journal.trouble == ""
    assert node.journal.may_begin(node.now, 1)
    assert Node(Memory(files.content)).durable() == node.durable()


def test_a_write_that_failed_and_yet_took_place() -> None:
    """It is made again, and does not count twice."""
    node = Node(Memory(), seed=4)
    refused = 0

    def refuse_afterwards(call: str, data: bytes) -> None:
        nonlocal refused
        if node.random.random() < 0.3:
            node.files.content = data if call == "replace" else node.files.content + data
            refused += 1
            raise OSError(5, "Input/output error")

    node.files.watch = refuse_afterwards
    for number in range(900):
        node.happen(number)
        node.pass_time(SECOND_US)
        node.flush()
        if node.journal.trouble:
            assert "it is tried again every 10 s" in node.journal.trouble
    node.files.watch = lambda call, data: None
    node.pass_time(20 * SECOND_US)
    for glyph in node.holding.slots:
        glyph.unsaved = True
    node.flush()
    node.settle()
    again = Node(Memory(node.files.content))
    assert refused > 20
    assert not again.journal.damaged_bytes
    assert [glyph for glyph in again.holding.slots if COUNTS[glyph.standing]]
    assert again.durable().sums == node.durable().sums
    assert again.journal.identity == node.journal.identity


def test_a_new_journal_that_cannot_be_written_is_written_later() -> None:
    files = Memory()
    calls: list[str] = []

    def refuse(call: str, data: bytes) -> None:
        calls.append(call)
        raise OSError(28)  # as MicroPython says it

    files.watch = refuse
    node = Node(files)
    assert "cannot be written (28 no space left on device)" in node.journal.trouble
    assert node.holding.pending
    assert not node.journal.may_begin(0, 1)
    assert node.bear(9) is not None
    files.watch = lambda call, data: calls.append(call)
    node.pass_time(RETRY_US)
    node.settle()
    assert calls == ["replace", "replace"]
    again = Node(Memory(files.content), seed=2)
    assert again.journal.identity == node.journal.identity
    assert again.durable() == node.durable()


def test_what_cannot_be_read_is_not_written_over() -> None:
    content = held(2).files.content
    files = Memory(content)
    files.read_error = OSError(5, "Input/output error")
    node = Node(files)
    assert not node.journal.readable
    assert node.journal.trouble.startswith(
        "the glyphs' journal cannot be read (5 input/output error): no glyph runs here, and"
    )
    files.watch = lambda call, data: pytest.fail("written over")
    assert node.holding.count == 0
    assert not node.journal.may_begin(0, 1)
    assert node.bear(9) is not None
    for _ in range(4):
        assert node.flush() == 0
        node.pass_time(20 * SECOND_US)
    assert node.journal.checkpoint_due_in(node.now) > 0
    assert len(Node(Memory(content)).durable().glyphs) == 2
