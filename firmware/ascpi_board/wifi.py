"""Joining a network, or being one, and never giving up.

The ladder: wait for the association, up to 15 s; after a failure pause (1 s, doubled up to 30 s)
and ask again; after every third failure switch the radio off and on, for its state survives a
soft reset and can wedge. Power save is switched off, or broadcasts wait for the DTIM beacon.
"""

import asyncio

import network

from ascpi_core.board_settings import ACCESS_POINT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ascpi_core.board_settings import BoardSettings

_ASSOCIATION_DEADLINE_MS = 15_000
_LOOK_MS = 250
_PAUSE_FIRST_MS = 1_000
_PAUSE_LAST_MS = 30_000
_FAILURES_TO_RESET = 3

_REASONS = {
    "STAT_WRONG_PASSWORD": "the password is wrong",
    "STAT_NO_AP_FOUND": "no network of that name is heard",
    "STAT_HANDSHAKE_TIMEOUT": "the handshake failed: most often a wrong password",
    "STAT_ASSOC_FAIL": "the access point refused this board",
    "STAT_BEACON_TIMEOUT": "the access point has gone quiet",
}


class Wifi:
    """Keeps the network up. `address` and `broadcast` are empty while there is none."""

    def __init__(
        self, config: "BoardSettings", say: "Callable[[str], None]", alive: "Callable[[], None]"
    ) -> None:
        self.address = ""
        self.broadcast = ""
        self.failures = 0
        self._settings = config.wifi
        self._say = say
        self._alive = alive
        self._is_access_point = config.transport == ACCESS_POINT
        self._wlan = network.WLAN(network.AP_IF if self._is_access_point else network.STA_IF)

    def start_access_point(self) -> None:
        """Be the network that others join."""
        settings = self._settings
        wlan = self._wlan
        wlan.active(True)
        if settings["password"]:
            wlan.config(
                ssid=settings["ssid"],
                channel=settings["channel"],
                security=network.AUTH_WPA2_PSK,
                key=settings["password"],
            )
        else:
            wlan.config(ssid=settings["ssid"], channel=settings["channel"], security=0)
        self._take_address()
        self._say("access point %s is up at %s" % (settings["ssid"], self.address))

    async def join(self) -> None:
        """Associate, however often it takes; returns with an address."""
        pause_ms = _PAUSE_FIRST_MS
        self.address = self.broadcast = ""
        while not await self._associate():
            self.failures += 1
            self._say(
                "Wi-Fi %s: %s; trying again in %d s"
                % (self._settings["ssid"], self._reason(), pause_ms // 1000)
            )
            self._wlan.disconnect()
            if self.failures % _FAILURES_TO_RESET == 0:
                self._wlan.active(False)
            await self._wait(pause_ms)
            pause_ms = min(2 * pause_ms, _PAUSE_LAST_MS)
        self._take_address()
        self._say("Wi-Fi %s joined as %s" % (self._settings["ssid"], self.address))

    async def _associate(self) -> bool:
        wlan = self._wlan
        wlan.active(True)
        if not wlan.isconnected():
            try:
                wlan.connect(self._settings["ssid"], self._settings["password"] or None)
            except OSError:
                return False  # the radio is still busy with the last attempt
        for _ in range(_ASSOCIATION_DEADLINE_MS // _LOOK_MS):
            if wlan.isconnected():
                # Only once connected: connecting switches power save on.
                wlan.config(pm=network.WLAN.PM_NONE)
                return True
            await self._wait(_LOOK_MS)
        return False

    async def _wait(self, duration_ms: int) -> None:
        """Sleep, and go on showing signs of life."""
        while duration_ms > 0:
            self._alive()
            await asyncio.sleep_ms(min(duration_ms, _LOOK_MS))
            duration_ms -= _LOOK_MS

    def is_up(self) -> bool:
        """Whether the network is still there."""
        if self._is_access_point:
            return self.address != ""
        return bool(self._wlan.isconnected())

    def _take_address(self) -> None:
        """Our address, and the directed broadcast that goes with it: address | ~mask."""
        settings = self._wlan.ifconfig()
        self.address = settings[0]
        self.broadcast = directed_broadcast(settings[0], settings[1])

    def _reason(self) -> str:
        status = self._wlan.status()
        for name in _REASONS:
            if getattr(network, name, None) == status:
                return _REASONS[name]
        return "no association (status %r)" % status


def directed_broadcast(address: str, mask: str) -> str:
    """192.168.4.7 with 255.255.255.0 gives 192.168.4.255."""
    return ".".join(
        [
            str(int(part) | (255 - int(bits)))
            for part, bits in zip(address.split("."), mask.split("."))
        ]
    )
