"""What survives a reset: the boot epoch and the record of the last crash. Files on the flash.

A file is written beside its place, closed and then renamed over it, which is atomic. Writing
stalls both cores, so it is done at boot and on the way to a reset, never in between.
"""

import io
import os
import sys

EPOCH_PATH = "/ascpi_epoch"
CRASH_PATH = "/ascpi_crash"
CRASH_SEEN_PATH = "/ascpi_crash.last"

_EPOCH_LAST = (1 << 30) - 1


def write(path: str, text: str) -> None:
    """Replace a file in one step. OSError if the flash is full or broken."""
    beside = path + ".new"
    with open(beside, "w") as file:
        file.write(text)
    os.rename(beside, path)


def read(path: str) -> str:
    """A file's text; empty if there is none."""
    try:
        with open(path) as file:
            text: str = file.read()
            return text
    except OSError:
        return ""


def next_epoch() -> "tuple[int, str]":
    """(epoch of this boot, what went wrong): one more than the last, kept before it is used."""
    text = read(EPOCH_PATH).strip()
    trouble = ""
    if text and not text.isdigit():
        trouble = "%s holds no number; counting begins anew" % EPOCH_PATH
    epoch = min(int(text) + 1, _EPOCH_LAST) if text.isdigit() else 1
    try:
        write(EPOCH_PATH, str(epoch))
    except OSError as error:
        trouble = (
            "the boot epoch could not be kept (%s): others may take this board's packets after "
            "the next start for old ones; make room on the flash" % error
        )
    return epoch, trouble


def keep_crash(error: BaseException, when: str) -> None:
    """Write down an error that nobody expected, for the next boot to tell."""
    text = io.StringIO()
    sys.print_exception(error, text)
    try:
        write(CRASH_PATH, when + "\n" + text.getvalue())
    except OSError:
        pass  # a full flash must not hide the error itself, which is printed as well


def last_crash() -> str:
    """The crash that ended the last run, told once; empty if there was none."""
    text = read(CRASH_PATH)
    if text:
        try:
            os.rename(CRASH_PATH, CRASH_SEEN_PATH)
        except OSError:
            pass  # told again at the next boot, which does no harm
    return text
