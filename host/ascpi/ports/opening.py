"""Open a serial port, or any pyserial URL, and leave the board on it running.

Both control lines are set inactive *before* the port is opened: opening would assert them, and on
most boards a change of the two resets the chip. A port is locked for one program at a time.
"""

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path

import serial

from ascpi.errors import AscpiError

BAUD = 115200
READ_TIMEOUT_S = 0.2
WRITE_TIMEOUT_S = 5.0


class PortError(AscpiError):
    """A port cannot be opened or is lost: which, why, and what to do."""


class _Device(serial.Serial):
    """A port of this computer that others may have as soon as it is closed.

    A lock belongs to the open file, and a process that is just being started has a copy of that:
    unless its end is said the port stays taken until that process has become another program.
    """

    def close(self) -> None:
        if self.is_open and os.name == "posix":
            import fcntl  # not on Windows

            with suppress(OSError):
                fcntl.flock(self.fileno(), fcntl.LOCK_UN)
        super().close()


def open_port(url: str, baud: int = BAUD, read_timeout_s: float = READ_TIMEOUT_S) -> serial.Serial:
    """An open port on which nothing was reset. PortError says why there is none.

    A read returns after `read_timeout_s` at the latest, with what has come by then.
    """
    try:
        port = serial.serial_for_url(url, do_not_open=True) if is_url(url) else _Device()
        port.port = url
        port.baudrate = baud
        port.timeout = read_timeout_s
        # pyserial refuses one for this protocol.
        port.write_timeout = None if url.startswith("rfc2217://") else WRITE_TIMEOUT_S
        port.exclusive = True
        port.dtr = False
        port.rts = False
        port.open()
    except (serial.SerialException, OSError, ValueError) as error:
        raise PortError(f"{url}: {why(url, error)}") from None
    return port


def is_url(url: str) -> bool:
    """Whether it goes by a protocol of pyserial's, not by a device of this computer."""
    return "://" in url


def why(url: str, error: Exception) -> str:
    """What an error of a port means, and what to do about it."""
    if is_url(url):
        return f"no connection ({error}); is the other side running, and the address right?"
    number = _number(error)
    if number == errno.ENOENT or (not Path(url).exists() and os.name == "posix"):
        return "there is no such port; is the board plugged in, with a cable that carries data?"
    if number in (errno.EACCES, errno.EPERM):
        return _permission(url)
    if number in (errno.EBUSY, errno.EWOULDBLOCK) or "exclusively lock" in str(error):
        return f"another program has the port open{_holder(url)}; end that program, then try again"
    if number in (errno.EIO, errno.ENXIO, errno.ENODEV):
        return "the board is gone; plug it in again"
    if number in (errno.ENOTTY, errno.EINVAL):
        return "this is no serial port"
    return f"it cannot be used ({error})"


def _number(error: Exception) -> int | None:
    """The system's number of an error that pyserial may have wrapped (termios has no OSError)."""
    for cause in (error, error.__context__):
        if cause is not None and cause.args and isinstance(cause.args[0], int):
            return cause.args[0]
    return getattr(error, "errno", None)


def _permission(url: str) -> str:
    try:
        status = Path(url).stat()
    except OSError:
        return "you may not open it"
    if not stat.S_IMODE(status.st_mode) & stat.S_IRGRP:
        return "you may not open it, nor may any group; ask whoever owns this computer"
    import grp  # not on Windows, where this is never asked

    try:
        group = grp.getgrgid(status.st_gid).gr_name
    except KeyError:
        group = str(status.st_gid)
    return (
        f"you may not open it, the group {group} may: "
        f"`sudo usermod -aG {group} $USER`, then log in again"
    )


def _holder(url: str) -> str:
    """ ", by NAME (PID)" of a program of this user that holds the port, where /proc tells."""
    target = os.path.realpath(url)
    for folder in Path("/proc").glob("[0-9]*"):
        if int(folder.name) == os.getpid():
            continue
        try:
            if any(os.path.realpath(entry) == target for entry in (folder / "fd").iterdir()):
                return f" ({(folder / 'comm').read_text().strip()}, process {folder.name})"
        except OSError:
            continue  # another user's, or gone by now
    return ""
