"""What the stand-ins do that the firmware cannot do without: an address, and packets.

A socket hears all that is sent, as on a broadcast network, its own packets among them. Whether
there is an access point is said to `install`.
"""

import select
import socket

import espnow  # type: ignore[import-not-found,unused-ignore]
import machine
import network

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

UNIQUE_ID = b"\x0a\x1b\x2c\x3d\x4e\x5f"

_air: "list[bytes]" = []


class Poll:
    """Nothing ever waits to be read."""

    def register(self, *arguments: object) -> None:
        """As a board's."""

    def unregister(self, *arguments: object) -> None:
        """As a board's."""

    def poll(self, *arguments: object) -> "list[object]":
        """No object is ready."""
        return []

    def ipoll(self, *arguments: object) -> "list[object]":
        """Likewise."""
        return []


def _sendto(self: object, packet: bytes, address: object) -> int:
    _air.append(bytes(packet))
    return len(packet)


def _readinto(self: object, packet: bytearray) -> "int | None":
    if not _air:
        return None
    datagram = _air.pop(0)
    packet[: len(datagram)] = datagram
    return len(datagram)


def _getaddrinfo(host: str, port: int, *more: int) -> "list[Any]":
    return [(2, 2, 0, "", (host, port))]


_NOT_FOUND = 201
_ADDRESS = ("10.0.0.2", "255.255.255.0", "10.0.0.1", "10.0.0.1")
_CONFIG = {"mac": UNIQUE_ID, "channel": 6, "ssid": "ascpi", "max_clients": 10}


class Station:
    """The state of the radio, of which there is one."""

    there = True
    status = 0
    active = False


def _active(self: object, on: "bool | None" = None) -> bool:
    if on is not None:
        Station.active = on
    return Station.active


def _connect(self: object, *words: object) -> None:
    Station.status = 0 if Station.there else _NOT_FOUND


def _status(self: object, what: str = "") -> "Any":
    if what == "rssi" and not (Station.there and Station.active):
        raise OSError("Wifi Unknown Error 0x300f")
    return [] if what == "stations" else Station.status


def _configuration(before: "Any") -> "Any":
    """As before, but what is asked for has a value."""

    def config(self: object, *names: str, **words: object) -> "Any":
        before(self, *names, **words)
        return _CONFIG[names[0]] if names else None

    return config


class _Peers:
    active = False


def _peers_active(self: object, on: "bool | None" = None) -> bool:
    if on is not None:
        _Peers.active = on
    return _Peers.active


def _send(self: object, peer: bytes, packet: bytes, wait: bool = True) -> bool:
    _air.append(bytes(packet))
    return True


def _recvinto(self: object, given: "list[Any]", timeout_ms: int = 0) -> int:
    if not _air:
        return 0
    datagram = _air.pop(0)
    given[0] = UNIQUE_ID
    given[1][: len(datagram)] = datagram
    return len(datagram)


def install(there: bool) -> None:
    """Put it into the stand-ins. `there`: whether somebody keeps the network."""
    Station.there = there
    machine.unique_id = lambda: UNIQUE_ID
    clock: Any = machine.RTC
    clock.memory = lambda self, *content: None if content else b""
    wlan: Any = network.WLAN
    wlan.isconnected = lambda self: Station.there and Station.active
    wlan.ifconfig = lambda self: _ADDRESS
    wlan.active, wlan.connect, wlan.status = _active, _connect, _status
    wlan.config = _configuration(wlan.config)
    replaced: Any = socket
    replaced.getaddrinfo = _getaddrinfo
    replaced.socket.sendto = _sendto
    replaced.socket.readinto = _readinto
    replaced = select
    replaced.poll = Poll
    peers: Any = espnow.ESPNow
    peers.active, peers.send, peers.recvinto = _peers_active, _send, _recvinto
    peers.stats = lambda self: (0, 0, 0, 0, 0)
