"""A lock between processes on one file, which also holds a word from its holder to the next.

The kernel releases it when the last process that holds the descriptor is gone, however that
ended: there are no stale locks to clean up.
"""

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

POLL_S = 0.1

# Windows locks bytes, and a locked byte cannot be read: lock one far behind the text.
WINDOWS_LOCK_OFFSET = 1 << 20


class LockError(Exception):
    """Somebody else holds the lock past the deadline."""


class Lock:
    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def text(self) -> str:
        os.lseek(self.descriptor, 0, os.SEEK_SET)
        return os.read(self.descriptor, 4096).decode("utf-8", "replace")

    def write(self, text: str) -> None:
        os.ftruncate(self.descriptor, 0)
        os.lseek(self.descriptor, 0, os.SEEK_SET)
        os.write(self.descriptor, text.encode())


def _try(descriptor: int) -> bool:
    try:
        if os.name == "nt":
            import msvcrt

            os.lseek(descriptor, WINDOWS_LOCK_OFFSET, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@contextlib.contextmanager
def locked(path: Path, deadline_s: float, waiting: Callable[[float], None]) -> Iterator[Lock]:
    """Hold the lock on `path`. While another does, `waiting(elapsed seconds)` is called."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    began = time.monotonic()
    try:
        while not _try(descriptor):
            elapsed = time.monotonic() - began
            if elapsed >= deadline_s:
                raise LockError(
                    f"another process has held {path} for {elapsed:.0f} s; "
                    "see what it does, end it, and try again"
                )
            waiting(elapsed)
            time.sleep(POLL_S)
        yield Lock(descriptor)
    finally:
        os.close(descriptor)
