"""`ap`: boards without a router. One of them is the access point; when it goes, another is.

    seeking ──found──▸ station ──lost──▸ seeking
       └──nobody there, own turn──▸ leading ──alone, or another has more stations──▸ seeking

Whose turn it is and who gives way stand in `ascpi_core.access_point`. Nothing here scans: a scan
stands still for two seconds, and the light with it. A board seeks by trying to join, which goes
on beside the program, and access points hear of each other by calls on their own channel.
"""

import os

import network

from ascpi_core.access_point import (
    SLOT_MS,
    RecentRank,
    alone_ms,
    first_turn_ms,
    may_lead,
    pause_ms,
    rank,
    turn_ms,
    yields,
)
from ascpi_core.fixed import const

from ..health import UpTime
from .association import CONNECTED, REFUSED, Association, place_of
from .base import LOOK_MS
from .calls import Calls
from .udp import Udp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ascpi_core.settings import BoardSettings
    from ascpi_core.ssep import Tagger

SEEKING = const(0)
STATION = const(1)
LEADING = const(2)
ROLES = ("seeking", "station", "access_point")

_CALL_LOOKS = const(4)
"""An access point calls at every fourth look: every two seconds."""
_CLIENTS = (15, 10, 4)
"""What an ESP32, S2 or S3, a C3 or C6, and a C2 take; more than it takes is refused."""
_DISTRUST_LOOKS = const(600)
"""So long, five minutes, is an access point not believed that was given way to in vain."""
_TOLD_EVERY = const(10)
"""A refusal is told at the first and at every tenth attempt."""
_LOOKED_FOR_IN_VAIN_MS = 2 * SLOT_MS


