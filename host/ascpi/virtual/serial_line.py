"""A board's serial port, as a PTY, and the console of its process, another one.

Both are raw: bytes pass as they are. The port belongs to the users, who open and close it as they
like; the console is new for every process. What nobody takes in time is dropped, the oldest
first, and counted: a board never waits for its serial port.
"""

import errno
import os
import pty
import select
import sys
import tty
from pathlib import Path

from ascpi.errors import BoardOptionError

READ_BYTES = 4096
PENDING_BYTES_MAX = 65536


class Pending:
    """Bytes on their way into a PTY that may be full."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._bytes = bytearray()
        self.dropped_bytes = 0

    def __bool__(self) -> bool:
        return bool(self._bytes)

    def put(self, data: bytes) -> None:
        self._bytes += data
        self.flush()
        excess = len(self._bytes) - PENDING_BYTES_MAX
        if excess > 0:
            del self._bytes[:excess]
            self.dropped_bytes += excess

    def flush(self) -> None:
        while self._bytes:
            try:
                written = os.write(self._fd, self._bytes)
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno != errno.EIO:
                    raise
                self.clear()  # nobody is there
                return
            del self._bytes[:written]

    def clear(self) -> None:
        self.dropped_bytes += len(self._bytes)
        self._bytes.clear()


def open_raw_pty() -> tuple[int, int]:
    """(master, slave), both without echo and translation; the master does not block."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    os.set_blocking(master, False)
    return master, slave


def read_some(fd: int) -> bytes | None:
    """What is there to read, b"" for nothing now, None when the other end is closed."""
    try:
        return os.read(fd, READ_BYTES) or None
    except BlockingIOError:
        return b""
    except OSError as error:
        if error.errno != errno.EIO:
            raise
        return None


class SerialPort:
    """The users' end is `path`. As on a UART, what is sent while nobody has it open is gone."""

    def __init__(self, link: Path | None) -> None:
        self.fd, self._slave = open_raw_pty()
        self.path = os.ttyname(self._slave)
        self._poll = select.poll()
        self._poll.register(self.fd, select.POLLIN)
        self._pending = Pending(self.fd)
        self.unheard_bytes = 0
        self._link = link
        # Linux tells us whether a user has the port open, if we have not. Elsewhere it stays open.
        if sys.platform == "linux":
            os.close(self._slave)
            self._slave = -1
        if link is not None:
            try:
                _make_link(link, self.path)
            except BoardOptionError:
                self._link = None
                self.close()
                raise

    @property
    def dropped_bytes(self) -> int:
        return self._pending.dropped_bytes

    @property
    def waiting(self) -> bool:
        return bool(self._pending)

    def is_open(self) -> bool:
        return not any(events & select.POLLHUP for _, events in self._poll.poll(0))

    def write(self, data: bytes) -> None:
        if self.is_open():
            self._pending.put(data)
        else:
            self.unheard_bytes += len(data)

    def flush(self) -> None:
        self._pending.flush()

    def close(self) -> None:
        if self._link is not None and self._link.is_symlink():
            self._link.unlink()
        for fd in (self.fd, self._slave):
            if fd >= 0:
                os.close(fd)


def _make_link(link: Path, target: str) -> None:
    try:
        if link.is_symlink():
            link.unlink()
        link.symlink_to(target)
    except OSError as error:
        raise BoardOptionError(
            f"the serial link {link} cannot be made ({error.strerror}): "
            "name a path that is free, in a folder that can be written"
        ) from None


class Console:
    """The supervisor's end of a board process's standard input and output."""

    def __init__(self) -> None:
        self.fd, self.slave = open_raw_pty()
        self._pending = Pending(self.fd)

    @property
    def waiting(self) -> bool:
        return bool(self._pending)

    def write(self, data: bytes) -> None:
        self._pending.put(data)

    def flush(self) -> None:
        self._pending.flush()

    def release_slave(self) -> None:
        os.close(self.slave)
        self.slave = -1

    def close(self) -> None:
        if self.slave >= 0:
            self.release_slave()
        os.close(self.fd)


class ReplMode:
    """What the REPL says of itself: which one was entered last, and whether it waits for keys."""

    RAW = b"raw REPL; CTRL-B to exit\r\n"
    FRIENDLY = b'\r\nType "help()" for more information.\r\n'
    # The last: raw paste asks for more.
    PROMPTS = (b"\n>", b"\x04>", b">>> ", b"... ", b"=== ", b"\x01")

    def __init__(self) -> None:
        self.raw = False
        self._tail = b""

    def feed(self, data: bytes) -> None:
        seen = self._tail + data
        raw, friendly = seen.rfind(self.RAW), seen.rfind(self.FRIENDLY)
        if raw != friendly:
            self.raw = raw > friendly
        self._tail = seen[-len(self.FRIENDLY) :]

    @property
    def prompting(self) -> bool:
        """Does it seem to wait for keys? A program may print the same."""
        return self._tail.endswith(self.PROMPTS)
