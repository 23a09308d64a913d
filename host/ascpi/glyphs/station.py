"""As whom this computer talks to a field: an observer's id, its own, and its epochs.

Receivers remember of each id the epoch and the numbers of its packets, so that nothing recorded
can be played to them again. An id is therefore kept: it is drawn once, from a range that nobody
numbers boards in. Two commands at a time need two ids, or the later one would silence the earlier;
they are neighbours, and a lock says which are taken.
"""

import random
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ascpi.desktop.epoch import default_path, next_epoch
from ascpi.errors import NodeFailed
from ascpi_core.ssep import WORD_MAXIMUM

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

IDS_FIRST = 1 << 29
"""Ids of observers are drawn from here up."""
AT_ONCE = 16
"""So many commands may run on one computer at the same time."""


@dataclass
class Station:
    """`node_id` and `epoch` are this command's alone as long as it is open."""

    node_id: int
    epoch: int
    _lock: IO[str] | None = None

    def __enter__(self) -> "Station":
        return self

    def __exit__(self, *_: object) -> None:
        if self._lock is not None:
            self._lock.close()


def open_station(node_id: int | None, state: Path | None) -> Station:
    """The station with this id, or with one of this computer's own.

    `state`: the file that counts the starts, instead of one in the user's state folder. NodeFailed
    if it cannot be kept, or if too many commands run at once.
    """
    if node_id is not None:
        if not 1 <= node_id <= WORD_MAXIMUM:
            raise NodeFailed(f"--id {node_id} is not allowed: give 1 to {WORD_MAXIMUM}")
        path = state or default_path(node_id).with_name(f"observer-{node_id}.epoch")
        return Station(node_id, next_epoch(path))
    path = state or default_path(0).with_name("observer.epoch")
    first = _first_id(path.with_name(path.stem + ".id"))
    for number in range(AT_ONCE):
        mine = path if number == 0 else path.with_name(f"{path.stem}-{number}{path.suffix}")
        lock = _locked(mine.with_name(mine.name + ".lock"))
        if lock is not None:
            try:
                return Station(first + number, next_epoch(mine), lock)
            except NodeFailed:
                lock.close()
                raise
    raise NodeFailed(
        f"{AT_ONCE} commands that observe a field are running already; end some, or give this "
        "one an --id of its own"
    )


def _first_id(path: Path) -> int:
    """The first of this computer's ids, drawn when it is needed for the first time."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            drawn = random.SystemRandom().randrange(IDS_FIRST, WORD_MAXIMUM - AT_ONCE, AT_ONCE)
            path.write_text(f"{drawn}\n")
        first = int(path.read_text())
    except ValueError:
        first = 0
    except OSError as error:
        raise NodeFailed(
            f"this computer's id cannot be kept in {path} ({error.strerror}); name a file that "
            "can be written with --state"
        ) from None
    if not IDS_FIRST <= first <= WORD_MAXIMUM - AT_ONCE:
        raise NodeFailed(f"{path} holds no id of an observer; delete it, and one is drawn anew")
    return first


def _locked(path: Path) -> IO[str] | None:
    """The open lock; None if somebody else has it. The system lets go of it with the process."""
    try:
        lock = path.open("a", encoding="ascii")
    except OSError as error:
        raise NodeFailed(
            f"{path} cannot be written ({error.strerror}); name a file that can be with --state"
        ) from None
    try:
        if sys.platform == "win32":
            lock.seek(0)
            msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        return None
    return lock
