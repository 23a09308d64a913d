"""What the probe says and hears, line by line: version 1 of its protocol (docs/probe.md).

Every line ends in a checksum. A line that a UART has cut, or that two lines have become, is known
by it and counted by whoever reads: see `parse`.
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

PREFIX = "ASCPI probe1 "
MARK = " *"
# Every board's first line; the probe's has this word.
BOOT = "ASCPI event boot "
PROBE_WORD = "program=probe"


@dataclass(frozen=True)
class EdgeLine:
    """A pin changed its level at most `gap_us` before `ticks` (µs modulo 2^30)."""

    sequence: int
    pin: int
    level: int
    ticks: int
    gap_us: int


@dataclass(frozen=True)
class StateLine:
    """`hello`, `watching` or `status`: `sequence` is the number of the next edge."""

    kind: str
    sequence: int
    ticks: int
    words: Mapping[str, str] = field(default_factory=dict)

    def number(self, name: str) -> int:
        """A word's whole number; 0 if it has none."""
        text = self.words.get(name, "")
        return int(text) if text.isdigit() else 0


@dataclass(frozen=True)
class ErrorLine:
    """The probe cannot do what it was told; a sentence."""

    text: str


@dataclass(frozen=True)
class StoppedLine:
    sequence: int


@dataclass(frozen=True)
class BootLine:
    """The probe starts: its ticks begin anew."""


@dataclass(frozen=True)
class Damaged:
    """A line of the probe's that did not come whole."""


ProbeLine = EdgeLine | StateLine | ErrorLine | StoppedLine | BootLine | Damaged


def checksum(text: str) -> str:
    """The lower 16 bits of the CRC-32, as four hex digits."""
    return f"{zlib.crc32(text.encode()) & 0xFFFF:04x}"


def command(*words: str) -> bytes:
    """A command as the probe takes it, with its end."""
    text = " ".join(words)
    return f"{text}{MARK}{checksum(text)}\n".encode()


def watch(pins: Sequence[int], pull: str) -> bytes:
    """The command to watch these pins."""
    return command("watch", ",".join(str(pin) for pin in pins), pull)


def parse(line: str) -> ProbeLine | None:
    """What a line says; None if it is none of the probe's.

    Only the last of what stands on one line can be whole: the end of the one before it, and
    whatever came between, was lost.
    """
    start = line.rfind(PREFIX)
    if start < 0:
        if line.startswith(BOOT) and PROBE_WORD in line.split():
            return BootLine()
        return None
    text, mark, given = line[start:].rstrip().rpartition(MARK)
    if not mark or checksum(text) != given:
        return Damaged()
    kind, _, rest = text[len(PREFIX) :].partition(" ")
    return _content(kind, rest)


def _content(kind: str, rest: str) -> ProbeLine | None:
    """None for a kind that a later probe may have."""
    words = rest.split()
    try:
        if kind == "edge":
            sequence, pin, level, ticks, gap_us = (int(word) for word in words)
            return EdgeLine(sequence, pin, level, ticks, gap_us)
        if kind in ("hello", "watching", "status"):
            pairs = (word.partition("=") for word in words[2:])
            named = {name: value for name, _, value in pairs}
            return StateLine(kind, int(words[0]), int(words[1]), named)
        if kind == "stopped":
            return StoppedLine(int(words[0]))
    except (ValueError, IndexError):
        return Damaged()
    return ErrorLine(rest) if kind == "error" else None
