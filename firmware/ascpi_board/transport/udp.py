"""UDP: datagrams of 64 bytes in, datagrams of 64 bytes out, nothing allocated.

`readinto` with a buffer as long as every datagram returns exactly one. A datagram without a
byte closes an ESP32's socket for ever (each read then returns 0), so the socket is made anew.
"""

import socket

from ascpi_core.fixed import const
from ascpi_core.lines import error_line

from ..boot import seldom
from .base import Transport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ascpi_core.settings import BoardSettings

_OPEN_PAUSE_MS = const(5_000)


class Udp(Transport):
    """A socket; who brings the network up overrides `_mend` and calls `_open`."""

    def __init__(self, config: "BoardSettings", say: "Callable[[str], None]") -> None:
        super().__init__(say)
        self._config = config
        self._socket: "socket.socket | None" = None
        self._target: "Any" = None
        self._broadcast = ""

    @property
    def is_open(self) -> bool:
        """Whether datagrams can come and go."""
        return self._socket is not None

    def read(self, packet: bytearray) -> "int | None":
        """Bytes of the next datagram now in `packet`; 0 if it had none; None if none waits."""
        if self._socket is None:
            return None
        try:
            length = self._socket.readinto(packet)
        except OSError:
            # The network went away under it.
            self._reopen()
            return None
        if length == 0:
            self._reopen()
        return length

    def send(self, packet: bytearray) -> bool:
        """Send one datagram; False, and counted, if the stack takes none at the moment."""
        if self._socket is None:
            return False
        try:
            self._socket.sendto(packet, self._target)
        except OSError:
            # ENOMEM in a burst, EHOSTUNREACH while the network is away: the next one may go.
            self.send_failures += 1
            return False
        return True

    async def _open(self, broadcast: str) -> None:
        """Open the socket, sending to `broadcast` unless the configuration names another.

        Says it, and takes its time, if the port cannot be had.
        """
        try:
            self._bind(broadcast)
        except OSError as error:
            where = (self._config.bind or "port", self._config.port, error)
            print(error_line(seldom("NO_SOCKET") % where))
            await self.wait(_OPEN_PAUSE_MS)

    def _bind(self, broadcast: str) -> None:
        self._close()
        config = self._config
        self._broadcast = broadcast
        # One form for both: ESP32 gives (address, port), unix MicroPython packed bytes.
        self._target = socket.getaddrinfo(config.broadcast or broadcast, config.broadcast_port)[0][
            -1
        ]
        opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            if not config.bind or config.bind.endswith(".255"):
                # Several nodes of one machine may share a broadcast address, and each hears all.
                opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            opened.bind(socket.getaddrinfo(config.bind or "0.0.0.0", config.port)[0][-1])
        except OSError:
            opened.close()
            raise
        opened.setblocking(False)
        self._socket = opened

    def _close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _reopen(self) -> None:
        self.reopened += 1
        try:
            self._bind(self._broadcast)
        except OSError:
            self._close()  # `keep` opens it again

    def _shut(self) -> None:
        self._close()


class Wired(Udp):
    """The network is there already, and needs nothing: a virtual board's, or a cable's."""

    def __init__(self, config: "BoardSettings", say: "Callable[[str], None]") -> None:
        super().__init__(config, say)
        self.address = config.bind

    async def _mend(self) -> None:
        if not self.is_open:
            await self._open(self._config.broadcast)
