"""Where a glyph stands on a node, and every move from one standing to another.

`STANDINGS` says of each standing what follows from it; `MOVES` has a row for each event that may
happen there. The code, the replay of the journal and the diagram in docs/glyphs.md are all made
from these two tables, and `GlyphTable.move` is the only one that takes a step by them.

A hand-off, on its two sides, when all goes well:

    sender      HELD → OFFERED → COMMITTING → DEPARTING → DEPARTED → FREE
    receiver    FREE → PREPARING → PREPARED → ARRIVING → HELD

A glyph whose standing awaits a record stands still until that record is durable: then the event
is ON_WRITTEN. Such a standing is never taken back, for its record may be durable although the
flash reported a failure. COMMITTING is the point of no return: before its record the glyph is the
sender's, behind it the receiver's.
"""

from ..fixed import const
from ..peers import (
    EVENT_GLYPH_ARRIVED,
    EVENT_GLYPH_BORN,
    EVENT_GLYPH_ENDED,
    EVENT_GLYPH_FENCED,
    EVENT_GLYPH_LEFT,
    EVENT_GLYPH_RETURNED,
    EVENT_GLYPH_STOPPED,
)

# Standings: as announcements have them on the wire.
FREE = const(0)
NASCENT = const(1)
HELD = const(2)
STOPPED = const(3)
OFFERED = const(4)
COMMITTING = const(5)
DEPARTING = const(6)
DEPARTED = const(7)
RESUMING = const(8)
PREPARING = const(9)
PREPARED = const(10)
ARRIVING = const(11)
DROPPING = const(12)
ENDING = const(13)
FENCING = const(14)

# What may happen to a glyph.
ON_SPAWN = const(0)
"""It is born here."""
ON_WRITTEN = const(1)
"""The record that it awaited is durable."""
ON_OFFER = const(2)
"""It is offered to another node."""
ON_WITHDRAW = const(3)
"""The offer was refused, or nobody answered it."""
ON_ACCEPT = const(4)
"""The receiver has prepared for it."""
ON_DONE = const(5)
"""The receiver has it on its flash."""
ON_LOST = const(6)
"""The receiver lost it, with its flash."""
ON_PREPARE = const(7)
"""Another node has offered it, and may send it."""
ON_COMMIT = const(8)
"""Its sender has committed it."""
ON_ABORT = const(9)
"""Its sender never committed it, nor will."""
ON_AHEAD = const(10)
"""It was seen elsewhere, at more hops."""
ON_DOUBLED = const(11)
"""It was seen elsewhere, at as many hops, on a node that goes first."""
ON_STOP = const(12)
"""It raised."""
ON_END = const(13)
"""Its lifetime or its energy is over, or it was killed."""

# Types of records in the journal.
RECORD_TOTALS = const(1)
RECORD_BORN = const(2)
RECORD_KEPT = const(3)
RECORD_STOPPED = const(4)
RECORD_PREPARED = const(5)
RECORD_ARRIVED = const(6)
RECORD_DROPPED = const(7)
RECORD_COMMITTED = const(8)
RECORD_LEAVING = const(9)
RECORD_GONE = const(10)
RECORD_RESUMED = const(11)
RECORD_ENDED = const(12)
RECORD_FENCED = const(13)

# The sums of the ledger.
ACCOUNT_BORN = const(1)
ACCOUNT_RECEIVED = const(2)
ACCOUNT_SPENT = const(3)
ACCOUNT_SENT = const(4)

COUNTS = const(1)
"""It is this node's, with its energy and in its digest."""
TOLD = const(2)
"""Others are told of it, in rotation."""
SAYS = const(4)
"""Something is sent until it is answered: an offer, an accept or a commit."""
HASTENS = const(8)
"""What is unwritten of it makes the journal write at once."""

# The columns of STANDINGS.
COLUMNS = const(5)
AWAITS = const(1)
"""The record that it waits for; 0 none."""
SNAPSHOT = const(2)
"""The record that a snapshot has of it, before the one that it waits for; 0 none."""
OWES = const(3)
"""How many writes may still follow from it: so many tokens are kept for it."""
ACCOUNT = const(4)
"""The sum by which energy goes from the glyphs that count to such a one, or back; 0 none."""

