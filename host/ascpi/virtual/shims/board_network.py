"""`network`: a station (board_station.py), and an access point of the board's own."""

from binascii import hexlify, unhexlify

import board_ether as ether
import board_station as _station
from board_page import page
from board_station import (  # noqa: F401  what the firmware compares with
    STAT_ASSOC_FAIL,
    STAT_BEACON_TIMEOUT,
    STAT_CONNECTING,
    STAT_GOT_IP,
    STAT_HANDSHAKE_TIMEOUT,
    STAT_IDLE,
    STAT_NO_AP_FOUND,
    STAT_WRONG_PASSWORD,
)

STA_IF = 0
AP_IF = 1
AUTH_OPEN = 0
AUTH_WPA2_PSK = 3

_SSID = b"virtual"
_CHANNEL = const(6)
_RSSI_DBM = const(-50)
_OWN_IP = "192.168.4.1"

_mac = bytes(6)
_own_mac = bytes(6)
_ip = "127.0.0.1"
_hostname = "mpy-virtual"
_own = {"ssid": "", "key": "", "security": AUTH_OPEN, "channel": 1, "max_clients": 4}


def attach(parameters, mac):
    global _mac, _own_mac, _ip
    _mac = mac
    # As on a board, where the access point's is the next one.
    _own_mac = mac[:5] + bytes([(mac[5] + 1) & 0xFF])
    if parameters["ip"] != "0.0.0.0":
        _ip = parameters["ip"]
    ether.attach(parameters, mac)
    _own["ssid"] = "ESP_" + hexlify(mac[3:]).decode()
    if ether.own["ap"]:
        for name in ("ssid", "channel", "security"):
            _own[name] = ether.own["ap"][name]


def _netmask(ip):
    return "255.0.0.0" if ip.startswith("127.") else "255.255.255.0"


def channel():
    """Where the radio is."""
    if page.own_access_point:
        return _own["channel"]
    if ether.own["joined"]:
        joined = ether.network(ether.own["joined"])
        if joined:
            return joined["channel"]
    return _station.values["channel"]


def _announce():
    """Tell of our own network, or that there is none."""
    if not page.own_access_point:
        if ether.own["ap"]:
            ether.tell(ap=None)
        return
    ether.tell(
        ap={
            "bssid": hexlify(_own_mac).decode(),
            "ssid": _own["ssid"],
            "key": _station.digest(_own["key"]) if _own["security"] else "",
            "security": _own["security"],
            "channel": _own["channel"],
            "most": _own["max_clients"],
        }
    )


def hostname(name=None):
    global _hostname
    if name is None:
        return _hostname
    _hostname = name


def country(code=None):
    return "XX" if code is None else None


class WLAN:
    IF_STA = STA_IF
    IF_AP = AP_IF
    PM_NONE = 0
    PM_PERFORMANCE = 1
    PM_POWERSAVE = 2
    SEC_OPEN = 0
    SEC_WPA2 = 3
    SEC_WPA_WPA2 = 4

    def __init__(self, interface=STA_IF):
        if interface not in (STA_IF, AP_IF):
            raise ValueError("no such interface")
        self._station = interface == STA_IF
        self._values = _station.values if self._station else _own
        self._address = _ip if self._station else _OWN_IP

    def active(self, on=None):
        if on is None:
            return bool(page.station_active if self._station else page.own_access_point)
        if self._station:
            page.station_active = 1 if on else 0
            if not on:
                _station.leave()
        else:
            page.own_access_point = 1 if on else 0
            _announce()
        return bool(on)

    def connect(self, ssid=None, key=None, *, bssid=None):
        _station.ask(ssid, key)

    def disconnect(self):
        _station.leave()

    def isconnected(self):
        if self._station:
            return _station.connected()
        return bool(page.own_access_point and self._stations())

    def _stations(self):
        return ether.stations(hexlify(_own_mac).decode())

    def status(self, what=None):
        if what == "rssi":
            if not self.isconnected():
                raise OSError("Wifi Not Connected")
            return _RSSI_DBM
        if what == "stations":
            if self._station:
                raise OSError("AP required")
            return [(unhexlify(mac),) for mac in self._stations()]
        if what is not None:
            raise ValueError("unknown status param")
        if not self._station:
            return None
        return _station.status()

    def config(self, *what, **values):
        if what:
            return self._get(what[0])
        for name, value in values.items():
            if name == "pm":
                page.power_save = value
            elif name == "hostname" or name == "dhcp_hostname":
                hostname(value)
            elif name == "max_clients" and value > page.max_clients:
                raise OSError(-0x102, "ESP_ERR_INVALID_ARG")
            else:
                name = {"essid": "ssid", "password": "key", "authmode": "security"}.get(name, name)
                self._values[name] = value
        if not self._station and page.own_access_point:
            _announce()

    def _get(self, name):
        if name == "mac":
            return _mac if self._station else _own_mac
        if name == "pm":
            return page.power_save
        if name == "channel" and (page.own_access_point or page.station_joined_us):
            return channel()
        if name == "hostname" or name == "dhcp_hostname":
            return _hostname
        name = "ssid" if name == "essid" else name
        if name not in self._values or name == "key":
            raise ValueError("unknown config param")
        return self._values[name]

    def ifconfig(self, values=None):
        if values is not None:
            return None
        if not (self.isconnected() if self._station else page.own_access_point):
            return ("0.0.0.0", "0.0.0.0", "0.0.0.0", "0.0.0.0")
        return (self._address, _netmask(self._address), self._address, "0.0.0.0")

    def ipconfig(self, what=None, **values):
        address, netmask, gateway, _ = self.ifconfig()
        if what == "addr4":
            return (address, netmask)
        if what == "gw4":
            return gateway
        if what == "has_dhcp4":
            return self.isconnected()
        if what is not None:
            raise ValueError("unknown config param")

    def scan(self):
        if not page.station_active:
            raise OSError("STA must be active")
        if not page.access_point_since_us:
            return []
        if not ether.here:
            return [
                (_SSID, b"\x02\xa5\xff\xff\xff\xff", _CHANNEL, _RSSI_DBM, self.SEC_WPA2, False)
            ]
        return [
            (
                network["ssid"].encode(),
                unhexlify(network["bssid"]),
                network["channel"],
                _RSSI_DBM,
                network["security"],
                False,
            )
            for network in ether.networks()
        ]