class AccessPoint(Udp):
    """On the network that one of the boards is, or being it."""

    def __init__(
        self,
        config: "BoardSettings",
        say: "Callable[[str], None]",
        tagger: "Tagger | None",
    ) -> None:
        super().__init__(config, say)
        self.role = SEEKING
        self.stations = 0
        self._node_id = config.node.node_id
        self._ssid: str = config.wifi["ssid"]
        self._standing = RecentRank()
        self._association = Association(config.wifi)
        self._own: "Any" = network.WLAN(network.AP_IF)
        self._calls = Calls(self._ssid.encode(), tagger)
        self._leader_id = 0
        self._turn_ms = first_turn_ms(_chance())
        self._looks = 0
        self._alone_looks = 0
        self._alone_most = 0
        self._quiet = False
        self._followed = b""
        self._distrusted = b""
        self._distrust_looks = 0

    async def _mend(self) -> None:
        if self.role == LEADING:
            await self._look_as_access_point()
        elif self.role == STATION:
            await self._look_as_station()
        else:
            await self._seek()

    def _shut(self) -> None:
        self._leave()
        self._association.end(off=True)
        self._turn_ms = first_turn_ms(_chance())

    def _leave(self) -> None:
        """Be neither: no socket, no calls, no network of our own."""
        self.role = SEEKING
        self.stations = 0
        self.address = ""
        self._close()
        self._calls.close()
        if self._own.active():
            self._own.active(False)

    # Seeking

    async def _seek(self) -> None:
        """Round after round, until the board is on the network or is the network."""
        self._leave()
        since_loss = UpTime()
        while self.radio:
            round_ms = since_loss.update()
            result = await self._association.attempt(self)
            if not self.radio:
                return
            if result == CONNECTED:
                await self._be_station()
                return
            if result == REFUSED:
                self._tell_refusal()
                # Never a second network of this name beside one with another password, unless
                # this board was the network already, and only looked whether there is another.
                leads = self._quiet or self._followed != b""
            else:
                leads = may_lead(round_ms, self._turn_ms)
            self._association.end()
            if leads:
                await self._lead()
                return
            await self.wait(pause_ms(since_loss.update(), self._turn_ms))

    def _tell_refusal(self) -> None:
        if self.failures % _TOLD_EVERY == 0:
            self._say(
                "Wi-Fi %s: %s; trying again. If this network is another group's, give yours "
                "another name (wifi.ssid)" % (self._ssid, self._association.reason())
            )
        self.failures += 1

    # On the network of another board

    async def _be_station(self) -> None:
        self.role = STATION
        self._quiet = False
        self._followed = b""
        self._leader_id = 0
        self.address, broadcast = self._association.place()
        self._say("Wi-Fi %s joined as %s" % (self._ssid, self.address))
        self._calls.open(network.STA_IF)
        await self._open(broadcast)

    async def _look_as_station(self) -> None:
        if self._association.is_up:
            while self._calls.listen():
                self._follow(self._calls.heard.node_id)
            self._standing.note(self._rank())
            if not self.is_open:
                await self._open(self._association.place()[1])
            return
        position = self._standing.rank
        self._turn_ms = turn_ms(position)
        self._say(
            "Wi-Fi %s lost: %s. Whoever finds nobody becomes the access point; this board is "
            "number %d in line" % (self._ssid, self._association.reason(), position + 1)
        )
        self._association.end()
        self._leave()

    def _follow(self, leader_id: int) -> None:
        if leader_id != self._leader_id:
            self._leader_id = leader_id
            self._standing.forget()

    def _rank(self) -> int:
        membership = self._membership
        if membership is None:
            return 0
        return rank(self._node_id, self._leader_id, membership.present)

    # Being the network

    async def _lead(self) -> None:
        try:
            self._association.end(off=True)
            clients = self._set_up()
        except OSError as error:
            self.failures += 1
            self._say("access point %s does not come up (%s)" % (self._ssid, error))
            self._own.active(False)
            return
        if self._followed:
            self._distrusted = self._followed
            self._distrust_looks = _DISTRUST_LOOKS
            self._followed = b""
        self.role = LEADING
        self._leader_id = self._node_id
        self._looks = 0
        self._alone_looks = 0
        self._alone_most = alone_ms(_chance()) // LOOK_MS
        self.address, broadcast = place_of(self._own)
        if not self._quiet:
            self._say(
                "access point %s is up at %s, channel %d, for up to %d boards besides this one"
                % (self._ssid, self.address, self._own.config("channel"), clients)
            )
        self._quiet = False
        self._calls.open(network.AP_IF)
        await self._open(broadcast)

    def _set_up(self) -> int:
        """Bring our own network up; how many stations it takes. OSError."""
        settings = self._config.wifi
        own = self._own
        own.active(True)
        if settings["password"]:
            own.config(ssid=self._ssid, security=network.AUTH_WPA2_PSK, key=settings["password"])
        else:
            own.config(ssid=self._ssid, security=network.AUTH_OPEN)
        own.config(channel=settings["channel"])
        for clients in _CLIENTS:
            try:
                own.config(max_clients=clients)
                return clients
            except OSError:
                continue  # more than this chip takes
        return 0

    async def _look_as_access_point(self) -> None:
        if not self._own.active():
            self._turn_ms = 0
            self._leave()
            return
        self._count_stations()
        if not self.is_open:
            await self._open(place_of(self._own)[1])
        address: bytes = self._own.config("mac")
        if self._looks % _CALL_LOOKS == 0:
            self._calls.call(self._node_id, self.stations, address)
        self._looks += 1
        self._distrust_looks = max(0, self._distrust_looks - 1)
        while self._calls.listen():
            if self._gives_way(address):
                return
        self._alone_looks = 0 if self.stations else self._alone_looks + 1
        if self._alone_looks > self._alone_most:
            # Perhaps there is another one that cannot be heard calling. Nobody misses this one.
            self._quiet = True
            self._turn_ms = 0
            self._leave()

    def _count_stations(self) -> None:
        try:
            self.stations = len(self._own.status("stations"))
        except OSError:
            self.stations = 0  # it is just coming up or going down

    def _gives_way(self, address: bytes) -> bool:
        call = self._calls.heard
        if call.address == address or (self._distrust_looks and call.address == self._distrusted):
            return False
        if not yields(self.stations, address, call.stations, call.address):
            return False
        self._say(
            "another access point %s (node %d) has %d stations, this one has %d: giving way"
            % (self._ssid, call.node_id, call.stations, self.stations)
        )
        self._followed = call.address
        self._turn_ms = _LOOKED_FOR_IN_VAIN_MS
        self._leave()
        return True

    def words(self) -> str:
        """As for every transport, and what this board is on the network."""
        words = "wifi=" + ROLES[self.role]
        if self.role == LEADING:
            words += " stations=%d" % self.stations
        more = super().words()
        return words + " " + more if more else words


def _chance() -> int:
    """0 … 65535."""
    return int.from_bytes(os.urandom(2), "little")
