"""The bytes of all that is said and written of glyphs: one table of fields, and who has which.

The packets of glyphs, kinds 2 to 10, are one reusable object, `Message`:

    offer → accept → commit → done      moves a glyph (`handoff`); or abort, refuse
    glyph                               tells everybody of one glyph
    order → answer                      asks a node for a glyph, or to end or move one

`FIELDS` says of each field its name, its bytes and its range, `PACKETS` which fields each kind
has, one right behind the other. A record of the journal is a row of fields, too. Reader and writer
go through these rows and allocate nothing. What the fields mean is said in `layout`.
"""

from ..fixed import const
from ..ssep import (
    ACCEPTED,
    DROP_FIELD,
    KIND_LAST,
    KIND_OFFER,
    KIND_ORDER,
    PACKET_BYTES,
    VERB_SPAWN,
    Head,
    is_blank,
    put_head,
)
from .glyph import STATE_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# What a field holds: its bytes · 2^9, 2^8 if the value has a range of its own, and the most that
# its last byte may be, which is its highest. Those with a range of their own are not 0; or, where
# the last byte is at most 0x80, not above 0x8000.
_NODE = const(4 << 9 | 0x13F)
_WORD = const(4 << 9 | 0x3F)
_PHASE = const(4 << 9 | 0x0F)
_COUNT = const(3 << 9 | 0xFF)
_SHORT = const(2 << 9 | 0xFF)
_UNIT = const(2 << 9 | 0x180)
_FRACTION = const(2 << 9 | 0x7F)
_TYPE = const(1 << 9 | 0x1FF)
_CODE = const(1 << 9 | 31)
_STANDING = const(1 << 9 | 14)
_VERB = const(1 << 9 | 0x103)
_OWN = const(24 << 9 | 0xFF)
_WATCHED = const(8 << 9 | 0xFF)

# fmt: off
FIELDS: "list[Any]" = [
    "node_id", _NODE,
    "epoch", _WORD,
    "sequence", _WORD,
    "cluster", _SHORT,
    "to", _NODE,
    "birth_node", _NODE,
    "birth_count", _COUNT,
    "kind", _TYPE,
    "dphi", _FRACTION,
    "kappa", _FRACTION,
    "theta", _PHASE,
    "energy", _COUNT,
    "lifetime", _COUNT,
    "coherence", _UNIT,
    "hops", _COUNT,
    "number", _WORD,
    "sender_energy", _COUNT,
    "identity", _WORD,
    "nonce", _WORD,
    "check", _SHORT,
    "outcome", _CODE,
    "reason", _CODE,
    "standing", _STANDING,
    "peer", _WORD,
    "to_epoch", _WORD,
    "verb", _VERB,
    "target", _NODE,
    "state", _OWN,
    "state", _WATCHED,
    "birth_node", _WORD,
]
# fmt: on

# Fields are known by their place in FIELDS.
_NODE_ID = const(0)
_EPOCH = const(2)
_SEQUENCE = const(4)
_CLUSTER = const(6)
_TO = const(8)
_BIRTH_NODE = const(10)
_BIRTH_COUNT = const(12)
_KIND = const(14)
_DPHI = const(16)
_KAPPA = const(18)
_THETA = const(20)
_ENERGY = const(22)
_LIFETIME = const(24)
_COHERENCE = const(26)
_HOPS = const(28)
_NUMBER = const(30)
_SENDER_ENERGY = const(32)
_IDENTITY = const(34)
_NONCE = const(36)
_CHECK = const(38)
_OUTCOME = const(40)
_REASON = const(42)
_STANDS = const(44)
_PEER = const(46)
_TO_EPOCH = const(48)
_ASKS = const(50)
_TARGET = const(52)
_OWN_STATE = const(54)
_FIRST_STATE = const(56)
_BIRTH_NODE_OR_NONE = const(58)

HEAD_FIELDS = bytes([_NODE_ID, _EPOCH, _SEQUENCE, _CLUSTER])

# fmt: off
GLYPH_FIELDS = bytes([
    _BIRTH_NODE, _BIRTH_COUNT, _KIND, _DPHI, _KAPPA, _THETA, _ENERGY, _LIFETIME, _COHERENCE, _HOPS,
])
# fmt: on
"""All that a glyph is but its own bytes."""
OWN_STATE = bytes([_OWN_STATE])
RECORD_FIELDS = GLYPH_FIELDS + bytes([_OWN_STATE, _PEER, _IDENTITY, _NONCE])
"""What a record has behind its type."""

