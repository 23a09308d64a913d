"""The access points' calls (ascpi_core.access_point), by ESP-NOW on the network's own channel."""

import espnow

from ascpi_core.access_point import AccessCall
from ascpi_core.fixed import const
from ascpi_core.ssep import PACKET_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ascpi_core.ssep import Tagger

_ALL_STATIONS = b"\xff\xff\xff\xff\xff\xff"
_RECEIVE_BYTES = const(1_024)
_MOST = const(12)
"""Messages looked at in one go: whatever else is on the air must not hold up the board."""


class Calls:
    """`open` once the interface is active; `heard` has the call that `listen` found last.

    Without ESP-NOW all goes on, only later: nothing here is an error of the network's.
    """

    def __init__(self, name: bytes, tagger: "Tagger | None") -> None:
        self.heard = AccessCall(name, tagger)
        # The stubs know neither its settings nor that it sends a bytearray.
        self._now: "Any" = espnow.ESPNow()
        self._packet = bytearray(PACKET_BYTES)
        self._received = [None, bytearray(espnow.MAX_DATA_LEN)]
        self._open = False

    def open(self, interface: int) -> None:
        """Hear, and call by this interface (network.STA_IF or AP_IF)."""
        self.close()
        try:
            self._now.config(rxbuf=_RECEIVE_BYTES)
            self._now.active(True)
            self._now.add_peer(_ALL_STATIONS, None, 0, interface)
            self._open = True
        except OSError:
            self.close()

    def close(self) -> None:
        """Before the interface goes down or another takes its place."""
        self._open = False
        if self._now.active():
            self._now.active(False)

    def call(self, node_id: int, stations: int, address: bytes) -> None:
        """Tell all on the channel which node is the access point, and how many stations it has."""
        if not self._open:
            return
        self.heard.encode(self._packet, node_id, stations, address)
        try:
            self._now.send(_ALL_STATIONS, self._packet, False)
        except OSError:
            pass  # the next one may go

    def listen(self) -> bool:
        """Whether another call has come in since the last look; it is in `heard`."""
        if not self._open:
            return False
        message = self._received[1]
        try:
            for _ in range(_MOST):
                length: int = self._now.recvinto(self._received, 0)
                if not length:
                    return False
                if message is not None and self.heard.decode(message, length):
                    return True
        except (OSError, ValueError):
            self._open = False
        return False
