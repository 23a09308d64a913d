"""A board's flash: one file that outlives every boot, and the faults that strike its writes.

What a write does is decided before it is made: it succeeds; it fails, and leaves nothing or part
of its first record behind; or the power goes before, in the midst of, or right after it.
"""

from collections.abc import Callable
from dataclasses import dataclass

RECORD_BYTES = 68

OK, REFUSED, CUT_BEFORE, CUT_WITHIN, CUT_AFTER = range(5)
FATES = ("written", "refused", "cut before", "cut within", "cut after")


class PowerCut(Exception):
    """The power went inside a write."""


@dataclass(frozen=True)
class Fate:
    """`kept`: bytes of an append that reach the file although it fails or is cut within."""

    outcome: int
    kept: int = 0


DONE = Fate(OK)

Data = bytes | bytearray | memoryview
Decide = Callable[[str, int], Fate]
"""Given "append" or "replace" and the number of bytes: what becomes of the write."""
Told = Callable[[str, bytes, Fate], None]
"""Told of the same write, its data and its fate when the file is as it will be."""


class Flash:
    """The three methods that a journal asks for; `content` is what is on the flash."""

    def __init__(self, decide: Decide, told: Told) -> None:
        self.content = b""
        self.is_readable = True
        self._decide = decide
        self._told = told

    def read(self, offset: int, count: int) -> bytes:
        """Up to `count` bytes from there; none past the end. OSError: it cannot be read now."""
        if not self.is_readable:
            raise OSError(5, "the simulated flash cannot be read")
        return self.content[offset : offset + count]

    def append(self, data: Data) -> None:
        """Durable when it returns. OSError: refused."""
        data = bytes(data)
        fate = self._decide("append", len(data))
        if fate.outcome in (OK, CUT_AFTER):
            self.content += data
        elif fate.outcome in (CUT_WITHIN, REFUSED):
            self.content += data[: fate.kept]
        self._end("append", data, fate)

    def replace(self, data: Data) -> None:
        """The whole file in one step: the new one is beside it until it is renamed."""
        data = bytes(data)
        fate = self._decide("replace", len(data))
        if fate.outcome in (OK, CUT_AFTER):
            self.content = data
        self._end("replace", data, fate)

    def _end(self, what: str, data: bytes, fate: Fate) -> None:
        self._told(what, data, fate)
        if fate.outcome == REFUSED:
            raise OSError(28, "the simulated flash is full")
        if fate.outcome != OK:
            raise PowerCut
