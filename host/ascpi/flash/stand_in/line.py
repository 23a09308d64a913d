"""The port of a stand-in: a PTY that tells of each opening and closing, however short.

A reset of a real board is a matter of control lines, which a PTY has not. Closing the port stands
for it. A PTY's master sees a hang-up only as long as nobody opens the port again, which a flasher
does at once: so the kernel's file notifications are read instead (inotify), none of which is lost.
"""

import ctypes
import os
import select
import struct
import sys
from pathlib import Path

from ascpi.errors import BoardOptionError
from ascpi.virtual.serial_line import SerialPort, read_some

_CLOSED = 0x08 | 0x10
_OPENED = 0x20
_EVENT = struct.Struct("iIII")
_EVENTS_BYTES = 4096
_LIBRARY = ctypes.CDLL(None, use_errno=True)


class Line:
    """`link`: a name for the port that stays while the board is unplugged and plugged in again."""

    def __init__(self, link: Path) -> None:
        if sys.platform != "linux":
            raise BoardOptionError(
                "a stand-in for a board needs Linux: its port tells of closings"
            )
        self._port = SerialPort(link)
        self._notices: int = _LIBRARY.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        path = os.fsencode(self._port.path)
        if (
            self._notices < 0
            or _LIBRARY.inotify_add_watch(self._notices, path, _CLOSED | _OPENED) < 0
        ):
            raise BoardOptionError(f"{self._port.path} cannot be watched: no inotify left")
        self._closed = False

    def wait(self, others: list[int], timeout_s: float | None) -> list[int]:
        """Until bytes come in, the port is opened or closed, or one of `others` can be read.

        The descriptors among `others` that can be read.
        """
        waits = [self._notices, *others]
        if self._port.is_open():
            waits.append(self._port.fd)
        room = [self._port.fd] if self._port.waiting else []
        ready, writable, _ = select.select(waits, room, [], timeout_s)
        if writable:
            self._port.flush()
        if self._notices in ready:
            self._heed()
        return [fd for fd in ready if fd in others]

    def read(self) -> bytes:
        """What has come in; empty for nothing."""
        return read_some(self._port.fd) or b""

    def write(self, data: bytes) -> None:
        """Gone if nobody has the port open, as on a UART."""
        self._port.write(data)

    def take_closed(self) -> bool:
        """Whether the port was closed since the last time this was asked."""
        closed, self._closed = self._closed, False
        return closed

    def unplug(self) -> None:
        """The port is gone, also for who has it open."""
        self._port.close()
        os.close(self._notices)

    def _heed(self) -> None:
        events = os.read(self._notices, _EVENTS_BYTES)
        at = 0
        while at < len(events):
            _, mask, _, name_bytes = _EVENT.unpack_from(events, at)
            at += _EVENT.size + name_bytes
            if mask & _CLOSED:
                self._closed = True
