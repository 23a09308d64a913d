"""The packets of glyphs, kinds 2 to 10, as one reusable object.

    offer → accept → commit → done      moves a glyph (`handoff`); or abort, refuse
    glyph                               tells everybody of one glyph
    order → answer                      asks a node for a glyph, or to end or move one

`decode` and `encode` work on 64-byte buffers and allocate nothing. Where the fields stand, and
their ranges, is said in `layout`.
"""

from .. import refusal
from ..head import put_head
from ..octets import get_half, get_word, is_node
from ..wire import KIND_LAST, KIND_OFFER, PACKET_BYTES
from . import public_packets, transfer_packets
from .fields import Fields

_READERS = (
    transfer_packets.read_offer,
    transfer_packets.read_accept,
    transfer_packets.read_commit,
    transfer_packets.read_done,
    transfer_packets.read_abort,
    transfer_packets.read_refuse,
    public_packets.read_glyph,
    public_packets.read_order,
    public_packets.read_answer,
)
_WRITERS = (
    transfer_packets.write_offer,
    transfer_packets.write_accept,
    transfer_packets.write_commit,
    transfer_packets.write_done,
    transfer_packets.write_abort,
    transfer_packets.write_refuse,
    public_packets.write_glyph,
    public_packets.write_order,
    public_packets.write_answer,
)
"""By kind, from KIND_OFFER on."""


class Message(Fields):
    """A packet of any of these kinds: its fields, taken from the wire and put there."""

    def decode(self, packet: bytes | bytearray) -> int:
        """Take over the fields of an examined packet; ACCEPTED, or FIELD and nothing is changed.

        Upper bits are refused before they are shifted, so no value leaves 30 bits. A packet of
        another kind, a beacon, is a FIELD.
        """
        kind = packet[3]
        if (
            not KIND_OFFER <= kind <= KIND_LAST
            or (packet[11] | packet[15]) > 0x3F
            or not is_node(packet, 4)
            or not _READERS[kind - KIND_OFFER](self, packet)
        ):
            return refusal.FIELD
        self.message_kind = kind
        self.node_id = get_word(packet, 4)
        self.epoch = get_word(packet, 8)
        self.sequence = get_word(packet, 12)
        self.cluster = get_half(packet, 16)
        return refusal.ACCEPTED

    def encode(self, packet: bytearray) -> None:
        """Write all 64 bytes of a packet of `message_kind`, the tag as zeros. Its fields must lie
        in their ranges."""
        put_head(packet, self.message_kind, self)
        end = _WRITERS[self.message_kind - KIND_OFFER](self, packet)
        for index in range(end, PACKET_BYTES):
            packet[index] = 0
