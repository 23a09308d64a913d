"""The glyphs' journal on the flash: one file, written in steps that a power cut cannot divide.

LittleFS writes what is appended to other blocks than those in use, and the file only has it when
it is closed. So an append that fails or is cut off leaves the file as it was. Writing stalls both
cores for tens of milliseconds: never from the control loop.
"""

import errno
import os

from ascpi_core.fixed import const

JOURNAL_PATH = const("/glyphs.journal")

_NO_SPACE_ERROR = const(28)
"""ENOSPC, which the module errno of a board does not name."""


class JournalFile:
    """What `ascpi_core.glyphs.journal` asks for. Every method may raise OSError."""

    def __init__(self, path: str = JOURNAL_PATH) -> None:
        self._path = path
        self._beside = path + ".new"

    def read(self, offset: int, count: int) -> bytes:
        """Up to `count` bytes from `offset`; none past the end, or if there is no file."""
        try:
            with open(self._path, "rb") as file:
                file.seek(offset)
                data: bytes = file.read(count)
                return data
        except OSError as error:
            if error.args[0] == errno.ENOENT:
                return b""
            raise

    def append(self, data: "bytes | bytearray | memoryview") -> None:
        """On the flash when it returns."""
        _write(self._path, "ab", data)

    def replace(self, data: "bytes | bytearray | memoryview") -> None:
        """The whole file in one step: written beside it, closed, renamed over it."""
        _write(self._beside, "wb", data)
        os.rename(self._beside, self._path)


def _write(path: str, mode: str, data: "bytes | bytearray | memoryview") -> None:
    with open(path, mode) as file:
        if file.write(data) != len(data):
            # Elsewhere than on LittleFS a full disk may take a part. The journal skips it later.
            raise OSError(_NO_SPACE_ERROR)
