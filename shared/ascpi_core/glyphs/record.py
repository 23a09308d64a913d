"""The bytes of one record of the journal: always 68, little-endian; `FIELDS` is the format.

A record holds all that a glyph is, as its slot says when the record is made, so that the last one
of a glyph is enough to bring it back. What records mean together stands in `fold`. A record ends
with a CRC-32 of all its other bytes: what was torn or has changed is no record. A block of zeros
or of ones, as a file system may leave behind, is none either.
"""

from ..octets import get_half, get_three, get_word, put_half, put_three, put_word
from .glyph import STATE_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .glyph import Glyph

    Crc32 = Callable[[bytes | bytearray | memoryview], int]
    """`binascii.crc32`, on either runtime."""

RECORD_BYTES = 68
CHECKED_BYTES = 64

# Types of records. What each says of the sums is in `fold`.
TOTALS = 1
BORN = 2
KEPT = 3
STOPPED = 4
PREPARED = 5
ARRIVED = 6
DROPPED = 7
COMMITTED = 8
LEAVING = 9
GONE = 10
RESUMED = 11
ENDED = 12
FENCED = 13

# type, name, what it says
TYPES = (
    (TOTALS, "totals", "a snapshot begins: identity, next nonce and birth, the four sums"),
    (BORN, "born", "a glyph was born here"),
    (KEPT, "kept", "a glyph that is here, as it was then"),
    (STOPPED, "stopped", "the same of one that raised: it does not run"),
    (PREPARED, "prepared", "room is kept for a glyph that was offered"),
    (ARRIVED, "arrived", "it was committed: it is here from now on, one hop further"),
    (DROPPED, "dropped", "it was aborted: it does not come"),
    (COMMITTED, "committed", "a glyph of ours is another's from now on"),
    (LEAVING, "leaving", "in a snapshot: committed, and already among the sums"),
    (GONE, "gone", "the other has it: nothing is left to be done"),
    (RESUMED, "resumed", "the other has lost its flash: the glyph is here again"),
    (ENDED, "ended", "its lifetime or energy is used up, or it was killed"),
    (FENCED, "fenced", "it was a stale copy"),
)

# name, offset, bytes, meaning
FIELDS = (
    ("type", 0, 1, "of the record"),
    ("birth_node", 1, 4, "the glyph's id: where it was born"),
    ("birth_count", 5, 3, "and which of the births there"),
    ("kind", 8, 1, "number of its type"),
    ("dphi", 9, 2, "2^-15, its ΔΦ"),
    ("kappa", 11, 2, "2^-15, its κ"),
    ("theta", 13, 4, "2^-28 turn, θ at which it is due"),
    ("energy", 17, 3, "quanta that it has"),
    ("lifetime", 20, 3, "turns that it has left"),
    ("coherence", 23, 2, "2^-15, C when it last ran or moved"),
    ("hops", 25, 3, "moves so far"),
    ("state", 28, 24, "its own"),
    ("peer", 52, 4, "the other node of its last transfer, or who ordered its birth"),
    ("identity", 56, 4, "of the receiver's journal, in a transfer"),
    ("nonce", 60, 4, "the receiver's, in a transfer"),
    ("crc32", 64, 4, "of bytes 0 … 63"),
)

# The same of a TOTALS record; its other bytes are 0.
TOTALS_FIELDS = (
    ("type", 0, 1, "1"),
    ("identity", 1, 4, "of this journal: 30 random bits, never 0"),
    ("next_nonce", 5, 4, "the first one never given"),
    ("next_birth", 9, 3, "the count of the next birth"),
    ("born", 12, 6, "quanta"),
    ("received", 18, 6, "quanta"),
    ("spent", 24, 6, "quanta"),
    ("sent", 30, 6, "quanta"),
    ("crc32", 64, 4, "of bytes 0 … 63"),
)

_LONG_BYTES = 6


