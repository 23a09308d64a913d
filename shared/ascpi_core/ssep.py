"""SSEP: the head of a packet, the beacon, the tag, and why a datagram is not taken.

SSEP on the wire: every datagram is 64 bytes, little-endian; these tables are the format.

What follows the head of the packets of glyphs stands in `glyphs.layout`: apart, because a board
has no use for the tables and its memory is small.

One length for every kind of packet, because a board reads with `readinto`, which is exact only
when the buffer is as long as every datagram. No 32-bit field uses its two upper bits: a board's
small integers have 31 bits, and a larger one would be allocated. A change that makes a packet
invalid which was valid is a change of VERSION; any change is one of tests/vectors.
"""

from .fixed import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Sha256 = Callable[[bytes], Any]

PACKET_BYTES = const(64)
TAG_OFFSET = const(56)
TAG_BYTES = const(8)

DEFAULT_PORT = const(31415)

MAGIC_LOW = const(0xCF)
MAGIC_HIGH = const(0x80)
"""The two bytes of π in UTF-8."""

SSEP_VERSION = const(2)

KIND_BEACON = const(1)
KIND_OFFER = const(2)
KIND_ACCEPT = const(3)
KIND_COMMIT = const(4)
KIND_DONE = const(5)
KIND_ABORT = const(6)
KIND_REFUSE = const(7)
KIND_GLYPH = const(8)
KIND_ORDER = const(9)
KIND_ANSWER = const(10)
KIND_LAST = const(10)

VERB_SPAWN = const(1)
VERB_KILL = const(2)
VERB_MOVE = const(3)
"""What an order asks for."""

WATCHED_BYTES = const(8)
"""Of a glyph's own bytes, so many are told to everybody, and can be set by an order."""

CODE_LARGEST = const(31)
"""Of outcomes and reasons."""

WORD_MAXIMUM = const((1 << 30) - 1)
"""Largest value of a 32-bit field."""

CLAIM_UNKNOWN = const(0xFFFF)
"""The sender makes no claim about its phase error."""

NOBODY = const(0)
"""Node id that no node has; in `echo_id`: this beacon carries no echo."""

ROLE_MEMBER = const(0)
ROLE_OBSERVER = const(15)
"""A role in any topology: it looks on and gives orders, and is nobody's peer. It counts neither
for the phase nor for who is here, and no glyph goes to it."""

TAKES_NO_GLYPHS = const(0xFF)
"""In `glyph_count`: the sender has no motor."""

EXTENSION_NONE = const(0)
EXTENSION_ECHO = const(1)
"""What the ten bytes 44 … 53 of a beacon hold. A receiver passes over a type that it does not know
and takes the rest of the beacon."""

ECHO_SPAN_US = const(1 << 24)
"""Echo times are told modulo 16.8 s."""

# Why a datagram was not taken: one code and one counter for each reason.

ACCEPTED = const(0)
DROP_EMPTY = const(1)
DROP_LENGTH = const(2)
DROP_FOREIGN = const(3)
DROP_VERSION = const(4)
DROP_KIND = const(5)
DROP_CLUSTER = const(6)
DROP_UNTAGGED = const(7)
DROP_FORGED = const(8)
DROP_KEYED = const(9)
DROP_FIELD = const(10)
DROP_OWN = const(11)
DROP_COLLISION = const(12)
DROP_OLD_EPOCH = const(13)
DROP_DUPLICATE = const(14)
DROP_LATE = const(15)
DROP_TABLE_FULL = const(16)
DROP_STRANGER = const(17)
DROP_OTHER_FIELD = const(18)

DROP_REASONS = (
    "accepted",
    "empty",
    "length",
    "foreign",
    "version",
    "kind",
    "cluster",
    "untagged",
    "forged",
    "keyed",
    "field",
    "own",
    "collision",
    "old_epoch",
    "duplicate",
    "late",
    "table_full",
    "stranger",
    "other_field",
)


# Integers in the bytes of a packet, little-endian. Nothing here allocates.
#
# A word has 30 bits in 4 bytes: whoever reads one has made sure that its upper two bits are 0.


def is_node(octets: bytes | bytearray, offset: int) -> bool:
    """Whether these four bytes are the id of a node, 1 … 2^30 − 1."""
    high = octets[offset + 3]
    return high <= 0x3F and octets[offset] | octets[offset + 1] | octets[offset + 2] | high != 0


