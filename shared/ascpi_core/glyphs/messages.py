"""The packets of glyphs: hand-offs, announcements, orders and answers.

All that a packet of glyphs can say, whatever its kind, as one reusable object.
"""

from ..ssep import (
    ACCEPTED,
    CODE_LARGEST,
    DROP_FIELD,
    KIND_LAST,
    KIND_OFFER,
    PACKET_BYTES,
    VERB_KILL,
    VERB_MOVE,
    VERB_SPAWN,
    WATCHED_BYTES,
    Head,
    get_u16,
    get_u24,
    get_u30,
    is_blank,
    is_node,
    is_unit,
    put_head,
    put_u16,
    put_u24,
    put_u30,
)
from .glyph import STANDINGS, STATE_BYTES


class Fields(Head):
    """All fields of all kinds, zero at first. A packet of one kind sets those of its kind only;
    of the others nothing is to be read. `state` has always 24 bytes: those that a packet does not
    carry are 0."""

    def __init__(self) -> None:
        super().__init__()
        self.message_kind = KIND_OFFER
        """Of the packet: KIND_OFFER … KIND_ANSWER."""
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

    # Parts that several kinds have, at the offset that is theirs.

    def get_birth(self, packet: bytes | bytearray, offset: int) -> None:
        """Take over an id of a glyph, 7 bytes."""
        self.birth_node = get_u30(packet, offset)
        self.birth_count = get_u24(packet, offset + 4)

    def put_birth(self, packet: bytearray, offset: int) -> None:
        """Write the id of the glyph, 7 bytes."""
        put_u30(packet, offset, self.birth_node)
        put_u24(packet, offset + 4, self.birth_count)

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


# The bytes of the packets that move a glyph: offer, accept, commit, done, abort, refuse.
#
# Of each kind a reader, which is False and changes nothing if a field lies outside its range, and
# a writer, which returns where the fields end. `layout` has the tables.


def read_offer(message: "Fields", packet: bytes | bytearray) -> bool:
    if (
        not is_node(packet, 18)
        or not is_node(packet, 22)
        or not packet[29]
        or (packet[31] | packet[33]) > 0x7F
        or packet[37] > 0x0F
        or not is_unit(packet, 44)
        or packet[52] > 0x3F
    ):
        return False
    message.to = get_u30(packet, 18)
    message.get_birth(packet, 22)
    message.kind = packet[29]
    message.dphi = get_u16(packet, 30)
    message.kappa = get_u16(packet, 32)
    message.theta = get_u30(packet, 34)
    message.energy = get_u24(packet, 38)
    message.lifetime = get_u24(packet, 41)
    message.coherence = get_u16(packet, 44)
    message.hops = get_u24(packet, 46)
    message.number = get_u30(packet, 49)
    message.sender_energy = get_u24(packet, 53)
    return True


def write_offer(message: "Fields", packet: bytearray) -> int:
    put_u30(packet, 18, message.to)
    message.put_birth(packet, 22)
    packet[29] = message.kind
    put_u16(packet, 30, message.dphi)
    put_u16(packet, 32, message.kappa)
    put_u30(packet, 34, message.theta)
    put_u24(packet, 38, message.energy)
    put_u24(packet, 41, message.lifetime)
    put_u16(packet, 44, message.coherence)
    put_u24(packet, 46, message.hops)
    put_u30(packet, 49, message.number)
    put_u24(packet, 53, message.sender_energy)
    return 56


def read_accept(message: "Fields", packet: bytes | bytearray) -> bool:
    if (
        not is_node(packet, 18)
        or not is_node(packet, 22)
        or (packet[35] | packet[39] | packet[43]) > 0x3F
        or not is_blank(packet, 44)
    ):
        return False
    message.to = get_u30(packet, 18)
    message.get_birth(packet, 22)
    message.hops = get_u24(packet, 29)
    message.number = get_u30(packet, 32)
    message.identity = get_u30(packet, 36)
    message.nonce = get_u30(packet, 40)
    return True


def write_accept(message: "Fields", packet: bytearray) -> int:
    put_u30(packet, 18, message.to)
    message.put_birth(packet, 22)
    put_u24(packet, 29, message.hops)
    put_u30(packet, 32, message.number)
    put_u30(packet, 36, message.identity)
    put_u30(packet, 40, message.nonce)
    return 44


