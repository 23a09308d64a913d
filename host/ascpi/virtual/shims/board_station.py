"""The station of `network`: joining, being connected, losing the access point.

Without an ether (board_ether.py) there is one access point, of any name, which the host switches
on and off. With one there are those of other boards, by their names and passwords.

The state lives in the shared page and so survives a soft reset, as it does on a board. As there,
the reason of the last failure stays until there is another one or the station is connected.
"""

from binascii import hexlify
from hashlib import sha256
from utime import ticks_us as _true_us

import board_ether as ether
from board_page import page

STAT_IDLE = 1000
STAT_CONNECTING = 1001
STAT_GOT_IP = 1010
STAT_BEACON_TIMEOUT = 200
STAT_NO_AP_FOUND = 201
STAT_WRONG_PASSWORD = 202
STAT_ASSOC_FAIL = 203
STAT_HANDSHAKE_TIMEOUT = 204

_OTHER_SECURITY = const(210)

values = {"ssid": "", "key": "", "channel": 6, "txpower": 20, "reconnects": -1}


def digest(key):
    """What the ether is told of a password."""
    return hexlify(sha256(key).digest()[:8]).decode() if key else ""


def radio_up():
    """Does what this board sends reach its network? A firmware that leaves `network` alone is
    let."""
    if page.own_access_point:
        return True
    if not page.access_point_since_us:
        return False
    if not page.station_active:
        return True
    return connected() and _still_there()


def ask(ssid, key):
    """Begin to join."""
    if not page.station_active:
        raise OSError("Wifi Not Started")
    connected()
    if page.station_asked_us:
        raise OSError("Wifi Internal State Error")
    if ssid is not None:
        values["ssid"] = ssid
        values["key"] = key or ""
    page.station_asked_us = _true_us()


def connected():
    """Bring the station's state up to now; True if it is connected, as far as it has noticed."""
    if not (page.station_active and page.station_asked_us):
        return False
    now = _true_us()
    if page.station_joined_us:
        if _still_there():
            page.station_seen_us = now
            return True
        if ether.here and now - page.station_seen_us < page.beacon_timeout_us:
            return True
        _fail(STAT_BEACON_TIMEOUT)
        return False
    if now < max(page.station_asked_us, page.access_point_since_us) + page.connect_us:
        return False
    reason = _join()
    if reason:
        _fail(reason)
        return False
    page.station_joined_us = now
    page.station_seen_us = now
    page.station_reason = 0
    return True


def _still_there():
    if not page.access_point_since_us:
        return False
    if ether.here:
        return ether.network(ether.own["joined"]) is not None
    return page.station_joined_us >= page.access_point_since_us


def _join():
    """0, or the reason why not."""
    if not page.access_point_since_us:
        return STAT_NO_AP_FOUND
    if not ether.here:
        return STAT_WRONG_PASSWORD if page.wrong_password else 0
    reason = STAT_NO_AP_FOUND
    for network in ether.networks():
        if network["ssid"] != values["ssid"]:
            continue
        key = digest(values["key"])
        if bool(network["key"]) != bool(key) and key:
            reason = _OTHER_SECURITY
        elif network["key"] != key:
            reason = STAT_WRONG_PASSWORD
        elif len(ether.stations(network["bssid"])) >= network["most"]:
            reason = STAT_ASSOC_FAIL
        else:
            ether.tell(joined=network["bssid"])
            return 0
    return reason


def _fail(reason):
    page.station_reason = reason
    page.station_joined_us = 0
    # The driver asks again by itself if it may.
    page.station_asked_us = _true_us() if values["reconnects"] else 0
    if ether.own["joined"]:
        ether.tell(joined=None)


def leave():
    page.station_asked_us = 0
    page.station_joined_us = 0
    if ether.own["joined"]:
        ether.tell(joined=None)


def status():
    if connected():
        return STAT_GOT_IP
    reason = page.station_reason
    if reason in (STAT_NO_AP_FOUND, STAT_WRONG_PASSWORD, _OTHER_SECURITY):
        return reason
    if page.station_asked_us:
        return STAT_CONNECTING
    return reason or STAT_IDLE
