"""What a board's network did, and when: the lines that its shims write, read back.

    TRUE_US read HEAD             a read of the firmware's has returned a datagram
    TRUE_US sent END_US HEAD      a send of the firmware's has begun, and ended

Times are true µs (true_time.py), taken right where the firmware comes in and goes out. HEAD is
the datagram's first 24 bytes in hexadecimal digits: who sent it, its sequence and time stamp.
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Read:
    at_us: int
    head: bytes


@dataclass(frozen=True)
class Sent:
    began_us: int
    ended_us: int
    head: bytes


def read_network_trace(path: Path) -> tuple[list[Read], list[Sent]]:
    """All whole lines of the file."""
    reads, sent = [], []
    for line in path.read_bytes().decode("ascii").splitlines(keepends=True):
        if not line.endswith("\n"):
            break
        words = line.split()
        if words[1] == "read":
            reads.append(Read(int(words[0]), bytes.fromhex(words[2])))
        else:
            sent.append(Sent(int(words[0]), int(words[2]), bytes.fromhex(words[3])))
    return reads, sent