# fmt: off
STANDINGS = bytes([
    # flags, awaits, snapshot, owes, account
    0, 0, 0, 0, 0,  # FREE
    HASTENS, RECORD_BORN, 0, 1, ACCOUNT_BORN,  # NASCENT
    COUNTS | TOLD, 0, RECORD_KEPT, 0, 0,  # HELD
    COUNTS | TOLD | HASTENS, 0, RECORD_STOPPED, 0, 0,  # STOPPED
    COUNTS | TOLD | SAYS, 0, RECORD_KEPT, 2, 0,  # OFFERED
    COUNTS | TOLD | HASTENS, RECORD_COMMITTED, RECORD_KEPT, 2, 0,  # COMMITTING
    TOLD | SAYS, 0, RECORD_LEAVING, 1, ACCOUNT_SENT,  # DEPARTING
    0, RECORD_GONE, 0, 1, ACCOUNT_SENT,  # DEPARTED
    HASTENS, RECORD_RESUMED, 0, 1, ACCOUNT_RECEIVED,  # RESUMING
    HASTENS, RECORD_PREPARED, 0, 2, 0,  # PREPARING
    SAYS, 0, RECORD_PREPARED, 1, 0,  # PREPARED
    HASTENS, RECORD_ARRIVED, 0, 1, ACCOUNT_RECEIVED,  # ARRIVING
    HASTENS, RECORD_DROPPED, 0, 1, 0,  # DROPPING
    HASTENS, RECORD_ENDED, 0, 1, ACCOUNT_SPENT,  # ENDING
    HASTENS, RECORD_FENCED, 0, 1, ACCOUNT_SENT,  # FENCING
])

MOVES = bytes([
    # from, event, to, event that the node tells of or 0
    FREE, ON_SPAWN, NASCENT, 0,
    NASCENT, ON_WRITTEN, HELD, EVENT_GLYPH_BORN,
    HELD, ON_STOP, STOPPED, EVENT_GLYPH_STOPPED,
    HELD, ON_END, ENDING, EVENT_GLYPH_ENDED,
    STOPPED, ON_END, ENDING, EVENT_GLYPH_ENDED,
    ENDING, ON_WRITTEN, FREE, 0,
    # The sender of a hand-off.
    HELD, ON_OFFER, OFFERED, 0,
    OFFERED, ON_WITHDRAW, HELD, 0,
    OFFERED, ON_ACCEPT, COMMITTING, 0,
    COMMITTING, ON_WRITTEN, DEPARTING, EVENT_GLYPH_LEFT,
    DEPARTING, ON_DONE, DEPARTED, 0,
    DEPARTING, ON_AHEAD, DEPARTED, 0,
    DEPARTING, ON_LOST, RESUMING, 0,
    DEPARTED, ON_WRITTEN, FREE, 0,
    RESUMING, ON_WRITTEN, HELD, EVENT_GLYPH_RETURNED,
    # The receiver.
    FREE, ON_PREPARE, PREPARING, 0,
    DEPARTED, ON_PREPARE, PREPARING, 0,
    PREPARING, ON_WRITTEN, PREPARED, 0,
    PREPARED, ON_COMMIT, ARRIVING, 0,
    PREPARED, ON_ABORT, DROPPING, 0,
    PREPARED, ON_AHEAD, DROPPING, 0,
    ARRIVING, ON_WRITTEN, HELD, EVENT_GLYPH_ARRIVED,
    DROPPING, ON_WRITTEN, FREE, 0,
    # The fence.
    HELD, ON_AHEAD, FENCING, EVENT_GLYPH_FENCED,
    HELD, ON_DOUBLED, FENCING, EVENT_GLYPH_FENCED,
    STOPPED, ON_AHEAD, FENCING, EVENT_GLYPH_FENCED,
    STOPPED, ON_DOUBLED, FENCING, EVENT_GLYPH_FENCED,
    OFFERED, ON_AHEAD, FENCING, EVENT_GLYPH_FENCED,
    OFFERED, ON_DOUBLED, FENCING, EVENT_GLYPH_FENCED,
    FENCING, ON_WRITTEN, FREE, 0,
])
# fmt: on


def move_of(standing: int, event: int) -> int:
    """Where the row of this event at this standing begins in `MOVES`; -1 if there is none."""
    for row in range(0, len(MOVES), 4):
        if MOVES[row] == standing and MOVES[row + 1] == event:
            return row
    return -1


def standing_of(record: int) -> int:
    """The standing that this record is of: that awaits it, or else has it in a snapshot; -1 none.

    Not of TOTALS, which is of no glyph.
    """
    for column in (AWAITS, SNAPSHOT):
        for at in range(column, len(STANDINGS), COLUMNS):
            if STANDINGS[at] == record:
                return at // COLUMNS
    return -1


def standing_after(standing: int) -> int:
    """Where a glyph of this standing stands once its record is written."""
    row = move_of(standing, ON_WRITTEN)
    return standing if row < 0 else MOVES[row + 2]


def account_of(before: int, after: int) -> int:
    """The sum by which energy goes with a glyph from one standing to another; 0 if it stays: the
    one of the two that does not count says so."""
    before *= COLUMNS
    after *= COLUMNS
    if STANDINGS[before] & COUNTS == STANDINGS[after] & COUNTS:
        return 0
    return STANDINGS[(after if STANDINGS[before] & COUNTS else before) + ACCOUNT]
