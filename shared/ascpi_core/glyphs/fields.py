"""All that a packet of glyphs can say, whatever its kind, as one reusable object."""

from ..head import Head
from ..octets import get_three, get_word, put_three, put_word
from ..wire import KIND_OFFER
from .glyph import STATE_BYTES


class Fields(Head):
    """All fields of all kinds, zero at first. A packet of one kind sets those of its kind only;
    of the others nothing is to be read. `state` has always 24 bytes: those that a packet does not
    carry are 0."""

    def __init__(self) -> None:
        super().__init__()
        self.message_kind = KIND_OFFER
        """Of the packet: wire.KIND_OFFER … KIND_ANSWER."""
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
