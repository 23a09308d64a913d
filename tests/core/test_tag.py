"""The tag: HMAC-SHA-256 as `hmac` computes it, over every byte before it."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ascpi_core.ssep import Tagger, is_untagged
from tests.core.packets import packet

keys = st.binary(min_size=1, max_size=200)


@given(keys, st.binary(min_size=64, max_size=64))
def test_is_the_first_8_bytes_of_rfc_2104(key: bytes, data: bytes) -> None:
    signed = bytearray(data)
    Tagger(key, hashlib.sha256).sign(signed)
    assert signed[:56] == data[:56]
    assert signed[56:] == hmac.digest(key, data[:56], "sha256")[:8]


def test_rfc_4231_case_6() -> None:
    """A key longer than a block is hashed first; the case's data are 54 bytes, so padded here."""
    key = b"\xaa" * 131
    data = b"Test Using Larger Than Block-Size Key - Hash Key First"
    assert hmac.digest(key, data, "sha256")[:4].hex() == "60e43159"
    signed = bytearray(data.ljust(64, b"\0"))
    Tagger(key, hashlib.sha256).sign(signed)
    assert signed[56:] == hmac.digest(key, bytes(signed[:56]), "sha256")[:8]


@given(keys, st.integers(0, 64 * 8 - 1))
def test_a_changed_bit_anywhere_is_noticed(key: bytes, bit: int) -> None:
    tagger = Tagger(key, hashlib.sha256)
    signed = bytearray(packet(tagger))
    assert tagger.verify(signed)
    signed[bit // 8] ^= 1 << bit % 8
    assert not tagger.verify(signed)


@given(st.binary(min_size=1, max_size=64), st.binary(min_size=1, max_size=64))
def test_another_key_does_not_fit(key: bytes, other: bytes) -> None:
    if key.rstrip(b"\0") == other.rstrip(b"\0"):
        return  # HMAC pads keys with zeros
    assert not Tagger(other, hashlib.sha256).verify(packet(Tagger(key, hashlib.sha256)))


def test_an_empty_key_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one byte"):
        Tagger(b"", hashlib.sha256)


def test_untagged() -> None:
    assert is_untagged(packet())
    for place in range(56, 64):
        tagged = bytearray(packet())
        tagged[place] = 1
        assert not is_untagged(tagged)
