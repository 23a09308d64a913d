"""The relay's own diary, if asked for: when each datagram came in, was due, and went out.

A file of records of one length, so that writing one costs the relay 2 µs and its end may be torn.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ascpi.errors import AscpiError

# All of a packet but its tag: who sent it, and what it says.
HEAD_BYTES = 56
_RECORD = struct.Struct(f"<IIqqq{HEAD_BYTES}s")


@dataclass(frozen=True)
class Passage:
    """One datagram on its way to one receiver; times in µs of CLOCK_MONOTONIC.

    Stations are the relay's numbers; `sent_us` is the end of the sending.
    """

    sender: int
    receiver: int
    arrived_us: int
    due_us: int
    sent_us: int
    head: bytes


class Trace:
    def __init__(self, path: Path) -> None:
        try:
            self._file: BinaryIO = path.open("wb")
        except OSError as error:
            raise AscpiError(
                f"the air's trace {path} cannot be written ({error.strerror}): name another file"
            ) from None

    def add(self, passage: Passage) -> None:
        self._file.write(
            _RECORD.pack(
                passage.sender,
                passage.receiver,
                passage.arrived_us,
                passage.due_us,
                passage.sent_us,
                passage.head[:HEAD_BYTES],
            )
        )

    def close(self) -> None:
        self._file.close()


def read_trace(path: Path) -> Iterator[Passage]:
    """All whole records."""
    content = path.read_bytes()
    whole = len(content) - len(content) % _RECORD.size
    for fields in _RECORD.iter_unpack(content[:whole]):
        yield Passage(*fields)
