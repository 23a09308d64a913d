"""What a board did to its flash, and in which order: the lines that its shims write, read back.

    boot CAUSE                    it starts; the cause is machine.reset_cause()'s
    open PATH MODE                a file is opened for writing; made, or emptied, if MODE says so
    write PATH OFFSET DATA        bytes, in hexadecimal digits, from this place on
    close PATH
    rename OLD NEW
    remove PATH
    mkdir PATH
    rmdir PATH

So the flash as it was between any two of them can be made again, and as it was in the midst of a
write: what is written is there at once. An ESP32's LittleFS is kinder, as a file that was not
closed is there as it was before it was opened.
"""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

OPEN = "open"
WRITE = "write"
BOOT = "boot"
CLOSE = "close"


@dataclass(frozen=True)
class Change:
    """`path`: on the board, "/main.py"; `to`: of a rename; `data` from `offset` on: of a write."""

    what: str
    path: str
    to: str = ""
    offset: int = 0
    data: bytes = b""


def read_flash_trace(path: Path) -> list[Change]:
    """All whole lines of the file, in their order."""
    changes = []
    for line in path.read_bytes().decode("utf-8").splitlines(keepends=True):
        if not line.endswith("\n"):
            break
        words = line.split()
        if words[0] == WRITE:
            data = bytes.fromhex(words[3]) if len(words) > 3 else b""
            changes.append(Change(WRITE, words[1], offset=int(words[2]), data=data))
        else:
            changes.append(Change(words[0], words[1], words[2] if len(words) > 2 else ""))
    return changes


def make_again(flash: Path, changes: Iterable[Change]) -> None:
    """Do to a folder what a board did to its flash. OSError where that cannot be."""
    for change in changes:
        _make(flash, change)


def _make(flash: Path, change: Change) -> None:
    place = flash / change.path.lstrip("/")
    if change.what == OPEN:
        place.open(change.to.replace("t", "").replace("b", "") + "b").close()
    elif change.what == WRITE:
        with place.open("r+b") as file:
            file.seek(change.offset)
            file.write(change.data)
    elif change.what == "rename":
        place.replace(flash / change.to.lstrip("/"))
    elif change.what == "remove":
        place.unlink()
    elif change.what == "mkdir":
        place.mkdir()
    elif change.what == "rmdir":
        place.rmdir()
    elif change.what not in (BOOT, CLOSE):
        raise ValueError(f"{change.what} is no change of a flash")


def copy(flash: Path, to: Path) -> None:
    """A folder as it is, in the place of what is there."""
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(flash, to)
