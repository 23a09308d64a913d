"""SSEP on the wire: every datagram is 64 bytes, little-endian; these tables are the format.

What follows the head of the packets of glyphs stands in `glyphs.layout`: apart, because a board
has no use for the tables and its memory is small.

One length for every kind of packet, because a board reads with `readinto`, which is exact only
when the buffer is as long as every datagram. No 32-bit field uses its two upper bits: a board's
small integers have 31 bits, and a larger one would be allocated. A change that makes a packet
invalid which was valid is a change of VERSION; any change is one of tests/vectors.
"""

PACKET_BYTES = 64
TAG_OFFSET = 56
TAG_BYTES = 8

DEFAULT_PORT = 31415

MAGIC_LOW = 0xCF
MAGIC_HIGH = 0x80
"""The two bytes of π in UTF-8."""

VERSION = 1

KIND_BEACON = 1
KIND_OFFER = 2
KIND_ACCEPT = 3
KIND_COMMIT = 4
KIND_DONE = 5
KIND_ABORT = 6
KIND_REFUSE = 7
KIND_GLYPH = 8
KIND_ORDER = 9
KIND_ANSWER = 10
KIND_LAST = 10

VERB_SPAWN = 1
VERB_KILL = 2
VERB_MOVE = 3
"""What an order asks for."""

WATCHED_BYTES = 8
"""Of a glyph's own bytes, so many are told to everybody, and can be set by an order."""

CODE_LARGEST = 31
"""Of outcomes and reasons."""

WORD_MAXIMUM = (1 << 30) - 1
"""Largest value of a 32-bit field."""

CLAIM_UNKNOWN = 0xFFFF
"""The sender makes no claim about its phase error."""

NOBODY = 0
"""Node id that no node has; in `echo_id`: this beacon carries no echo."""

ROLE_MEMBER = 0
ROLE_OBSERVER = 15
"""A role in any topology: it looks on and gives orders, and is nobody's peer. It counts neither
for the phase nor for who is here, and no glyph goes to it."""

TAKES_NO_GLYPHS = 0xFF
"""In `glyph_count`: the sender has no motor."""

ECHO_SPAN_US = 1 << 24
"""Echo times are told modulo 16.8 s."""

# name, offset, bytes, smallest, largest, unit and meaning
HEADER = (
    ("magic", 0, 2, 0x80CF, 0x80CF, "the bytes CF 80, π in UTF-8"),
    ("version", 2, 1, VERSION, VERSION, "of this format"),
    (
        "kind",
        3,
        1,
        1,
        KIND_LAST,
        "1 beacon, 2 offer, 3 accept, 4 commit, 5 done, 6 abort, 7 refuse, 8 glyph, 9 order, "
        "10 answer",
    ),
    ("node_id", 4, 4, 1, WORD_MAXIMUM, "sender"),
    ("epoch", 8, 4, 0, WORD_MAXIMUM, "boots of the sender so far"),
    ("sequence", 12, 4, 0, WORD_MAXIMUM, "packets of the sender in this epoch, all kinds"),
    ("cluster", 16, 2, 0, 0xFFFF, "number of the cluster; others are ignored"),
)

BEACON = (
    ("claim_us", 18, 2, 0, 0xFFFF, "µs, 95 % bound on the phase error; 65535 unknown"),
    ("timestamp", 20, 4, 0, WORD_MAXIMUM, "µs, sender's ticks when sent, modulo 2^30"),
    ("theta", 24, 4, 0, (1 << 28) - 1, "2^-28 turn, Θ_local at timestamp"),
    ("dphi", 28, 2, 0, 0x7FFF, "2^-15, ΔΦ averaged over the glyphs"),
    ("kappa", 30, 2, 0, 0x7FFF, "2^-15, κ averaged over the glyphs"),
    ("coherence", 32, 2, 0, 0x8000, "2^-15, C of the field as the sender sees it"),
    ("mode", 34, 1, 0, 0x0F, "bits 0–1 band, bits 2–3 state of the lock (`lock.STATES`)"),
    ("role", 35, 1, 0, 0xFF, "bits 0–3 topology (0 mesh), bits 4–7 role (0 member, 15 observer)"),
    ("glyph_digest", 36, 4, 0, WORD_MAXIMUM, "of the glyphs held, in any order"),
    ("energy", 40, 3, 0, 0xFFFFFF, "quanta held"),
    ("glyph_count", 43, 1, 0, 0xFF, "glyphs held; 255: none, and it takes none"),
    ("echo_id", 44, 4, 0, WORD_MAXIMUM, "node whose beacon is echoed; 0 none"),
    ("echo_timestamp", 48, 3, 0, 0xFFFFFF, "µs, timestamp of that beacon modulo 2^24"),
    ("echo_age", 51, 3, 0, 0xFFFFFF, "µs of the sender's ticks from hearing it to timestamp"),
    ("address", 54, 2, 0, 0xFFFF, "field address: region · 256 + field"),
)

TAG = ("tag", TAG_OFFSET, TAG_BYTES, "HMAC-SHA-256 over bytes 0 … 55, first 8 bytes; 0 if open")
