"""The packets of glyphs, kinds 2 to 10, as one reusable object.

    offer → accept → commit → done      moves a glyph (`handoff`); or abort, refuse
    glyph                               tells everybody of one glyph
    order → answer                      asks a node for a glyph, or to end or move one

`decode` and `encode` work on 64-byte buffers and allocate nothing. Where the fields stand, and
their ranges, is said in `layout`.
"""

from .. import refusal
from ..beacon import put_head
from ..octets import get_half, get_three, get_word, is_node, put_three, put_word
from ..wire import KIND_LAST, KIND_OFFER, PACKET_BYTES
from . import public_packets, transfer_packets
from .glyph import STATE_BYTES

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


class Message:
    """All fields of all kinds, zero at first. A packet of one kind sets those of its kind only;
    of the others nothing is to be read. `state` has always 24 bytes: those that a packet does not
    carry are 0."""

    def __init__(self) -> None:
        self.message_kind = KIND_OFFER
        """Of the packet: wire.KIND_OFFER … KIND_ANSWER."""
        self.node_id = 0
        self.epoch = 0
        self.sequence = 0
        self.cluster = 0
        self.to = 0
        self.birth_node = 0
        self.birth_count = 0
        self.kind = 0
        """Of the glyph: number of its type."""
        self.dphi = 0
        self.kappa = 0
        self.theta = 0
        self.energy = 0
        self.lifetime = 0
        self.coherence = 0
        self.hops = 0
        self.number = 0
        self.sender_energy = 0
        self.identity = 0
        self.nonce = 0
        self.check = 0
        self.outcome = 0
        self.reason = 0
        self.standing = 0
        self.peer = 0
        self.to_epoch = 0
        self.verb = 0
        self.target = 0
        self.state = bytearray(STATE_BYTES)

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

    # Parts that several kinds have, at the offset that is theirs.

    def get_birth(self, packet: bytes | bytearray, offset: int) -> None:
        """Take over an id of a glyph, 7 bytes."""
        self.birth_node = get_word(packet, offset)
        self.birth_count = get_three(packet, offset + 4)

    def put_birth(self, packet: bytearray, offset: int) -> None:
        """Write the id of the glyph, 7 bytes."""
        put_word(packet, offset, self.birth_node)
        put_three(packet, offset + 4, self.birth_count)

    def get_state(self, packet: bytes | bytearray, offset: int, count: int) -> None:
        """Take over the first `count` bytes of a glyph's own; the others become 0."""
        state = self.state
        for index in range(count):
            state[index] = packet[offset + index]
        for index in range(count, STATE_BYTES):
            state[index] = 0

    def put_state(self, packet: bytearray, offset: int, count: int) -> None:
        """Write the first `count` bytes of the glyph's own."""
        state = self.state
        for index in range(count):
            packet[offset + index] = state[index]
