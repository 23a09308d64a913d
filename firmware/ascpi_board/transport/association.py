"""Joining a network: one attempt at a time, and why it failed, in words.

The driver could repeat attempts by itself, for ever; but then it never says why it fails, and
searches while others want the radio. So it is told not to (`reconnects=0`), and who wants the
network asks again. Searching is left to `connect`, too: it goes on beside the program, while
`scan` stands still for two seconds, and with it light and pulse.
"""

import time

import network

from ascpi_core.access_point import ROUND_MS
from ascpi_core.fixed import const

from ..boot import seldom
from .base import WAIT_MS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .base import Transport

REFUSAL_MS = const(8_000)
"""A refusal like the one before is known after this: a handshake that fails takes 4 to 5 s."""
DEADLINE_MS = const(15_000)
"""An attempt that does not say how it goes is given up after this."""

CONNECTED = const(0)
GOING = const(1)
ABSENT = const(2)
REFUSED = const(3)
BROKEN = const(4)

_ABSENT_REASONS = (201,)
# A network of that name is there, and does not want this board or is not what it is told to be.
_REFUSED_REASONS = (5, 15, 202, 203, 204, 210, 211)
_KNOWN_REASONS = (2, 4, 5, 8, 15, 200, 201, 202, 203, 204, 205, 210, 211)
"""By the ESP32's reason codes; MicroPython hands them on as status."""


class Association:
    """A board as a station of one network."""

    def __init__(self, settings: "dict[str, Any]") -> None:
        self._ssid: str = settings["ssid"]
        self._password: str = settings["password"]
        # The stubs say of some of its methods that they return nothing.
        self._wlan: "Any" = network.WLAN(network.STA_IF)
        self._began = 0
        self._before = 0

    @property
    def is_up(self) -> bool:
        """Whether the board is on the network, with an address."""
        return bool(self._wlan.isconnected())

    async def attempt(self, transport: "Transport") -> int:
        """One attempt: CONNECTED, or why not: ABSENT, REFUSED, BROKEN (anything else).

        GOING if the transport's radio was switched off meanwhile.
        """
        self._begin()
        result = self._progress()
        while result == GOING and transport.radio:
            await transport.wait(WAIT_MS)
            result = self._progress()
        return result

    def _begin(self) -> None:
        wlan = self._wlan
        wlan.active(True)
        self._began = time.ticks_ms()
        if wlan.isconnected():
            # By an earlier program: the radio survives a soft reset.
            if wlan.config("ssid") == self._ssid:
                return
            wlan.disconnect()
        self._before = wlan.status()
        try:
            wlan.config(reconnects=0)
            wlan.connect(self._ssid, self._password or None)
        except OSError:
            self._before = 0  # the radio is still busy with the last attempt: let it finish

    def _progress(self) -> int:
        wlan = self._wlan
        if wlan.isconnected():
            # Only once connected: connecting switches power save on.
            wlan.config(pm=network.WLAN.PM_NONE)
            return CONNECTED
        taken_ms = time.ticks_diff(time.ticks_ms(), self._began)
        status = wlan.status()
        if status == self._before and not self._is_over(status, taken_ms):
            return GOING
        if status in _ABSENT_REASONS:
            return ABSENT
        if status in _REFUSED_REASONS:
            return REFUSED
        if status in _KNOWN_REASONS:
            return BROKEN
        return GOING if taken_ms < DEADLINE_MS else BROKEN

    def _is_over(self, status: int, taken_ms: int) -> bool:
        """The reason of the attempt before stays until this one has another, or an address."""
        if self._is_associated():
            return taken_ms >= DEADLINE_MS
        return taken_ms >= (ROUND_MS if status in _ABSENT_REASONS else REFUSAL_MS)

    def _is_associated(self) -> bool:
        """Whether the network is found, though there may be no address yet."""
        try:
            self._wlan.status("rssi")
        except OSError:
            return False
        return True

    def reason(self) -> str:
        """Why the last attempt failed, or the connection broke."""
        status = self._wlan.status()
        reason: str = seldom("WIFI_REASONS").get(status, "no association (status %r)" % status)
        return reason

    def end(self, off: bool = False) -> None:
        """Leave, or give up trying; `off`: the station's radio, too."""
        wlan = self._wlan
        try:
            if wlan.active():
                wlan.disconnect()
        except OSError:
            pass  # there was nothing to leave
        if off:
            wlan.active(False)

    def heard(self) -> str:
        """Names of the networks around, the strongest first. Stands still for about 2 s."""
        found: "list[tuple[int, str]]" = []
        try:
            for entry in self._wlan.scan():
                name = bytes(entry[0]).decode()
                if name and name not in [other for _, other in found]:
                    found.append((-entry[3], name))
        except (OSError, UnicodeError):
            pass  # what was found until then has to do
        return ", ".join([name for _, name in sorted(found)[:6]])

    def place(self) -> "tuple[str, str]":
        """Our address, and the directed broadcast that goes with it: address | ~mask."""
        return place_of(self._wlan)


def place_of(wlan: "Any") -> "tuple[str, str]":
    """An interface's address and its directed broadcast."""
    settings = wlan.ifconfig()
    return settings[0], directed_broadcast(settings[0], settings[1])


def directed_broadcast(address: str, mask: str) -> str:
    """192.168.4.7 with 255.255.255.0 gives 192.168.4.255."""
    return ".".join(
        [
            str(int(part) | (255 - int(bits)))
            for part, bits in zip(address.split("."), mask.split("."))
        ]
    )
