"""A file for each board: every line, with the time of day. What is there is added to.

A board's file goes by its node, not by its port. Until a port has said who is there, its lines are
held back; who never says so gets a file by the port's name.
"""

import contextlib
from pathlib import Path
from typing import TextIO

from ascpi.errors import AscpiError
from ascpi.monitor.record import AIR, BEACON, GLYPH, GLYPHS, Record, WallClock
from ascpi.monitor.standing import short_port

HELD_LINES = 200
HELD_US = 5_000_000


class LogFolder:
    """`write` records; close it at the end. AscpiError if the folder takes no files."""

    def __init__(self, folder: Path, clock: WallClock) -> None:
        self.folder = folder
        self.failure = ""
        self._clock = clock
        self._files: dict[str, TextIO] = {}
        self._held: dict[str, list[Record]] = {}
        self._require_writable()

    def write(self, record: Record) -> None:
        """Into its board's file, at once; a full disk is said in `failure` and ends nothing."""
        if record.kind in (BEACON, AIR, GLYPH, GLYPHS) or not self._is_nameless(record):
            for earlier in self._held.pop(record.port, []):
                self._put(record.name, earlier)
            self._put(record.name, record)
            return
        held = self._held.setdefault(record.port, [])
        held.append(record)
        if len(held) > HELD_LINES or record.at_us - held[0].at_us > HELD_US:
            self._give_up(record.port)

    def close(self) -> None:
        """Nothing is kept back."""
        for port in list(self._held):
            self._give_up(port)
        for file in self._files.values():
            # A disk that is still full: what it could not take has been said.
            with contextlib.suppress(OSError):
                file.close()
        self._files.clear()

    def _is_nameless(self, record: Record) -> bool:
        return record.name == short_port(record.port) and record.name not in self._files

    def _give_up(self, port: str) -> None:
        for held in self._held.pop(port, []):
            self._put(held.name, held)

    def _put(self, name: str, record: Record) -> None:
        try:
            file = self._files.get(name)
            if file is None:
                file = self._files[name] = (self.folder / f"{_safe(name)}.log").open(
                    "a", encoding="utf-8", errors="replace"
                )
            file.write(f"{self._clock.stamp(record.at_us)} {record.line}\n")
            file.flush()
            self.failure = ""
        except OSError as error:
            self.failure = f"{self.folder} cannot be written: {error.strerror}; nothing is logged"

    def _require_writable(self) -> None:
        probe = self.folder / ".ascpi-writable"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise AscpiError(
                f"--log {self.folder} cannot be written: {error.strerror}; name another folder"
            ) from None


def _safe(name: str) -> str:
    """A file's name: a port may be a URL."""
    return "".join(c if c.isalnum() or c in "-_.@" else "-" for c in name)