def _is_transfer(packet: bytes | bytearray) -> bool:
    return is_node(packet, 18) and (packet[25] | packet[29]) <= 0x3F


def _get_transfer(message: "Fields", packet: bytes | bytearray) -> None:
    message.to = get_u30(packet, 18)
    message.identity = get_u30(packet, 22)
    message.nonce = get_u30(packet, 26)
    message.check = get_u16(packet, 30)


def _put_transfer(message: "Fields", packet: bytearray) -> None:
    put_u30(packet, 18, message.to)
    put_u30(packet, 22, message.identity)
    put_u30(packet, 26, message.nonce)
    put_u16(packet, 30, message.check)


def read_commit(message: "Fields", packet: bytes | bytearray) -> bool:
    if not _is_transfer(packet):
        return False
    _get_transfer(message, packet)
    message.get_state(packet, 32, STATE_BYTES)
    return True


def write_commit(message: "Fields", packet: bytearray) -> int:
    _put_transfer(message, packet)
    message.put_state(packet, 32, STATE_BYTES)
    return 56


def read_done(message: "Fields", packet: bytes | bytearray) -> bool:
    if not _is_transfer(packet) or packet[32] > CODE_LARGEST or not is_blank(packet, 33):
        return False
    _get_transfer(message, packet)
    message.outcome = packet[32]
    return True


def write_done(message: "Fields", packet: bytearray) -> int:
    _put_transfer(message, packet)
    packet[32] = message.outcome
    return 33


def read_abort(message: "Fields", packet: bytes | bytearray) -> bool:
    if not _is_transfer(packet) or packet[32] > CODE_LARGEST or not is_blank(packet, 33):
        return False
    _get_transfer(message, packet)
    message.reason = packet[32]
    return True


def write_abort(message: "Fields", packet: bytearray) -> int:
    _put_transfer(message, packet)
    packet[32] = message.reason
    return 33


def read_refuse(message: "Fields", packet: bytes | bytearray) -> bool:
    if (
        not is_node(packet, 18)
        or not is_node(packet, 22)
        or packet[32] > 0x3F
        or packet[33] > CODE_LARGEST
        or not is_blank(packet, 34)
    ):
        return False
    message.to = get_u30(packet, 18)
    message.get_birth(packet, 22)
    message.number = get_u30(packet, 29)
    message.reason = packet[33]
    return True


def write_refuse(message: "Fields", packet: bytearray) -> int:
    put_u30(packet, 18, message.to)
    message.put_birth(packet, 22)
    put_u30(packet, 29, message.number)
    packet[33] = message.reason
    return 34


# The bytes of the packets that tell and ask: a glyph's description, orders and their answers.
#
# Readers and writers as in `transfer_packets`. `layout` has the tables.


def read_announcement(message: "Fields", packet: bytes | bytearray) -> bool:
    if (
        not is_node(packet, 18)
        or not packet[28]
        or packet[29] >= len(STANDINGS)
        or packet[39] > 0x0F
        or (packet[41] | packet[43]) > 0x7F
        or packet[55] > 0x3F
    ):
        return False
    message.get_birth(packet, 18)
    message.hops = get_u24(packet, 25)
    message.kind = packet[28]
    message.standing = packet[29]
    message.energy = get_u24(packet, 30)
    message.lifetime = get_u24(packet, 33)
    message.theta = get_u30(packet, 36)
    message.dphi = get_u16(packet, 40)
    message.kappa = get_u16(packet, 42)
    message.get_state(packet, 44, WATCHED_BYTES)
    message.peer = get_u30(packet, 52)
    return True


def write_announcement(message: "Fields", packet: bytearray) -> int:
    message.put_birth(packet, 18)
    put_u24(packet, 25, message.hops)
    packet[28] = message.kind
    packet[29] = message.standing
    put_u24(packet, 30, message.energy)
    put_u24(packet, 33, message.lifetime)
    put_u30(packet, 36, message.theta)
    put_u16(packet, 40, message.dphi)
    put_u16(packet, 42, message.kappa)
    message.put_state(packet, 44, WATCHED_BYTES)
    put_u30(packet, 52, message.peer)
    return 56


