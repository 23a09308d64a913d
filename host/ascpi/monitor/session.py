"""What every way of showing has behind it: what was heard, taken in, and logged."""

import queue

from ascpi.monitor.heard import Inbox
from ascpi.monitor.log import LogFolder
from ascpi.monitor.recent import Recent
from ascpi.monitor.record import Record
from ascpi.monitor.roster import Roster

RECENT_RECORDS = 2000
# Taken in one go, so that a flood leaves time to draw.
MOST_AT_ONCE = 5000


class Session:
    """`drain` now and then; logging goes on whatever is shown."""

    def __init__(self, inbox: Inbox, roster: Roster, log: LogFolder | None = None) -> None:
        self.inbox = inbox
        self.roster = roster
        self.log = log
        self.recent: Recent[Record] = Recent(RECENT_RECORDS)

    def drain(self, longest_s: float = 0.0) -> list[Record]:
        """What has happened since; waits so long for the first, if need be."""
        records: list[Record] = []
        for _ in range(MOST_AT_ONCE):
            try:
                if longest_s and not records:
                    heard = self.inbox.get(timeout=longest_s)
                else:
                    heard = self.inbox.get_nowait()
            except queue.Empty:
                break
            records += self.roster.take(heard)
        for record in records:
            self.recent.append(record)
            if self.log is not None:
                self.log.write(record)
        return records


def matches(record: Record, wanted: str) -> bool:
    """Whether its line, with the board's name before it, has the text in it; case is ignored."""
    return wanted.casefold() in record.plain.casefold()
