"""The tables of all formats, for documents and tests: packets, records, meanings.

What follows the head in the packets of glyphs: these tables are the format.

Bytes that a table does not name are 0 and must be. A field of more than four bytes is a string of
bytes, and its range that of each of them. A verb says what an order goes on with.

Documents and tests are made from the tables; a board never loads this module.
"""

from .glyphs.glyph import STANDINGS, STATE_BYTES
from .glyphs.journal import (
    RECORD_ARRIVED,
    RECORD_BORN,
    RECORD_COMMITTED,
    RECORD_DROPPED,
    RECORD_ENDED,
    RECORD_FENCED,
    RECORD_GONE,
    RECORD_KEPT,
    RECORD_LEAVING,
    RECORD_PREPARED,
    RECORD_RESUMED,
    RECORD_STOPPED,
    RECORD_TOTALS,
)
from .ssep import (
    CODE_LARGEST,
    KIND_ABORT,
    KIND_ACCEPT,
    KIND_ANSWER,
    KIND_COMMIT,
    KIND_DONE,
    KIND_GLYPH,
    KIND_LAST,
    KIND_OFFER,
    KIND_ORDER,
    KIND_REFUSE,
    SSEP_VERSION,
    TAG_BYTES,
    TAG_OFFSET,
    VERB_KILL,
    VERB_MOVE,
    VERB_SPAWN,
    WATCHED_BYTES,
    WORD_MAXIMUM,
)

_COUNT = 0xFFFFFF
_ONE_BELOW = 0x7FFF

# name, offset, bytes, smallest, largest, unit and meaning
OFFER = (
    ("to", 18, 4, 1, WORD_MAXIMUM, "node that it is for"),
    ("birth_node", 22, 4, 1, WORD_MAXIMUM, "the glyph's id: where it was born"),
    ("birth_count", 26, 3, 0, _COUNT, "which of the births there"),
    ("kind", 29, 1, 1, 0xFF, "number of its type"),
    ("dphi", 30, 2, 0, _ONE_BELOW, "2^-15, its ΔΦ"),
    ("kappa", 32, 2, 0, _ONE_BELOW, "2^-15, its κ"),
    ("theta", 34, 4, 0, (1 << 28) - 1, "2^-28 turn, θ at which it is due"),
    ("energy", 38, 3, 0, _COUNT, "quanta that it has"),
    ("lifetime", 41, 3, 0, _COUNT, "turns that it has left; 2^24 − 1 for ever"),
    ("coherence", 44, 2, 0, 0x8000, "2^-15, C when it last ran or moved"),
    ("hops", 46, 3, 0, _COUNT, "moves so far"),
    ("number", 49, 4, 0, WORD_MAXIMUM, "of this offer, chosen by its sender"),
    ("sender_energy", 53, 3, 0, _COUNT, "quanta that the sender holds"),
)

ACCEPT = (
    ("to", 18, 4, 1, WORD_MAXIMUM, "sender of the offer"),
    ("birth_node", 22, 4, 1, WORD_MAXIMUM, "the glyph, as offered"),
    ("birth_count", 26, 3, 0, _COUNT, "which of the births there"),
    ("hops", 29, 3, 0, _COUNT, "as offered"),
    ("number", 32, 4, 0, WORD_MAXIMUM, "of the offer"),
    ("identity", 36, 4, 0, WORD_MAXIMUM, "of the receiver's journal: another one if it was lost"),
    ("nonce", 40, 4, 0, WORD_MAXIMUM, "for this one transfer, never given twice"),
)

_TRANSFER = (
    ("to", 18, 4, 1, WORD_MAXIMUM, "the other node of the transfer"),
    ("identity", 22, 4, 0, WORD_MAXIMUM, "of the receiver's journal, as accepted"),
    ("nonce", 26, 4, 0, WORD_MAXIMUM, "of the transfer, as accepted"),
    ("check", 30, 2, 0, 0xFFFF, "`mark(birth_node, birth_count, hops)` modulo 2^16"),
)

COMMIT = _TRANSFER + (("state", 32, STATE_BYTES, 0, 0xFF, "the glyph's own bytes"),)

DONE = _TRANSFER + (
    ("outcome", 32, 1, 0, CODE_LARGEST, "0 the receiver holds it; 1 it was lost: take it back"),
)