# fmt: off
PACKETS = [
    bytes([_TO]) + GLYPH_FIELDS + bytes([_NUMBER, _SENDER_ENERGY]),
    bytes([_TO, _BIRTH_NODE, _BIRTH_COUNT, _HOPS, _NUMBER, _IDENTITY, _NONCE]),
    bytes([_TO, _IDENTITY, _NONCE, _CHECK, _OWN_STATE]),
    bytes([_TO, _IDENTITY, _NONCE, _CHECK, _OUTCOME]),
    bytes([_TO, _IDENTITY, _NONCE, _CHECK, _REASON]),
    bytes([_TO, _BIRTH_NODE, _BIRTH_COUNT, _NUMBER, _REASON]),
    bytes([
        _BIRTH_NODE, _BIRTH_COUNT, _HOPS, _KIND, _STANDS, _ENERGY, _LIFETIME, _THETA, _DPHI,
        _KAPPA, _FIRST_STATE, _PEER,
    ]),
    bytes([_TO, _TO_EPOCH, _NUMBER, _ASKS]),
    bytes([_TO, _NUMBER, _OUTCOME, _BIRTH_NODE_OR_NONE, _BIRTH_COUNT]),
    bytes([_KIND, _THETA, _DPHI, _KAPPA, _ENERGY, _LIFETIME, _FIRST_STATE]),
    bytes([_BIRTH_NODE, _BIRTH_COUNT]),
    bytes([_BIRTH_NODE, _BIRTH_COUNT, _TARGET]),
]
# fmt: on
"""The fields of each kind, from KIND_OFFER on; then what follows in orders, by their verb."""
SPAWN = const(9)
"""Where those of a spawn stand."""


def get_fields(octets: bytes | bytearray, offset: int, fields: bytes, into: "Any") -> int:
    """Take fields from bytes into the attributes of an object: where they end; 0 if one lies
    outside its range, and then those before it are taken.

    Upper bits are refused before they are shifted, so no value leaves 30 bits.
    """
    table = FIELDS
    for field in fields:
        form = table[field + 1]
        width = form >> 9
        most = form & 0xFF
        if width > 4:
            state: bytearray = into.state
            for index in range(STATE_BYTES):
                state[index] = octets[offset + index] if index < width else 0
            offset += width
            continue
        offset += width
        value = octets[offset - 1]
        if value > most:
            return 0
        if width > 1:
            value = value << 8 | octets[offset - 2]
            if width > 2:
                value = value << 8 | octets[offset - 3]
                if width > 3:
                    value = value << 8 | octets[offset - 4]
        if form & 0x100 and (value > 0x8000 if most == 0x80 else not value):
            return 0
        setattr(into, table[field], value)
    return offset


def put_fields(octets: bytearray, offset: int, fields: bytes, of: "Any") -> int:
    """Write the attributes of an object, which lie in their ranges, as fields: where they end."""
    for field in fields:
        value = getattr(of, FIELDS[field])
        width = FIELDS[field + 1] >> 9
        for index in range(width):
            if width > 4:
                octets[offset] = value[index]
            else:
                octets[offset] = value & 0xFF
                value >>= 8
            offset += 1
    return offset


def copy_fields(into: "Any", of: "Any", fields: bytes) -> None:
    """Take fields from the attributes of one object to those of another."""
    for field in fields:
        name = FIELDS[field]
        width = FIELDS[field + 1] >> 9
        if width > 4:
            for index in range(width):
                into.state[index] = of.state[index]
        else:
            setattr(into, name, getattr(of, name))


class Message(Head):
    """A packet of any of these kinds: its fields, zero at first, taken from the wire and put
    there. A packet of one kind sets those of its kind only; of the others nothing is to be read.
    `state` has always 24 bytes: those that a packet does not carry are 0."""

    message_kind: int
    to: int
    birth_node: int
    birth_count: int
    kind: int
    dphi: int
    kappa: int
    theta: int
    energy: int
    lifetime: int
    coherence: int
    hops: int
    number: int
    sender_energy: int
    identity: int
    nonce: int
    check: int
    outcome: int
    reason: int
    standing: int
    peer: int
    to_epoch: int
    verb: int
    target: int
    state: bytearray

    def __init__(self) -> None:
        for index in range(0, len(FIELDS), 2):
            setattr(self, FIELDS[index], 0)
        self.state = bytearray(STATE_BYTES)
        self.message_kind = KIND_OFFER

    def decode(self, packet: bytes | bytearray) -> int:
        """Take over the fields of an examined packet: ACCEPTED, or DROP_FIELD, and then of its
        fields nothing is to be read. A packet of another kind, a beacon, is a FIELD."""
        kind = packet[3]
        if not KIND_OFFER <= kind <= KIND_LAST or not get_fields(packet, 4, HEAD_FIELDS, self):
            return DROP_FIELD
        end = get_fields(packet, 18, PACKETS[kind - KIND_OFFER], self)
        if end and kind == KIND_ORDER:
            end = get_fields(packet, end, PACKETS[SPAWN - VERB_SPAWN + self.verb], self)
        if not end or not is_blank(packet, end):
            return DROP_FIELD
        self.message_kind = kind
        return ACCEPTED

    def encode(self, packet: bytearray) -> None:
        """Write all 64 bytes of a packet of `message_kind`, the tag as zeros. Its fields must lie
        in their ranges."""
        put_head(packet, self.message_kind, self)
        end = put_fields(packet, 18, PACKETS[self.message_kind - KIND_OFFER], self)
        if self.message_kind == KIND_ORDER:
            end = put_fields(packet, end, PACKETS[SPAWN - VERB_SPAWN + self.verb], self)
        for index in range(end, PACKET_BYTES):
            packet[index] = 0
