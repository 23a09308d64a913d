"""What follows the head in the packets of glyphs: these tables are the format, as in `wire`.

Bytes that a table does not name are 0 and must be. A field of more than four bytes is a string of
bytes, and its range that of each of them. A verb says what an order goes on with.

Documents and tests are made from the tables; a board never loads this module.
"""

from ..wire import (
    CODE_LARGEST,
    KIND_ABORT,
    KIND_ACCEPT,
    KIND_ANSWER,
    KIND_COMMIT,
    KIND_DONE,
    KIND_GLYPH,
    KIND_OFFER,
    KIND_ORDER,
    KIND_REFUSE,
    VERB_KILL,
    VERB_MOVE,
    VERB_SPAWN,
    WATCHED_BYTES,
    WORD_MAXIMUM,
)
from .glyph import STANDINGS, STATE_BYTES

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
        "where it stands on the sender (`glyph.STANDINGS`)",
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
