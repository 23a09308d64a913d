"""`espnow`: packets from board to board by ESP-NOW, with no access point and no addresses.

`recvinto` wants a buffer of the longest message there can be and cuts it, in place, to the length
of the one that came; copying 64 bytes of it with `pack_into` allocates nothing, nor does the
rest. What the port allocates for itself: 40 bytes or so for each sender, once.

`send` without waiting for an answer returns at once, but while the driver's buffers are full the
port tries again for up to two seconds before it raises ESP_ERR_ESPNOW_NO_MEM. A radio that takes
nothing for so long is wedged: it is started anew rather than asked again.
"""

import struct

import espnow
import network

from ascpi_core.fixed import const
from ascpi_core.ssep import PACKET_BYTES

from ..boot import seldom
from .base import Transport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ascpi_core.settings import BoardSettings

_EVERYBODY = b"\xff\xff\xff\xff\xff\xff"
_AIR_RECEIVE_BYTES = const(2_048)
"""26 packets of 64 bytes with the port's 13 bytes for each: more than come between two looks."""
_AIR_PAUSE_FIRST_MS = const(500)
_AIR_PAUSE_LAST_MS = const(30_000)
_WHOLE = "%ds" % PACKET_BYTES


class EspNow(Transport):
    """Broadcasts on one channel."""

    def __init__(self, config: "BoardSettings", say: "Callable[[str], None]") -> None:
        super().__init__(say)
        self._channel: int = config.wifi["channel"]
        # The stubs know neither their settings nor what some methods return.
        self._wlan: "Any" = network.WLAN(network.STA_IF)
        self._now: "Any" = espnow.ESPNow()
        self._message = bytearray(espnow.MAX_DATA_LEN)
        self._received = [None, self._message]
        self._open = False
        self._said = False
        self._pause_ms = _AIR_PAUSE_FIRST_MS
        self._trouble: "OSError | ValueError | None" = None

    @property
    def is_open(self) -> bool:
        """Whether packets can come and go."""
        return self._open

    def read(self, packet: bytearray) -> "int | None":
        """Length of the next message, its first 64 bytes now in `packet`; None if none waits."""
        if not self._open:
            return None
        try:
            length: int = self._now.recvinto(self._received, 0)
        except (OSError, ValueError) as error:
            # Not active any more, or the port has lost step in its buffer.
            self.reopened += 1
            self._fail(error)
            return None
        if not length:
            return None
        struct.pack_into(_WHOLE, packet, 0, self._message)
        return length

    def send(self, packet: bytearray) -> bool:
        """Broadcast one packet; False, and counted, if the radio does not take it."""
        if not self._open:
            return False
        try:
            self._now.send(_EVERYBODY, packet, False)
        except OSError as error:
            self.send_failures += 1
            self._fail(error)
            return False
        self._pause_ms = _AIR_PAUSE_FIRST_MS
        return True

    def _fail(self, error: "OSError | ValueError") -> None:
        self._open = False
        self._trouble = error

    async def _mend(self) -> None:
        if self._open:
            return
        if self._trouble is not None:
            self._say(
                "ESP-NOW failed (%s); starting it anew in %d ms" % (self._trouble, self._pause_ms)
            )
            self._trouble = None
            await self.wait(self._pause_ms)
            self._pause_ms = min(2 * self._pause_ms, _AIR_PAUSE_LAST_MS)
            if not self.radio:
                return
        try:
            self._start()
        except OSError as error:
            self.failures += 1
            self._fail(error)

    def _start(self) -> None:
        own: "Any" = network.WLAN(network.AP_IF)
        if own.active():
            own.active(False)  # an earlier program's: it would hold the channel
        wlan = self._wlan
        if self._now.active():
            self._now.active(False)
        wlan.active(True)
        wlan.disconnect()  # likewise
        wlan.config(channel=self._channel)
        # A radio that sleeps hears one packet in many.
        wlan.config(pm=network.WLAN.PM_NONE)
        self._now.config(rxbuf=_AIR_RECEIVE_BYTES)
        self._now.active(True)
        self._now.add_peer(_EVERYBODY)
        self._open = True
        self.address = "ESP-NOW channel %d" % self._channel
        if not self._said:
            self._said = True
            self._say("ESP-NOW is up on channel %d" % self._channel)

    def refresh(self) -> None:
        self._shut()

    def _shut(self) -> None:
        self._open = False
        self.address = ""
        if self._now.active():
            self._now.active(False)
        self._wlan.active(False)

    def words(self) -> str:
        """As for every transport, and what the port's own buffer had no room for."""
        words = super().words()
        if self._now.active():
            dropped = self._now.stats()[4]
            if dropped:
                words += " dropped=%d" % dropped
        return words

    def advice(self, cluster: int) -> str:
        """What to look at when no other node is heard."""
        advice: str = seldom("ADVICE_ESPNOW") % (self.address, cluster)
        return advice