def is_blank(octets: bytes | bytearray, offset: int) -> bool:
    """Whether from here to the tag all bytes are 0."""
    found = 0
    for index in range(offset, TAG_OFFSET):
        found |= octets[index]
    return not found


def get_u16(octets: bytes | bytearray, offset: int) -> int:
    """16 bits."""
    return octets[offset] | octets[offset + 1] << 8


def get_u30(octets: bytes | bytearray, offset: int) -> int:
    """30 bits; the fourth byte must be below 0x40, or the result is no small integer."""
    return (
        octets[offset]
        | octets[offset + 1] << 8
        | octets[offset + 2] << 16
        | octets[offset + 3] << 24
    )


def put_u16(octets: bytearray, offset: int, value: int) -> None:
    """0 ≤ value < 2^16."""
    octets[offset] = value & 0xFF
    octets[offset + 1] = value >> 8


def put_u24(octets: bytearray, offset: int, value: int) -> None:
    """0 ≤ value < 2^24."""
    octets[offset] = value & 0xFF
    octets[offset + 1] = (value >> 8) & 0xFF
    octets[offset + 2] = value >> 16


def put_u30(octets: bytearray, offset: int, value: int) -> None:
    """0 ≤ value < 2^30."""
    octets[offset] = value & 0xFF
    octets[offset + 1] = (value >> 8) & 0xFF
    octets[offset + 2] = (value >> 16) & 0xFF
    octets[offset + 3] = value >> 24


# The first 18 bytes, which every kind of packet shares: what it is, whose, and which one.


class Head:
    """The sender of a packet and its number (units and ranges: `HEADER`), zero at first."""

    def __init__(self) -> None:
        self.node_id = 0
        self.epoch = 0
        self.sequence = 0
        self.cluster = 0


class MessageHead(Head):
    """All that a node which holds no glyphs reads of a packet about them."""

    def __init__(self) -> None:
        super().__init__()
        self.message_kind = 0

    def decode(self, packet: bytes | bytearray) -> int:
        """Take over the head of an examined packet; ACCEPTED, or FIELD and nothing is changed.

        Upper bits are refused before they are shifted, so no value leaves 30 bits.
        """
        if (packet[11] | packet[15]) > 0x3F or not is_node(packet, 4):
            return DROP_FIELD
        self.message_kind = packet[3]
        self.node_id = get_u30(packet, 4)
        self.epoch = get_u30(packet, 8)
        self.sequence = get_u30(packet, 12)
        self.cluster = get_u16(packet, 16)
        return ACCEPTED


def examine_head(packet: bytes | bytearray, length: int, cluster: int) -> int:
    """`DROP_…` code of a datagram of `length` bytes in `packet`, by its unauthenticated head."""
    if length != PACKET_BYTES:
        return DROP_LENGTH if length else DROP_EMPTY
    if packet[0] != MAGIC_LOW or packet[1] != MAGIC_HIGH:
        return DROP_FOREIGN
    if packet[2] != SSEP_VERSION:
        return DROP_VERSION
    if not 1 <= packet[3] <= KIND_LAST:
        return DROP_KIND
    if packet[16] | packet[17] << 8 != cluster:
        return DROP_CLUSTER
    return ACCEPTED


def put_head(packet: bytearray, kind: int, said: Head) -> None:
    """Write the first 18 bytes of a packet of this kind, by the sender that `said` names."""
    packet[0] = MAGIC_LOW
    packet[1] = MAGIC_HIGH
    packet[2] = SSEP_VERSION
    packet[3] = kind
    put_u30(packet, 4, said.node_id)
    put_u30(packet, 8, said.epoch)
    put_u30(packet, 12, said.sequence)
    put_u16(packet, 16, said.cluster)


# The beacon: what a node broadcasts of its field, as one reusable object.
#
# `decode` and `encode` work on a preallocated 64-byte buffer and allocate nothing. They are handed
# packets that `examine_head` has looked at.


