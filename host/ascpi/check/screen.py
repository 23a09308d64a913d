"""How the check shows itself: live on a terminal, in whole lines elsewhere."""

import os
import shutil
import sys
import time
from typing import TextIO

# Not on a terminal, a long step says this often that it still runs.
HEARTBEAT_S = 30.0

GREEN, RED, BOLD = "32", "31", "1"


class Screen:
    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream if stream is not None else sys.stdout
        self._live = self._stream.isatty()
        self._colour = self._live and "NO_COLOR" not in os.environ
        self._name = ""
        self._began = 0.0
        self._said = 0.0

    def begin(self, name: str) -> None:
        self._name = name
        self._began = self._said = time.monotonic()
        self.tick()

    def tick(self) -> None:
        now = time.monotonic()
        elapsed_s = now - self._began
        if self._live:
            self._write(f"\r{self._name:<16} {elapsed_s:6.1f} s  running")
        elif now - self._said >= HEARTBEAT_S:
            self._said = now
            self.line(f"{self._name:<16} {elapsed_s:6.1f} s  running")

    def end(self, passed: bool, summary: str) -> float:
        """Show the result; returns how long the step took."""
        elapsed_s = time.monotonic() - self._began
        if self._live:
            self._write("\r" + " " * (shutil.get_terminal_size().columns - 1) + "\r")
        word = self._painted("passed", GREEN) if passed else self._painted("FAILED", RED)
        self.line(f"{self._name:<16} {elapsed_s:6.1f} s  {word}  {summary}".rstrip())
        return elapsed_s

    def heading(self, text: str) -> None:
        self.line(self._painted(text, BOLD))

    def line(self, text: str) -> None:
        self._write(text + "\n")

    def _painted(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour else text

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
