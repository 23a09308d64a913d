"""What a node has noticed, for whoever shows it: a bounded ring of (event, subject)."""

JOINED = 0
SILENT = 1
RESTARTED = 2
COLLISION = 3
STATE_CHANGED = 4
BAND_CHANGED = 5
TABLE_FULL = 6

NAMES = ("joined", "silent", "restarted", "collision", "state", "band", "table_full")


class EventRing:
    """Up to 16 events; one that finds it full is dropped and counted. Allocates only when made."""

    SIZE = 16

    def __init__(self) -> None:
        self.dropped = 0
        self.event = 0
        self.subject = 0
        self._events = [0] * self.SIZE
        self._subjects = [0] * self.SIZE
        self._first = 0
        self._count = 0

    def push(self, event: int, subject: int) -> None:
        """Note an event; `subject` is a node id, a state or a band."""
        if self._count == self.SIZE:
            self.dropped += 1
            return
        slot = (self._first + self._count) % self.SIZE
        self._events[slot] = event
        self._subjects[slot] = subject
        self._count += 1

    def pop(self) -> bool:
        """Move the oldest event into `event` and `subject`; False if there is none."""
        if self._count == 0:
            return False
        self.event = self._events[self._first]
        self.subject = self._subjects[self._first]
        self._first = (self._first + 1) % self.SIZE
        self._count -= 1
        return True
