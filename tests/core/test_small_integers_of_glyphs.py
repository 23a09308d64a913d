"""No intermediate result about glyphs leaves the 31 bits of a board's small integers."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ascpi_core.layout import HEADER, TABLES
from tests.core.small import load, searched

# (name, offset, bytes, smallest, largest, meaning)
Row = tuple[str, int, int, int, int, str]

ids = st.integers(1, (1 << 30) - 1) | st.sampled_from([1, (1 << 30) - 1])
counts = st.integers(0, 0xFFFFFF) | st.sampled_from([0, 0xFFFFFF])


@given(ids, counts, counts, st.integers(0, (1 << 30) - 1))
@example((1 << 30) - 1, 0xFFFFFF, 0xFFFFFF, (1 << 30) - 1)
def test_marks_of_glyphs(node: int, count: int, hops: int, digest: int) -> None:
    glyph = load("glyphs.glyph")
    glyph.digest_add(digest, glyph.fingerprint(node, count, hops))
    searched()


@given(
    st.lists(
        st.tuples(counts, st.integers(0, 0x7FFF), st.integers(0, (1 << 28) - 1)),
        min_size=1,
        max_size=32,
    )
)
@example([(0xFFFFFF, 0x7FFF, (1 << 28) - 1)] * 32)
@example([(0xFFFFFF, 0x7FFF * (n % 2), (1 << 27) * (n % 2)) for n in range(32)])
def test_averages_over_glyphs(glyphs: list[tuple[int, int, int]]) -> None:
    holding = load("glyphs.glyph").GlyphTable(0x7FFF, 0)
    for energy, dphi, theta in glyphs:
        glyph = holding.free_slot()
        glyph.standing = load("glyphs.lifecycle").HELD
        glyph.energy, glyph.dphi, glyph.kappa, glyph.theta = energy, dphi, 0x7FFF - dphi, theta
    holding.touch()
    searched()


@given(st.binary(min_size=64, max_size=64), st.integers(0, 255))
@example(b"\xff" * 64, 9)
@example(b"\x3f" * 18 + b"\0" * 46, 9)
def test_any_bytes_as_a_packet_about_glyphs(data: bytes, kind: int) -> None:
    packets = load("glyphs.messages")
    message = packets.Message()
    packet = bytearray(data)
    packet[3] = kind
    if message.decode(packet) == 0:
        message.encode(packet)
    searched()


@pytest.mark.parametrize("rows", [rows for _, _, _, rows in TABLES], ids=[n for n, *_ in TABLES])
def test_the_largest_values_of_packets_about_glyphs(rows: tuple[Row, ...]) -> None:
    packets = load("glyphs.messages")
    message, packet = packets.Message(), bytearray(64)
    kind, verb = next((kind, verb) for _, kind, verb, table in TABLES if table is rows)
    for name, _, _, _, largest, _ in (*HEADER[3:], *rows):
        setattr(message, name, bytearray(b"\xff" * 24) if name == "state" else largest)
    message.message_kind, message.verb = kind, verb
    message.encode(packet)
    assert message.decode(packet) == 0


@given(st.lists(st.integers(0, (1 << 30) - 1), min_size=1, max_size=60))
@example([(1 << 30) - 1])
@example([0, (1 << 30) - 1, (1 << 30) - 2])
def test_loss_after_any_gaps(sequences: list[int]) -> None:
    peer = load("peers").Peer()
    for sequence in sequences:
        peer.sequence_status(sequence)
        assert 0 <= peer.loss <= 1 << 15
    searched()
