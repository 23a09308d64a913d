"""What a node has noticed, for whoever shows it: a bounded ring of events.

Each has a subject, and a glyph's has two: the node and the count of its birth.
"""

JOINED = 0
SILENT = 1
RESTARTED = 2
COLLISION = 3
STATE_CHANGED = 4
BAND_CHANGED = 5
TABLE_FULL = 6
GLYPH_BORN = 7
GLYPH_ARRIVED = 8
GLYPH_LEFT = 9
GLYPH_RETURNED = 10
GLYPH_ENDED = 11
GLYPH_STOPPED = 12
GLYPH_FENCED = 13

NAMES = (
    "joined",
    "silent",
    "restarted",
    "collision",
    "state",
    "band",
    "table_full",
    "glyph_born",
    "glyph_arrived",
    "glyph_left",
    "glyph_returned",
    "glyph_ended",
    "glyph_stopped",
    "glyph_fenced",
)


class EventRing:
    """Up to 32 events; one that finds it full is dropped and counted. Allocates only when made."""

    SIZE = 32

    def __init__(self) -> None:
        self.dropped = 0
        self.event = 0
        self.subject = 0
        self.birth_count = 0
        self._events = [0] * self.SIZE
        self._subjects = [0] * self.SIZE
        self._birth_counts = [0] * self.SIZE
        self._first = 0
        self._count = 0

    def push(self, event: int, subject: int, birth_count: int = 0) -> None:
        """Note an event; `subject` is a node id, a state or a band; of a glyph, its birth node."""
        if self._count == self.SIZE:
            self.dropped += 1
            return
        slot = (self._first + self._count) % self.SIZE
        self._events[slot] = event
        self._subjects[slot] = subject
        self._birth_counts[slot] = birth_count
        self._count += 1

    def pop(self) -> bool:
        """Move the oldest event into `event`, `subject`, `birth_count`; False if there is none."""
        if self._count == 0:
            return False
        self.event = self._events[self._first]
        self.subject = self._subjects[self._first]
        self.birth_count = self._birth_counts[self._first]
        self._first = (self._first + 1) % self.SIZE
        self._count -= 1
        return True