ABORT = _TRANSFER + (
    ("reason", 32, 1, 0, CODE_LARGEST, "why there never was a commit and never will be"),
)

REFUSE = (
    ("to", 18, 4, 1, WORD_MAXIMUM, "sender of the offer"),
    ("birth_node", 22, 4, 1, WORD_MAXIMUM, "the glyph, as offered"),
    ("birth_count", 26, 3, 0, _COUNT, "which of the births there"),
    ("number", 29, 4, 0, WORD_MAXIMUM, "of the offer"),
    ("reason", 33, 1, 0, CODE_LARGEST, "why it is not taken"),
)

GLYPH = (
    ("birth_node", 18, 4, 1, WORD_MAXIMUM, "the glyph's id: where it was born"),
    ("birth_count", 22, 3, 0, _COUNT, "which of the births there"),
    ("hops", 25, 3, 0, _COUNT, "moves so far"),
    ("kind", 28, 1, 1, 0xFF, "number of its type"),
    (
        "standing",
        29,
        1,
        0,
        len(STANDINGS) - 1,
        "where it stands on the sender (`STANDINGS`)",
    ),
    ("energy", 30, 3, 0, _COUNT, "quanta that it has"),
    ("lifetime", 33, 3, 0, _COUNT, "turns that it has left; 2^24 − 1 for ever"),
    ("theta", 36, 4, 0, (1 << 28) - 1, "2^-28 turn, θ at which it is due"),
    ("dphi", 40, 2, 0, _ONE_BELOW, "2^-15, its ΔΦ"),
    ("kappa", 42, 2, 0, _ONE_BELOW, "2^-15, its κ"),
    ("state", 44, WATCHED_BYTES, 0, 0xFF, "the first of its own bytes"),
    ("peer", 52, 4, 0, WORD_MAXIMUM, "node that it moves to or comes from; 0 none"),
)

ORDER = (
    ("to", 18, 4, 1, WORD_MAXIMUM, "node that is to do it"),
    ("to_epoch", 22, 4, 0, WORD_MAXIMUM, "epoch of that node: an older order is not obeyed"),
    ("number", 26, 4, 0, WORD_MAXIMUM, "of the order: the same one twice is done once"),
    ("verb", 30, 1, VERB_SPAWN, VERB_MOVE, "1 spawn, 2 kill, 3 move"),
)

SPAWN = (
    ("kind", 31, 1, 1, 0xFF, "number of the new glyph's type"),
    ("theta", 32, 4, 0, (1 << 28) - 1, "2^-28 turn, θ at which it is due"),
    ("dphi", 36, 2, 0, _ONE_BELOW, "2^-15, its ΔΦ"),
    ("kappa", 38, 2, 0, _ONE_BELOW, "2^-15, its κ"),
    ("energy", 40, 3, 0, _COUNT, "quanta that it gets"),
    ("lifetime", 43, 3, 0, _COUNT, "turns; 2^24 − 1 for ever"),
    ("state", 46, WATCHED_BYTES, 0, 0xFF, "the first of its own bytes; the others are 0"),
)

KILL = (
    ("birth_node", 31, 4, 1, WORD_MAXIMUM, "the glyph's id"),
    ("birth_count", 35, 3, 0, _COUNT, "which of the births there"),
)

MOVE = KILL + (("target", 38, 4, 1, WORD_MAXIMUM, "node that it is to move to"),)

ANSWER = (
    ("to", 18, 4, 1, WORD_MAXIMUM, "sender of the order"),
    ("number", 22, 4, 0, WORD_MAXIMUM, "of the order"),
    ("outcome", 26, 1, 0, CODE_LARGEST, "0 done, else why not"),
    ("birth_node", 27, 4, 0, WORD_MAXIMUM, "the glyph that it was about; 0 none"),
    ("birth_count", 31, 3, 0, _COUNT, "which of the births there"),
)

