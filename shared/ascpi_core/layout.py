"""The tables of all formats, for documents and tests: packets, records, names, meanings.

What follows the head in the packets of glyphs, and the type in a record, is laid out by
`glyphs.messages`; here it is written out, with what each field means.

Bytes that a table does not name are 0 and must be. A field of more than four bytes is a string of
bytes, and its range that of each of them. A verb says what an order goes on with.

Documents and tests are made from the tables; a board never loads this module.
"""

from .glyphs.lifecycle import (
    COLUMNS,
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
from .glyphs.lifecycle import COUNTS as COUNTS_FLAG
from .glyphs.lifecycle import STANDINGS as STANDING_ROWS
from .glyphs.messages import FIELDS, PACKETS
from .glyphs.messages import RECORD_FIELDS as RECORD
from .glyphs.messages import SPAWN as SPAWNS
from .ssep import (
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
    WORD_MAXIMUM,
)

Row = tuple[str, int, int, int, int, str]
"""Name, offset, bytes, smallest, largest, unit and meaning."""


def _rows(offset: int, fields: bytes, meanings: tuple[str, ...]) -> tuple[Row, ...]:
    """The rows of these fields, one right behind the other from `offset` on, by `FIELDS`."""
    found = []
    assert len(fields) == len(meanings)
    for index, field in enumerate(fields):
        name, form = FIELDS[field], FIELDS[field + 1]
        width, has_range, most = form >> 9, form >> 8 & 1, form & 0xFF
        if width > 4:
            smallest, largest = 0, 0xFF
        elif has_range and most == 0x80:
            smallest, largest = 0, 0x8000
        else:
            smallest, largest = has_range, (most + 1 << 8 * (width - 1)) - 1
        found.append((name, offset, width, smallest, largest, meanings[index]))
        offset += width
    return tuple(found)


OFFER = _rows(
    18,
    PACKETS[0],
    (
        "node that it is for",
        "the glyph's id: where it was born",
        "which of the births there",
        "number of its type",
        "2^-15, its ΔΦ",
        "2^-15, its κ",
        "2^-28 turn, θ at which it is due",
        "quanta that it has",
        "turns that it has left; 2^24 − 1 for ever",
        "2^-15, C when it last ran or moved",
        "moves so far",
        "of this offer, chosen by its sender",
        "quanta that the sender holds",
    ),
)

ACCEPT = _rows(
    18,
    PACKETS[KIND_ACCEPT - KIND_OFFER],
    (
        "sender of the offer",
        "the glyph, as offered",
        "which of the births there",
        "as offered",
        "of the offer",
        "of the receiver's journal: another one if it was lost",
        "for this one transfer, never given twice",
    ),
)

_TRANSFER = (
    "the other node of the transfer",
    "of the receiver's journal, as accepted",
    "of the transfer, as accepted",
    "`mark(birth_node, birth_count, hops)` modulo 2^16",
)

COMMIT = _rows(18, PACKETS[KIND_COMMIT - KIND_OFFER], (*_TRANSFER, "the glyph's own bytes"))

DONE = _rows(
    18,
    PACKETS[KIND_DONE - KIND_OFFER],
    (*_TRANSFER, "0 the receiver holds it; 1 it was lost: take it back"),
)

ABORT = _rows(
    18,
    PACKETS[KIND_ABORT - KIND_OFFER],
    (*_TRANSFER, "why there never was a commit and never will be"),
)

REFUSE = _rows(
    18,
    PACKETS[KIND_REFUSE - KIND_OFFER],
    (
        "sender of the offer",
        "the glyph, as offered",
        "which of the births there",
        "of the offer",
        "why it is not taken",
    ),
)

GLYPH = _rows(
    18,
    PACKETS[KIND_GLYPH - KIND_OFFER],
    (
        "the glyph's id: where it was born",
        "which of the births there",
        "moves so far",
        "number of its type",
        "where it stands on the sender (`STANDINGS`)",
        "quanta that it has",
        "turns that it has left; 2^24 − 1 for ever",
        "2^-28 turn, θ at which it is due",
        "2^-15, its ΔΦ",
        "2^-15, its κ",
        "the first of its own bytes",
        "node that it moves to or comes from; 0 none",
    ),
)

ORDER = _rows(
    18,
    PACKETS[KIND_ORDER - KIND_OFFER],
    (
        "node that is to do it",
        "epoch of that node: an older order is not obeyed",
        "of the order: the same one twice is done once",
        "1 spawn, 2 kill, 3 move",
    ),
)

SPAWN = _rows(
    31,
    PACKETS[SPAWNS],
    (
        "number of the new glyph's type",
        "2^-28 turn, θ at which it is due",
        "2^-15, its ΔΦ",
        "2^-15, its κ",
        "quanta that it gets",
        "turns; 2^24 − 1 for ever",
        "the first of its own bytes; the others are 0",
    ),
)

KILL = _rows(
    31,
    PACKETS[SPAWNS - VERB_SPAWN + VERB_KILL],
    (
        "the glyph's id",
        "which of the births there",
    ),
)

MOVE = _rows(
    31,
    PACKETS[SPAWNS - VERB_SPAWN + VERB_MOVE],
    (
        "the glyph's id",
        "which of the births there",
        "node that it is to move to",
    ),
)

ANSWER = _rows(
    18,
    PACKETS[KIND_ANSWER - KIND_OFFER],
    (
        "sender of the order",
        "of the order",
        "0 done, else why not",
        "the glyph that it was about; 0 none",
        "which of the births there",
    ),
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
    *(
        (name, offset, width, meaning)
        for name, offset, width, _, _, meaning in _rows(
            1,
            RECORD,
            (
                "the glyph's id: where it was born",
                "and which of the births there",
                "number of its type",
                "2^-15, its ΔΦ",
                "2^-15, its κ",
                "2^-28 turn, θ at which it is due",
                "quanta that it has",
                "turns that it has left",
                "2^-15, C when it last ran or moved",
                "moves so far",
                "its own",
                "the other node of the hand-off; of a glyph that stays, the one that it came from",
                "of the receiver's journal, in a transfer",
                "the receiver's, in a transfer",
            ),
        )
    ),
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

STANDINGS = (
    "free",
    "nascent",
    "held",
    "stopped",
    "offered",
    "committing",
    "departing",
    "departed",
    "resuming",
    "preparing",
    "prepared",
    "arriving",
    "dropping",
    "ending",
    "fencing",
)
"""Where a glyph stands on a node, by `FREE` … `FENCING`."""

COUNTS = tuple(bool(flags & COUNTS_FLAG) for flags in STANDING_ROWS[::COLUMNS])
"""Of each standing: whether the glyph is this node's, with its energy and in its digest."""

GLYPH_EVENTS = (
    "spawned",
    "written",
    "offered",
    "withdrawn",
    "accepted",
    "done",
    "lost",
    "prepared for",
    "committed",
    "aborted",
    "ahead elsewhere",
    "doubled elsewhere",
    "raised",
    "ended",
)
"""What may happen to a glyph, by `ON_SPAWN` … `ON_END`."""

REFUSALS = ("", "kind", "room", "energy", "coherence", "busy", "stale", "flash")
"""Why an offer is refused, by `REFUSED_KIND` … `REFUSED_FLASH`."""

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
