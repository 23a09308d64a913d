"""The lines of the serial protocol, version 1. docs/probe.md has them as a table.

    ASCPI probe1 KIND … *CCCC      from the probe
    COMMAND … [*CCCC]              to the probe

CCCC are the lower 16 bits of the CRC-32 of all that stands before " *", in hex: a line that was
cut or mixed up on the way is known by it. A person at a terminal may leave it away.
"""

from binascii import crc32

PREFIX = "ASCPI probe1 "
MARK = " *"


def checksum(text: str) -> str:
    """Four hex digits."""
    return "%04x" % (crc32(text.encode()) & 0xFFFF)


def sealed(text: str) -> str:
    """A line of the probe's, whole."""
    line = PREFIX + text
    return line + MARK + checksum(line)


def opened(line: str) -> "str | None":
    """A command without its checksum; None if that is wrong."""
    text, mark, given = line.rpartition(MARK)
    if not mark:
        return line.strip()
    return text.strip() if checksum(text) == given.strip() else None
