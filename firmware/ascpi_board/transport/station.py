"""`station`: join a network, and never give up.

The ladder: an attempt; after a failure pause (1 s, doubled up to 30 s) and try again; after every
third failure switch the radio off and on, for its state survives a soft reset and can wedge. Power
save is switched off, or broadcasts wait for the DTIM beacon.
"""

import network

from ascpi_core.fixed import const

from ..boot import seldom
from .association import ABSENT, CONNECTED, Association
from .udp import Udp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ascpi_core.settings import BoardSettings

_PAUSE_FIRST_MS = const(1_000)
_PAUSE_LAST_MS = const(30_000)
_FAILURES_TO_RESET = const(3)


class Station(Udp):
    """On a network that somebody else keeps."""

    def __init__(self, config: "BoardSettings", say: "Callable[[str], None]") -> None:
        super().__init__(config, say)
        self._ssid: str = config.wifi["ssid"]
        self._association = Association(config.wifi)
        self._broadcast_there = ""
        self._looked_around = False
        own: "Any" = network.WLAN(network.AP_IF)
        if own.active():
            own.active(False)  # an earlier program's

    async def _mend(self) -> None:
        if not self._association.is_up:
            self._close()
            await self._join()
        elif not self.address:
            self._take_place()
        if self.radio and self._association.is_up and not self.is_open:
            await self._open(self._broadcast_there)

    def refresh(self) -> None:
        self._shut()

    def _shut(self) -> None:
        self._close()
        self._association.end(off=True)
        self.address = ""

    async def _join(self) -> None:
        """Be associated, however often it takes; returns with an address."""
        pause_ms = _PAUSE_FIRST_MS
        self.address = ""
        while self.radio:
            result = await self._association.attempt(self)
            if result == CONNECTED:
                self._take_place()
                return
            if not self.radio:
                return
            self.failures += 1
            self._say(
                seldom("WIFI_FAILED") % (self._ssid, self._association.reason(), pause_ms // 1000)
            )
            self._association.end()
            if result == ABSENT and not self._looked_around:
                self._look_around()
            if self.failures % _FAILURES_TO_RESET == 0:
                self._association.end(off=True)
            await self.wait(pause_ms)
            pause_ms = min(2 * pause_ms, _PAUSE_LAST_MS)

    def _look_around(self) -> None:
        """Once, for a name that was misspelt or is on 5 GHz: what there is."""
        self._looked_around = True
        others = self._association.heard()
        self._say(seldom("WIFI_HEARD") % (self._ssid, others or "none at all"))

    def _take_place(self) -> None:
        self.address, self._broadcast_there = self._association.place()
        self._say("Wi-Fi %s joined as %s" % (self._ssid, self.address))
