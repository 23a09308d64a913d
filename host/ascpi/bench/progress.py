"""How far a run is, on stderr: a line that changes on a terminal, one now and then elsewhere."""

import shutil
import sys
import time
from typing import TextIO

TERMINAL_S = 1.0
# In a log, a run of a minute is to be a dozen lines.
PLAIN_S = 5.0


class Progress:
    def __init__(self, plain: bool, stream: TextIO | None = None) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._live = not plain and self._stream.isatty()
        self._said_s = float("-inf")

    def due(self) -> bool:
        """Is it time for the next line? Making one costs more than asking."""
        return time.monotonic() - self._said_s >= (TERMINAL_S if self._live else PLAIN_S)

    def show(self, text: str) -> None:
        self._said_s = time.monotonic()
        if not self._live:
            self._write(text + "\n")
            return
        columns = shutil.get_terminal_size().columns - 1
        self._write("\r" + text[:columns].ljust(columns))

    def clear(self) -> None:
        """The line has served its turn. The next one is due at once."""
        self._said_s = float("-inf")
        if self._live:
            self._write("\r" + " " * (shutil.get_terminal_size().columns - 1) + "\r")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