def write_glyph(buffer: bytearray, offset: int, record: int, glyph: "Glyph") -> None:
    """A record of this type, without its CRC; the glyph's fields lie in their ranges."""
    buffer[offset] = record
    put_word(buffer, offset + 1, glyph.birth_node)
    put_three(buffer, offset + 5, glyph.birth_count)
    buffer[offset + 8] = glyph.kind
    put_half(buffer, offset + 9, glyph.dphi)
    put_half(buffer, offset + 11, glyph.kappa)
    put_word(buffer, offset + 13, glyph.theta)
    put_three(buffer, offset + 17, glyph.energy)
    put_three(buffer, offset + 20, glyph.lifetime)
    put_half(buffer, offset + 23, glyph.coherence)
    put_three(buffer, offset + 25, glyph.hops)
    for index in range(STATE_BYTES):
        buffer[offset + 28 + index] = glyph.state[index]
    put_word(buffer, offset + 52, glyph.peer)
    put_word(buffer, offset + 56, glyph.identity)
    put_word(buffer, offset + 60, glyph.nonce)


def read_glyph(buffer: bytes | bytearray, offset: int, glyph: "Glyph") -> None:
    """Fill a slot from a record that is whole; its standing is the caller's to set."""
    glyph.birth_node = get_word(buffer, offset + 1)
    glyph.birth_count = get_three(buffer, offset + 5)
    glyph.kind = buffer[offset + 8]
    glyph.dphi = get_half(buffer, offset + 9)
    glyph.kappa = get_half(buffer, offset + 11)
    glyph.theta = get_word(buffer, offset + 13)
    glyph.energy = get_three(buffer, offset + 17)
    glyph.lifetime = get_three(buffer, offset + 20)
    glyph.coherence = get_half(buffer, offset + 23)
    glyph.hops = get_three(buffer, offset + 25)
    for index in range(STATE_BYTES):
        glyph.state[index] = buffer[offset + 28 + index]
    glyph.peer = get_word(buffer, offset + 52)
    glyph.identity = get_word(buffer, offset + 56)
    glyph.nonce = get_word(buffer, offset + 60)


def write_totals(
    buffer: bytearray, offset: int, identity: int, next_nonce: int, next_birth: int
) -> None:
    """The head of a TOTALS record, the rest zero; `put_long` adds the sums."""
    for index in range(RECORD_BYTES):
        buffer[offset + index] = 0
    buffer[offset] = TOTALS
    put_word(buffer, offset + 1, identity)
    put_word(buffer, offset + 5, next_nonce)
    put_three(buffer, offset + 9, next_birth)


def put_long(buffer: bytearray, offset: int, value: int) -> None:
    """0 ≤ value < 2^48 in six bytes. May allocate: sums may be long integers on a board."""
    for index in range(_LONG_BYTES):
        buffer[offset + index] = value & 0xFF
        value >>= 8


def get_long(buffer: bytes | bytearray, offset: int) -> int:
    """48 bits from six bytes. May allocate."""
    value = 0
    for index in range(_LONG_BYTES - 1, -1, -1):
        value = value << 8 | buffer[offset + index]
    return value


def seal(buffer: bytearray, offset: int, crc32: "Crc32") -> None:
    """Put the CRC behind a record. Allocates: a CRC has 32 bits."""
    check = crc32(memoryview(buffer)[offset : offset + CHECKED_BYTES])
    for index in range(CHECKED_BYTES, RECORD_BYTES):
        buffer[offset + index] = check & 0xFF
        check >>= 8


def is_whole(buffer: bytes | bytearray, offset: int, crc32: "Crc32") -> bool:
    """Whether a record of any type lies here. There must be 68 bytes. Allocates."""
    if not buffer[offset]:
        return False
    check = crc32(memoryview(buffer)[offset : offset + CHECKED_BYTES])
    for index in range(CHECKED_BYTES, RECORD_BYTES):
        if buffer[offset + index] != check & 0xFF:
            return False
        check >>= 8
    return True
