"""What comes in from boards. `at_us` is µs of CLOCK_MONOTONIC."""

import queue
from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """A line that a board wrote on a port."""

    port: str
    text: str
    at_us: int


@dataclass(frozen=True)
class Connection:
    """How it stands with a port from now on: "" while it is open, else why it is not."""

    port: str
    state: str
    at_us: int


@dataclass(frozen=True)
class Packet:
    """A datagram, of whatever kind."""

    data: bytes
    at_us: int


Heard = Line | Connection | Packet
"""All that a source gives."""

# No SimpleQueue: where a signal interrupts its timed get at the very end of the time, CPython 3.11
# waits for ever.
Inbox = queue.Queue[Heard]
"""Where all sources put what they hear."""
