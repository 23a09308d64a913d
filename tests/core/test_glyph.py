"""One glyph, and the mark by which listeners tell it from others."""

import random
from itertools import product

from hypothesis import example, given
from hypothesis import strategies as st

from ascpi_core.glyphs import lifecycle
from ascpi_core.glyphs.glyph import STATE_BYTES, Glyph, digest_add, fingerprint, glyph_name
from ascpi_core.glyphs.lifecycle import FREE
from ascpi_core.layout import COUNTS, STANDINGS
from tests.core.small import load, searched

nodes = st.integers(1, (1 << 30) - 1)
counts = st.integers(0, (1 << 24) - 1)
marks = st.integers(0, (1 << 30) - 1)


def test_each_standing_has_a_name_and_is_counted_or_not() -> None:
    numbers = {
        value
        for key, value in vars(lifecycle).items()
        if key.isupper() and key.lower() in STANDINGS and isinstance(value, int)
    }
    assert numbers == set(range(len(STANDINGS))) == set(range(len(COUNTS)))
    counting = {standing for standing, does in zip(STANDINGS, COUNTS, strict=True) if does}
    assert counting == {"held", "stopped", "offered", "committing"}


def test_a_cleared_slot_is_as_new() -> None:
    used = Glyph()
    for field in vars(used):
        if field != "state":
            setattr(used, field, 1)
    used.state[:] = bytes([1]) * STATE_BYTES
    used.clear()
    assert used.standing == FREE
    assert not any(used.state)
    for field in ("birth_node", "peer", "nonce", "unsaved", "armed", "passes", "steps"):
        assert not getattr(used, field), field
    assert glyph_name(7, 129) == "7.129"


@given(nodes, counts, counts)
@example((1 << 30) - 1, (1 << 24) - 1, (1 << 24) - 1)
def test_a_mark_has_30_bits_and_is_reckoned_in_31(node: int, count: int, hops: int) -> None:
    assert (
        load("glyphs.glyph").fingerprint(node, count, hops)
        == fingerprint(node, count, hops)
        < 1 << 30
    )
    searched()


@given(nodes, nodes, counts, counts, counts)
def test_marks_that_differ_in_one_thing_alone_differ(
    node: int, other_node: int, count: int, other: int, hops: int
) -> None:
    assert (fingerprint(node, count, hops) == fingerprint(other_node, count, hops)) == (
        node == other_node
    )
    assert (fingerprint(node, count, hops) == fingerprint(node, other, hops)) == (count == other)
    assert (fingerprint(node, hops, count) == fingerprint(node, hops, other)) == (count == other)


def collisions(ids: list[tuple[int, int, int]]) -> int:
    assert len(set(ids)) == len(ids)
    return len(ids) - len({fingerprint(*one) for one in ids})


def test_few_of_100_000_random_marks_are_the_same() -> None:
    """Of so many numbers of 30 bits 4.7 pairs are expected to be: above 15 once in 40 000."""
    chance = random.Random(1)
    ids = [
        (chance.randrange(1, 1 << 30), chance.randrange(1 << 24), chance.randrange(1 << 24))
        for _ in range(100_000)
    ]
    assert collisions(ids) <= 15


def test_few_marks_of_glyphs_as_they_are_are_the_same() -> None:
    """Some boards, counts of births one after the other, few hops: likewise."""
    first = 5_000_000
    assert collisions(list(product(range(1, 101), range(first, first + 100), range(10)))) <= 15
    assert collisions(list(product([123_456_789], range(1000), range(100)))) <= 15


def test_two_glyphs_together_are_rarely_told_for_two_others() -> None:
    """51 000 pairs of a small cluster: 1.2 sums are expected to be the same."""
    ids = list(product(range(1, 6), range(8), range(8)))
    sums = [
        digest_add(fingerprint(*one), fingerprint(*other))
        for index, one in enumerate(ids)
        for other in ids[:index]
    ]
    assert len(sums) - len(set(sums)) <= 8


@given(marks, marks, marks)
@example((1 << 30) - 1, (1 << 30) - 1, (1 << 30) - 1)
def test_a_digest_is_a_sum_modulo_2_30_in_any_order(one: int, other: int, third: int) -> None:
    assert digest_add(one, other) == (one + other) % (1 << 30)
    assert digest_add(digest_add(one, other), third) == digest_add(one, digest_add(third, other))
    load("glyphs.glyph").digest_add(one, other)
    searched()