def read_order(message: "Fields", packet: bytes | bytearray) -> bool:
    if not is_node(packet, 18) or (packet[25] | packet[29]) > 0x3F:
        return False
    verb = packet[30]
    if verb == VERB_SPAWN:
        fits = _read_spawn(message, packet)
    elif verb == VERB_KILL:
        fits = _read_kill(message, packet)
    else:
        fits = verb == VERB_MOVE and _read_move(message, packet)
    if fits:
        message.to = get_u30(packet, 18)
        message.to_epoch = get_u30(packet, 22)
        message.number = get_u30(packet, 26)
        message.verb = verb
    return fits


def _read_spawn(message: "Fields", packet: bytes | bytearray) -> bool:
    if (
        not packet[31]
        or packet[35] > 0x0F
        or (packet[37] | packet[39]) > 0x7F
        or not is_blank(packet, 54)
    ):
        return False
    message.kind = packet[31]
    message.theta = get_u30(packet, 32)
    message.dphi = get_u16(packet, 36)
    message.kappa = get_u16(packet, 38)
    message.energy = get_u24(packet, 40)
    message.lifetime = get_u24(packet, 43)
    message.get_state(packet, 46, WATCHED_BYTES)
    return True


def _read_kill(message: "Fields", packet: bytes | bytearray) -> bool:
    if not is_node(packet, 31) or not is_blank(packet, 38):
        return False
    message.get_birth(packet, 31)
    return True


def _read_move(message: "Fields", packet: bytes | bytearray) -> bool:
    if not is_node(packet, 31) or not is_node(packet, 38) or not is_blank(packet, 42):
        return False
    message.get_birth(packet, 31)
    message.target = get_u30(packet, 38)
    return True


def write_order(message: "Fields", packet: bytearray) -> int:
    put_u30(packet, 18, message.to)
    put_u30(packet, 22, message.to_epoch)
    put_u30(packet, 26, message.number)
    packet[30] = message.verb
    if message.verb == VERB_SPAWN:
        packet[31] = message.kind
        put_u30(packet, 32, message.theta)
        put_u16(packet, 36, message.dphi)
        put_u16(packet, 38, message.kappa)
        put_u24(packet, 40, message.energy)
        put_u24(packet, 43, message.lifetime)
        message.put_state(packet, 46, WATCHED_BYTES)
        return 54
    message.put_birth(packet, 31)
    if message.verb == VERB_KILL:
        return 38
    put_u30(packet, 38, message.target)
    return 42


def read_answer(message: "Fields", packet: bytes | bytearray) -> bool:
    if (
        not is_node(packet, 18)
        or (packet[25] | packet[30]) > 0x3F
        or packet[26] > CODE_LARGEST
        or not is_blank(packet, 34)
    ):
        return False
    message.to = get_u30(packet, 18)
    message.number = get_u30(packet, 22)
    message.outcome = packet[26]
    message.get_birth(packet, 27)
    return True


def write_answer(message: "Fields", packet: bytearray) -> int:
    put_u30(packet, 18, message.to)
    put_u30(packet, 22, message.number)
    packet[26] = message.outcome
    message.put_birth(packet, 27)
    return 34


# The packets of glyphs, kinds 2 to 10, as one reusable object.
#
#     offer → accept → commit → done      moves a glyph (`handoff`); or abort, refuse
#     glyph                               tells everybody of one glyph
#     order → answer                      asks a node for a glyph, or to end or move one
#
# `decode` and `encode` work on 64-byte buffers and allocate nothing. Where the fields stand, and
# their ranges, is said in `layout`.

_READERS = (
    read_offer,
    read_accept,
    read_commit,
    read_done,
    read_abort,
    read_refuse,
    read_announcement,
    read_order,
    read_answer,
)
_WRITERS = (
    write_offer,
    write_accept,
    write_commit,
    write_done,
    write_abort,
    write_refuse,
    write_announcement,
    write_order,
    write_answer,
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
            return DROP_FIELD
        self.message_kind = kind
        self.node_id = get_u30(packet, 4)
        self.epoch = get_u30(packet, 8)
        self.sequence = get_u30(packet, 12)
        self.cluster = get_u16(packet, 16)
        return ACCEPTED

    def encode(self, packet: bytearray) -> None:
        """Write all 64 bytes of a packet of `message_kind`, the tag as zeros. Its fields must lie
        in their ranges."""
        put_head(packet, self.message_kind, self)
        end = _WRITERS[self.message_kind - KIND_OFFER](self, packet)
        for index in range(end, PACKET_BYTES):
            packet[index] = 0