TABLES = (
    ("offer", KIND_OFFER, 0, OFFER),
    ("accept", KIND_ACCEPT, 0, ACCEPT),
    ("commit", KIND_COMMIT, 0, COMMIT),
    ("done", KIND_DONE, 0, DONE),
    ("abort", KIND_ABORT, 0, ABORT),
    ("refuse", KIND_REFUSE, 0, REFUSE),
    ("glyph", KIND_GLYPH, 0, GLYPH),
    ("spawn", KIND_ORDER, VERB_SPAWN, ORDER + SPAWN),
    ("kill", KIND_ORDER, VERB_KILL, ORDER + KILL),
    ("move", KIND_ORDER, VERB_MOVE, ORDER + MOVE),
    ("answer", KIND_ANSWER, 0, ANSWER),
)
"""Every form of a packet: its name, its kind, the verb of an order or 0, and all its fields."""

HEADER = (
    ("magic", 0, 2, 0x80CF, 0x80CF, "the bytes CF 80, π in UTF-8"),
    ("version", 2, 1, SSEP_VERSION, SSEP_VERSION, "of this format"),
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
    (
        "mode",
        34,
        1,
        0,
        0xFF,
        "bits 0–1 band, bits 2–3 state of the lock (`LOCK_STATES`), bits 4–7 what bytes 44–53 "
        "hold: 0 nothing, 1 an echo",
    ),
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

DROP_MEANINGS = (
    "taken",
    "a datagram without a byte in it",
    "not 64 bytes long",
    "not SSEP: the first two bytes are others",
    "another version of SSEP",
    "a kind of packet that this version does not know",
    "of another cluster on the same network",
    "this cluster has a key and the packet has no tag",
    "the tag does not match: another key, or altered on the way",
    "the packet has a tag and this node has no key to check it",
    "a field lies outside its range",
    "this node's own packet, heard again",
    "another node sends with this node's id",
    "from before the sender's restart",
    "heard before: a duplicate or a replay",
    "older than the newest packet of its sender",
    "no room for another node (raise max_peers)",
    "about glyphs, from a node whose beacon was not heard yet",
    "a beacon of another field of the same cluster",
)

CALL_LAYOUT = (
    ("magic", 0, 2, "the bytes CF 81, ρ in UTF-8"),
    ("version", 2, 1, "of this format"),
    ("stations", 3, 1, "stations that the access point has, 255 if more"),
    ("node_id", 4, 4, "node that is the access point"),
    ("address", 8, 6, "its BSSID"),
    ("name_length", 14, 1, "bytes of the network's name"),
    ("name", 15, 32, "the network's name (SSID), then zeros"),
    ("reserved", 47, 9, "0"),
    ("tag", 56, 8, "HMAC-SHA-256 over bytes 0 … 55, first 8 bytes; 0 if open"),
)

RECORD_TYPES = (
    (RECORD_TOTALS, "totals", "a snapshot begins: identity, next nonce and birth, the four sums"),
    (RECORD_BORN, "born", "a glyph was born here"),
    (RECORD_KEPT, "kept", "a glyph that is here, as it was then"),
    (RECORD_STOPPED, "stopped", "the same of one that raised: it does not run"),
    (RECORD_PREPARED, "prepared", "room is kept for a glyph that was offered"),
    (RECORD_ARRIVED, "arrived", "it was committed: it is here from now on, one hop further"),
    (RECORD_DROPPED, "dropped", "it was aborted: it does not come"),
    (RECORD_COMMITTED, "committed", "a glyph of ours is another's from now on"),
    (RECORD_LEAVING, "leaving", "in a snapshot: committed, and already among the sums"),
    (RECORD_GONE, "gone", "the other has it: nothing is left to be done"),
    (RECORD_RESUMED, "resumed", "the other has lost its flash: the glyph is here again"),
    (RECORD_ENDED, "ended", "its lifetime or energy is used up, or it was killed"),
    (RECORD_FENCED, "fenced", "it was a stale copy"),
)

RECORD_FIELDS = (
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

RECORD_TOTALS_FIELDS = (
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

LOCK_EVENTS = ("heard", "deserted", "settled", "strayed")

ORDER_OUTCOMES = (
    "done",
    "this node does not hold it",
    "no room for another glyph",
    "the node does not have this type",
    "the field is not coherent enough to move a glyph",
    "the network is not stable enough to move a glyph",
    "the node to move it to is not here, or not locked",
    "it is on the move at this moment",
    "the journal cannot be written at present",
    "the node has restarted since",
    "the node does not know such an order",
)
"""Of orders, by `ORDER_DONE` …"""
