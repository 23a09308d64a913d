"""The ether: a folder in which boards of one place leave word of their radios for each other.

    7.radio  what board 7 is: its id and MAC, "ap" its own network, "joined" the BSSID of another's
    7.place  where it is, a number, written by the host; boards hear only who is where they are

The shim writes the first, and the supervisor deletes it when the board loses its power. Without
an ether every board is by itself, and everybody hears everybody.
"""

import json
from binascii import hexlify

from board_flash import Flash
from utime import ticks_us as _true_us

_LOOK_US = const(40000)
_SOON_US = const(3000)
_SSEP_MAGIC = b"\xcf\x80"
ENVELOPE = b"ESPNOW"

here = False
own = {"id": 0, "mac": "", "ap": None, "joined": None}

_folder = None
_looked_us = 0
_networks = []
_joined = {}
_network_of = {}
_place_of = {}


def attach(parameters, mac):
    global _folder, here
    own["id"] = parameters["node_id"]
    own["mac"] = hexlify(mac).decode()
    if not parameters["ether"]:
        return
    _folder = Flash(parameters["ether"])
    here = True
    try:
        # A soft reset leaves the radio as it was.
        own.update(_read(_file()))
    except OSError:
        pass


def _file():
    return "/%d.radio" % own["id"]


def _read(path):
    with _folder.open(path, "r") as file:
        return json.load(file)


def tell(**news):
    """Change what the others know of this board."""
    own.update(news)
    if not here:
        return
    part = _file() + ".part"
    with _folder.open(part, "w") as file:
        json.dump(own, file)
    _folder.rename(part, _file())
    look(True)


def look(now=False):
    """Read what the others say, unless that was just done."""
    global _looked_us, _networks, _joined, _network_of, _place_of
    if not here or (not now and _true_us() - _looked_us < _LOOK_US):
        return
    _looked_us = _true_us()
    radios, places = [], {}
    for entry in _folder.ilistdir("/"):
        name, _, kind = entry[0].rpartition(".")
        try:
            if kind == "place":
                places[int(name)] = _read("/" + entry[0])
            elif kind == "radio":
                radios.append(_read("/" + entry[0]))
        except (OSError, ValueError):
            pass  # deleted or replaced at this very moment
    place = places.get(own["id"], 0)
    radios = [radio for radio in radios if places.get(radio["id"], 0) == place]
    _place_of = places
    _networks = [radio["ap"] for radio in radios if radio["ap"] and radio["id"] != own["id"]]
    _joined, _network_of = {}, {}
    for radio in radios:
        if radio["joined"]:
            _joined.setdefault(radio["joined"], []).append(radio["mac"])
        network = radio["ap"]["bssid"] if radio["ap"] else radio["joined"]
        _network_of[radio["id"]] = network


def networks():
    """The networks of others that can be heard: dicts with bssid, ssid, key, channel, most."""
    look()
    return _networks


def network(bssid):
    """The network with this BSSID, or None if it cannot be heard."""
    for heard in networks():
        if heard["bssid"] == bssid:
            return heard
    return None


def stations(bssid):
    """MACs of the stations of a network."""
    look()
    return _joined.get(bssid, [])


def reaches(node_id):
    """Is this node where this board is?"""
    look()
    return not here or _place_of.get(node_id, 0) == _place_of.get(own["id"], 0)


def brings(datagram):
    """Does this datagram come over the network that the board is on?"""
    if datagram[:6] == ENVELOPE:
        return False
    if not here or datagram[:2] != _SSEP_MAGIC or len(datagram) < 8:
        return True
    sender = int.from_bytes(datagram[4:8], "little")
    # A board that has only just come up may not have been seen yet.
    look(sender not in _network_of and _true_us() - _looked_us > _SOON_US)
    if sender not in _network_of:
        # No virtual board, then it is on whatever network this one is on; or it is elsewhere.
        return reaches(sender)
    mine = own["ap"]["bssid"] if own["ap"] else own["joined"]
    return _network_of[sender] == mine
