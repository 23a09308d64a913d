"""The glyphs' journal of a desktop node: one file, and a lock beside it.

Two processes that append to one journal would both hold its glyphs, and each glyph would run
twice. So whoever opens it holds `NAME.lock` for as long; the system lets go of the lock when the
process ends, however it ends. The lock is a file of its own because the journal is replaced.
"""

import contextlib
import os
import sys
from pathlib import Path
from types import TracebackType
from typing import IO

from ascpi.errors import AscpiError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


class JournalFileError(AscpiError):
    """The journal of a node cannot be used."""


class JournalFile:
    """What `ascpi_core.glyphs.journal` asks for. `read`, `append` and `replace` may raise OSError.

    Making one locks it, or raises JournalFileError; `close` unlocks it.
    """

    def __init__(self, path: Path) -> None:
        # One file has one lock, by whatever name it is opened.
        self.path = path.resolve()
        self._beside = self.path.with_name(self.path.name + ".new")
        if path.is_dir():
            raise JournalFileError(
                f"{path} cannot be a glyphs' journal: it is a folder; name a file in it"
            )
        self._lock = _locked(self.path)

    def __enter__(self) -> "JournalFile":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let another process have it. Nothing waits to be written: every write is complete."""
        self._lock.close()

    def read(self, offset: int, count: int) -> bytes:
        """Up to `count` bytes from `offset`; none past the end, or if there is no file."""
        try:
            with self.path.open("rb") as file:
                file.seek(offset)
                return file.read(count)
        except FileNotFoundError:
            return b""

    def append(self, data: bytes | bytearray | memoryview) -> None:
        """On the disk when it returns. What a failed write left of it is cut off again."""
        is_new = not self.path.exists()
        with self.path.open("ab", buffering=0) as file:
            size = file.seek(0, os.SEEK_END)
            try:
                _write(file, data)
            except OSError:
                # Where even that fails, the journal skips what is no record when it is read.
                with contextlib.suppress(OSError):
                    file.truncate(size)
                raise
        if is_new:
            self._keep_names()

    def replace(self, data: bytes | bytearray | memoryview) -> None:
        """The whole file in one step: written beside it and then renamed over it."""
        try:
            with self._beside.open("wb", buffering=0) as file:
                _write(file, data)
            os.replace(self._beside, self.path)
        except OSError:
            with contextlib.suppress(OSError):
                self._beside.unlink()
            raise
        self._keep_names()

    def _keep_names(self) -> None:
        """A name is as durable as its folder; Windows cannot be asked for that."""
        if sys.platform == "win32":
            return
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _write(file: IO[bytes], data: bytes | bytearray | memoryview) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]
    os.fsync(file.fileno())


def _locked(path: Path) -> IO[str]:
    """The open lock of a journal. The process that holds it stands in it, for whoever asks."""
    lock_path = path.with_name(path.name + ".lock")
    try:
        lock = lock_path.open("a+", encoding="ascii")
    except OSError as error:
        raise JournalFileError(
            f"{path} cannot be a glyphs' journal: {error.strerror}; name a file in a folder that "
            "can be written to"
        ) from None
    try:
        _lock(lock)
    except OSError:
        holder = _holder(lock)
        lock.close()
        raise JournalFileError(
            f"{path} is in use by another node{holder}: two nodes with one journal would run its "
            "glyphs twice; end that one, or give this node a journal of its own"
        ) from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def _lock(lock: IO[str]) -> None:
    """OSError if it is locked already. On Windows a byte behind the text, which stays readable."""
    if sys.platform == "win32":
        lock.seek(1 << 20)
        msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _holder(lock: IO[str]) -> str:
    lock.seek(0)
    text = lock.read(20).strip()
    return f", process {text}" if text.isdigit() else ""
