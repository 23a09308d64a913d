"""The beacon: what a node broadcasts of its field, as one reusable object.

`decode` and `encode` work on a preallocated 64-byte buffer and allocate nothing. They are handed
packets that `head.examine` has looked at.
"""

from . import refusal
from .head import Head, put_head
from .octets import put_half, put_three, put_word
from .wire import (
    CLAIM_UNKNOWN,
    KIND_BEACON,
    PACKET_BYTES,
    TAG_OFFSET,
    TAKES_NO_GLYPHS,
)


class Beacon(Head):
    """All fields of a beacon (units and ranges: `wire.BEACON`), zero at first."""

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
            (packet[7] | packet[11] | packet[15] | packet[23] | packet[39] | packet[47]) > 0x3F
            or packet[27] > 0x0F
            or (packet[29] | packet[31]) > 0x7F
            or packet[34] > 0x0F
            or (packet[33] >= 0x80 and (packet[33] > 0x80 or packet[32]))
        ):
            return refusal.FIELD
        node_id = packet[4] | packet[5] << 8 | packet[6] << 16 | packet[7] << 24
        if node_id == 0:
            return refusal.FIELD
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
        self.echo_id = packet[44] | packet[45] << 8 | packet[46] << 16 | packet[47] << 24
        self.echo_timestamp = packet[48] | packet[49] << 8 | packet[50] << 16
        self.echo_age = packet[51] | packet[52] << 8 | packet[53] << 16
        self.address = packet[54] | packet[55] << 8
        return refusal.ACCEPTED

    def glyphs_held(self) -> int:
        """How many glyphs the sender holds."""
        return 0 if self.glyph_count == TAKES_NO_GLYPHS else self.glyph_count

    def encode(self, packet: bytearray) -> None:
        """Write all 64 bytes, the tag as zeros. Fields must lie in their ranges."""
        put_head(packet, KIND_BEACON, self)
        put_half(packet, 18, self.claim_us)
        put_word(packet, 20, self.timestamp)
        put_word(packet, 24, self.theta)
        put_half(packet, 28, self.dphi)
        put_half(packet, 30, self.kappa)
        put_half(packet, 32, self.coherence)
        packet[34] = self.mode
        packet[35] = self.role
        put_word(packet, 36, self.glyph_digest)
        put_three(packet, 40, self.energy)
        packet[43] = self.glyph_count
        put_word(packet, 44, self.echo_id)
        put_three(packet, 48, self.echo_timestamp)
        put_three(packet, 51, self.echo_age)
        put_half(packet, 54, self.address)
        for index in range(TAG_OFFSET, PACKET_BYTES):
            packet[index] = 0
