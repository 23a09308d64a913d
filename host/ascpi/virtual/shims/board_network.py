"""`network`: a station, whose access point the host switches on and off, and an own access point.

Its state lives in the shared page and so survives a soft reset, as it does on a board.
"""

from utime import ticks_us as _true_us

from board_page import page

STA_IF = 0
AP_IF = 1
STAT_IDLE = 1000
STAT_CONNECTING = 1001
STAT_GOT_IP = 1010
STAT_NO_AP_FOUND = 201
STAT_WRONG_PASSWORD = 202
STAT_BEACON_TIMEOUT = 200
STAT_ASSOC_FAIL = 203
STAT_HANDSHAKE_TIMEOUT = 204

_SSID = b"virtual"
_CHANNEL = const(6)
_RSSI_DBM = const(-50)
_OWN_IP = "192.168.4.1"

_mac = bytes(6)
_ip = "127.0.0.1"
_hostname = "mpy-virtual"


def attach(parameters, mac):
    global _mac, _ip
    _mac = mac
    if parameters["ip"] != "0.0.0.0":
        _ip = parameters["ip"]


def _netmask(ip):
    return "255.0.0.0" if ip.startswith("127.") else "255.255.255.0"


def radio_up():
    """Does what this board sends reach the air? A firmware that leaves `network` alone is let."""
    if page.own_access_point:
        return True
    if not page.access_point_since_us:
        return False
    return not page.station_active or _station_connected()


def _station_connected():
    asked, since = page.station_asked_us, page.access_point_since_us
    if not (page.station_active and asked and since) or page.wrong_password:
        return False
    return _true_us() >= max(asked, since) + page.connect_us


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
        self._values = {"ssid": "", "channel": _CHANNEL, "txpower": 20, "reconnects": -1}
        self._address = _ip if self._station else _OWN_IP

    def active(self, on=None):
        if on is None:
            return bool(page.station_active if self._station else page.own_access_point)
        if self._station:
            page.station_active = 1 if on else 0
            if not on:
                page.station_asked_us = 0
        else:
            page.own_access_point = 1 if on else 0
        return bool(on)

    def connect(self, ssid=None, key=None, *, bssid=None):
        if not page.station_active:
            raise OSError("Wifi Not Started")
        if page.station_asked_us:
            raise OSError("Wifi Internal State Error")
        if ssid is not None:
            self._values["ssid"] = ssid
        page.station_asked_us = _true_us()

    def disconnect(self):
        page.station_asked_us = 0

    def isconnected(self):
        return _station_connected() if self._station else bool(page.own_access_point)

    def status(self, what=None):
        if what == "rssi":
            if not self.isconnected():
                raise OSError("Wifi Not Connected")
            return _RSSI_DBM
        if what == "stations":
            return []
        if what is not None:
            raise ValueError("unknown status param")
        if not self._station:
            return None
        if not page.station_asked_us:
            return STAT_IDLE
        if not page.access_point_since_us:
            return STAT_NO_AP_FOUND
        if page.wrong_password:
            return STAT_WRONG_PASSWORD
        return STAT_GOT_IP if _station_connected() else STAT_CONNECTING

    def config(self, *what, **values):
        if what:
            return self._get(what[0])
        for name, value in values.items():
            if name == "pm":
                page.power_save = value
            elif name == "hostname" or name == "dhcp_hostname":
                hostname(value)
            else:
                self._values["ssid" if name == "essid" else name] = value

    def _get(self, name):
        if name == "mac":
            return _mac
        if name == "pm":
            return page.power_save
        if name == "hostname" or name == "dhcp_hostname":
            return _hostname
        name = "ssid" if name == "essid" else name
        if name not in self._values:
            raise ValueError("unknown config param")
        return self._values[name]

    def ifconfig(self, values=None):
        if values is not None:
            return None
        if not self.isconnected():
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
        return [(_SSID, b"\x02\xa5\xff\xff\xff\xff", _CHANNEL, _RSSI_DBM, self.SEC_WPA2, False)]
