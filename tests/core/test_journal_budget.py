"""How often the journal writes: a bucket of tokens, checkpoints, and ticks that wrap."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ascpi_core.fixed import TICKS_MASK
from ascpi_core.glyphs.journal import (
    ASK_AGAIN_US,
    BURST,
    CHECKPOINT_US,
    RECORD_BYTES,
)
from ascpi_core.glyphs.lifecycle import ARRIVING, COMMITTING, DEPARTED, HELD, OFFERED
from tests.core.journals import SECOND_US, Memory, Node, held
from tests.core.small import LIMIT, Gauge, load

DAY_S = 86_400


@pytest.mark.parametrize("start", [0, TICKS_MASK - 5 * SECOND_US, 1 << 29, (1 << 29) - 1])
def test_ticks_wrap(start: int) -> None:
    node = Node(Memory(), now=start)
    glyph = node.bear(9)
    assert glyph is not None
    node.settle()
    written = 0
    for _ in range(1500):  # 25 min, more than a whole period
        node.pass_time(SECOND_US)
        glyph.unsaved = True
        if node.journal.checkpoint_due_in(node.now) == 0:
            written += node.flush()
    assert written == 150


def test_a_long_silence_neither_blocks_nor_overfills() -> None:
    node = held(1)
    for pause_us in ((1 << 29) - 1, (1 << 29) + 5, (1 << 30) - 1):
        node.pass_time(pause_us)
        assert node.journal.may_begin(node.now, BURST)
        assert not node.journal.may_begin(node.now, BURST + 1)
        assert node.journal.checkpoint_due_in(node.now) <= CHECKPOINT_US


def test_what_has_begun_keeps_its_tokens() -> None:
    node = held(0)
    for number in range(32):
        assert node.prepare(1, number) is not None
    node.settle()
    node.pass_time(500 * SECOND_US)  # the bucket is full
    assert node.journal.may_begin(node.now, BURST - 32)
    assert not node.journal.may_begin(node.now, BURST - 31)
    for glyph in node.holding.slots[:10]:
        glyph.standing = OFFERED
    assert not node.journal.may_begin(node.now, BURST - 41)
    assert node.journal.may_begin(node.now, BURST - 42)


def test_checkpoints_wait_for_tokens_and_go_along_with_other_writes() -> None:
    node = Node(Memory(), writes_per_hour=60)
    glyph = node.bear(9)
    assert glyph is not None
    node.settle()
    hours = 4
    before = node.journal.writes
    for _ in range(hours * 360):
        node.pass_time(CHECKPOINT_US)
        glyph.unsaved = True
        node.flush()
    assert node.journal.writes - before == BURST - 2 + hours * 60
    node.pass_time(CHECKPOINT_US)
    glyph.unsaved = True
    assert node.journal.checkpoint_due_in(node.now) == ASK_AGAIN_US
    assert node.flush() == 0
    assert node.bear(1) is not None
    node.settle()
    assert not glyph.unsaved


@pytest.mark.parametrize("wrong", [0, 9, 36_001])
def test_the_rate_of_writes_has_a_range(wrong: int) -> None:
    with pytest.raises(ValueError, match=f"{wrong} is not allowed, give 10 to 36000"):
        Node(Memory(), writes_per_hour=wrong)


def leave(node: Node) -> int:
    """Commit whatever may be committed; how many glyphs that were."""
    left = 0
    for glyph in node.holding.slots:
        if glyph.standing == HELD and node.journal.may_begin(node.now, 2):
            glyph.standing = COMMITTING
            assert node.flush()
            glyph.standing = DEPARTED
            left += 1
    return left


def arrive(node: Node, stranger: int) -> int:
    """Take in whatever may be taken in, and commit it right on; how many arrived."""
    arrived = 0
    while node.journal.may_begin(node.now, 3):
        glyph = node.prepare(10, stranger)
        assert glyph is not None
        assert node.flush()
        glyph.hops += 1
        glyph.standing = ARRIVING
        assert node.flush()
        arrived += 1
        leave(node)
    return arrived


def most_in_an_hour(times: list[int]) -> int:
    first = most = 0
    for last, moment in enumerate(times):
        while times[first] <= moment - 3600:
            first += 1
        most = max(most, last - first + 1)
    return most


def test_a_day_of_heaviest_use() -> None:
    """As many hand-offs as the journal lets begin, and checkpoints: writes stay bounded."""
    node = Node(Memory(), seed=1)
    times: list[int] = []
    second = received = sent = 0
    node.files.watch = lambda call, data: times.append(second)
    for second in range(DAY_S):
        node.pass_time(SECOND_US)
        received += arrive(node, second)
        sent += leave(node)
        for glyph in node.holding.slots:
            glyph.unsaved = glyph.standing == HELD
        if node.journal.checkpoint_due_in(node.now) == 0:
            node.flush()
    assert most_in_an_hour(times) <= 1800 + BURST
    assert 23 * 1800 < len(times) <= 24 * 1800 + BURST
    assert received > 10_000
    assert node.journal.has_given(received)
    assert not node.journal.has_given(received + 1)
    assert sent + node.holding.count <= received
    assert node.imbalance() == 0


@given(
    st.integers(0, TICKS_MASK),
    st.lists(st.integers(0, TICKS_MASK), max_size=12),
    st.sampled_from([10, 1800, 36_000]),
)
def test_what_a_loop_asks_stays_within_31_bits(
    start: int, pauses: list[int], writes_per_hour: int
) -> None:
    checked = load("glyphs.journal")
    holding = load("glyphs.glyph").GlyphTable(0, 0)
    files = Memory()
    made = checked.Journal(files, lambda data: 0x12345678, holding, 3, start, writes_per_hour)
    made.load(start)
    now = start
    glyph = holding.free_slot()
    glyph.birth_node, glyph.theta, glyph.birth_count = TICKS_MASK, (1 << 28) - 1, 0xFFFFFF
    glyph.standing = HELD
    for pause in pauses:
        now = (now + pause) & TICKS_MASK
        glyph.unsaved = True
        made.may_begin(now, 3)
        made.checkpoint_due_in(now)
        made.next_nonce()
        made.next_birth()
        made.has_given(TICKS_MASK)
        made.flush(now, [])
    assert len(files.content) >= 2 * RECORD_BYTES
    assert Gauge.largest < LIMIT