class Beacon(Head):
    """All fields of a beacon (units and ranges: `BEACON`), zero at first."""

    def __init__(self) -> None:
        super().__init__()
        self.claim_us = CLAIM_UNKNOWN
        self.timestamp = 0
        self.theta = 0
        self.dphi = 0
        self.kappa = 0
        self.coherence = 0
        self.mode = 0
        self.role = 0
        self.glyph_digest = 0
        self.energy = 0
        self.glyph_count = 0
        self.echo_id = 0
        self.echo_timestamp = 0
        self.echo_age = 0
        self.address = 0

    def decode(self, packet: bytes | bytearray) -> int:
        """Take over the fields of an examined packet; ACCEPTED, or FIELD and nothing is changed.

        Upper bits are refused before they are shifted, so no value leaves 30 bits.
        """
        if (
            (packet[7] | packet[11] | packet[15] | packet[23] | packet[39]) > 0x3F
            or packet[27] > 0x0F
            or (packet[29] | packet[31]) > 0x7F
            or (packet[34] >> 4 == EXTENSION_ECHO and packet[47] > 0x3F)
            or (packet[33] >= 0x80 and (packet[33] > 0x80 or packet[32]))
        ):
            return DROP_FIELD
        node_id = packet[4] | packet[5] << 8 | packet[6] << 16 | packet[7] << 24
        if node_id == 0:
            return DROP_FIELD
        self.node_id = node_id
        self.epoch = packet[8] | packet[9] << 8 | packet[10] << 16 | packet[11] << 24
        self.sequence = packet[12] | packet[13] << 8 | packet[14] << 16 | packet[15] << 24
        self.cluster = packet[16] | packet[17] << 8
        self.claim_us = packet[18] | packet[19] << 8
        self.timestamp = packet[20] | packet[21] << 8 | packet[22] << 16 | packet[23] << 24
        self.theta = packet[24] | packet[25] << 8 | packet[26] << 16 | packet[27] << 24
        self.dphi = packet[28] | packet[29] << 8
        self.kappa = packet[30] | packet[31] << 8
        self.coherence = packet[32] | packet[33] << 8
        self.mode = packet[34]
        self.role = packet[35]
        self.glyph_digest = packet[36] | packet[37] << 8 | packet[38] << 16 | packet[39] << 24
        self.energy = packet[40] | packet[41] << 8 | packet[42] << 16
        self.glyph_count = packet[43]
        self.address = packet[54] | packet[55] << 8
        if packet[34] >> 4 == EXTENSION_ECHO:
            self.echo_id = packet[44] | packet[45] << 8 | packet[46] << 16 | packet[47] << 24
            self.echo_timestamp = packet[48] | packet[49] << 8 | packet[50] << 16
            self.echo_age = packet[51] | packet[52] << 8 | packet[53] << 16
        else:
            self.echo_id = NOBODY
            self.echo_timestamp = 0
            self.echo_age = 0
        return ACCEPTED

    def glyphs_held(self) -> int:
        """How many glyphs the sender holds."""
        return 0 if self.glyph_count == TAKES_NO_GLYPHS else self.glyph_count

    def encode(self, packet: bytearray) -> None:
        """Write all 64 bytes, the tag as zeros. Fields must lie in their ranges."""
        put_head(packet, KIND_BEACON, self)
        put_u16(packet, 18, self.claim_us)
        put_u30(packet, 20, self.timestamp)
        put_u30(packet, 24, self.theta)
        put_u16(packet, 28, self.dphi)
        put_u16(packet, 30, self.kappa)
        put_u16(packet, 32, self.coherence)
        packet[34] = self.mode
        packet[35] = self.role
        put_u30(packet, 36, self.glyph_digest)
        put_u24(packet, 40, self.energy)
        packet[43] = self.glyph_count
        put_u30(packet, 44, self.echo_id)
        put_u24(packet, 48, self.echo_timestamp)
        put_u24(packet, 51, self.echo_age)
        put_u16(packet, 54, self.address)
        for index in range(TAG_OFFSET, PACKET_BYTES):
            packet[index] = 0


# The authentication tag: HMAC-SHA-256 (RFC 2104) over bytes 0 … 55, its first 8 bytes.
#
# The hash comes in as an argument (`hashlib.sha256` on either runtime). A MicroPython hash object
# can neither be copied nor reset, so each tag hashes both padded keys anew: four blocks in all.

_BLOCK_BYTES = const(64)


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
