"""Integers in the bytes of a packet, little-endian. Nothing here allocates.

A word has 30 bits in 4 bytes: whoever reads one has made sure that its upper two bits are 0.
"""

from .wire import TAG_OFFSET


def is_node(octets: bytes | bytearray, offset: int) -> bool:
    """Whether these four bytes are the id of a node, 1 … 2^30 − 1."""
    high = octets[offset + 3]
    return high <= 0x3F and octets[offset] | octets[offset + 1] | octets[offset + 2] | high != 0


def is_unit(octets: bytes | bytearray, offset: int) -> bool:
    """Whether these two bytes are a Q15 of at most 1."""
    high = octets[offset + 1]
    return high < 0x80 or (high == 0x80 and not octets[offset])


def is_blank(octets: bytes | bytearray, offset: int) -> bool:
    """Whether from here to the tag all bytes are 0."""
    found = 0
    for index in range(offset, TAG_OFFSET):
        found |= octets[index]
    return not found


def get_half(octets: bytes | bytearray, offset: int) -> int:
    """16 bits."""
    return octets[offset] | octets[offset + 1] << 8


def get_three(octets: bytes | bytearray, offset: int) -> int:
    """24 bits."""
    return octets[offset] | octets[offset + 1] << 8 | octets[offset + 2] << 16


def get_word(octets: bytes | bytearray, offset: int) -> int:
    """30 bits; the fourth byte must be below 0x40, or the result is no small integer."""
    return (
        octets[offset]
        | octets[offset + 1] << 8
        | octets[offset + 2] << 16
        | octets[offset + 3] << 24
    )


def put_half(octets: bytearray, offset: int, value: int) -> None:
    """0 ≤ value < 2^16."""
    octets[offset] = value & 0xFF
    octets[offset + 1] = value >> 8


def put_three(octets: bytearray, offset: int, value: int) -> None:
    """0 ≤ value < 2^24."""
    octets[offset] = value & 0xFF
    octets[offset + 1] = (value >> 8) & 0xFF
    octets[offset + 2] = value >> 16


def put_word(octets: bytearray, offset: int, value: int) -> None:
    """0 ≤ value < 2^30."""
    octets[offset] = value & 0xFF
    octets[offset + 1] = (value >> 8) & 0xFF
    octets[offset + 2] = (value >> 16) & 0xFF
    octets[offset + 3] = value >> 24
