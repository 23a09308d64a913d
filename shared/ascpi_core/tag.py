"""The authentication tag: HMAC-SHA-256 (RFC 2104) over bytes 0 … 55, its first 8 bytes.

The hash comes in as an argument (`hashlib.sha256` on either runtime). A MicroPython hash object
can neither be copied nor reset, so each tag hashes both padded keys anew: four blocks in all.
"""

from .wire import TAG_BYTES, TAG_OFFSET

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Sha256 = Callable[[bytes], Any]


_BLOCK_BYTES = 64


class Tagger:
    """Makes and checks tags under one key of any length, 1 byte or more."""

    def __init__(self, key: bytes, sha256: "Sha256") -> None:
        if not key:
            raise ValueError("a cluster key must have at least one byte")
        if len(key) > _BLOCK_BYTES:
            key = sha256(key).digest()
        padded = key + bytes(_BLOCK_BYTES - len(key))
        self._inner = bytes([byte ^ 0x36 for byte in padded])
        self._outer = bytes([byte ^ 0x5C for byte in padded])
        self._sha256 = sha256

    def _digest(self, packet: bytes | bytearray) -> bytes:
        inner = self._sha256(self._inner)
        inner.update(memoryview(packet)[:TAG_OFFSET])
        outer = self._sha256(self._outer)
        outer.update(inner.digest())
        digest: bytes = outer.digest()
        return digest

    def sign(self, packet: bytearray) -> None:
        """Write the tag of a 64-byte packet into its last 8 bytes."""
        digest = self._digest(packet)
        for index in range(TAG_BYTES):
            packet[TAG_OFFSET + index] = digest[index]

    def verify(self, packet: bytes | bytearray) -> bool:
        """Whether the tag is right; takes the same time wherever it is wrong."""
        digest = self._digest(packet)
        difference = 0
        for index in range(TAG_BYTES):
            difference |= digest[index] ^ packet[TAG_OFFSET + index]
        return difference == 0


def is_untagged(packet: bytes | bytearray) -> bool:
    """Whether all 8 bytes of the tag are zero."""
    return not (
        packet[56]
        | packet[57]
        | packet[58]
        | packet[59]
        | packet[60]
        | packet[61]
        | packet[62]
        | packet[63]
    )
