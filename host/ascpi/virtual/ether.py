"""The ether: a folder that the boards of one test share, and so hear each other's networks.

    7.radio  what board 7 is on the air: written by its shims, deleted here when its power is gone
    7.place  where it is: boards hear only who is in the same place; 0 if nothing is said

A router that is no board has a name of a radio, too, for as long as the test wants it.
"""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from ascpi.errors import BoardOptionError

ROUTER_ID = 0
ROUTER_STATIONS = 250


def prepare(ether: Path | None) -> None:
    """Make the folder if need be. BoardOptionError."""
    try:
        if ether is not None:
            ether.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BoardOptionError(
            f"the ether {ether} cannot be used ({error.strerror}): "
            "give a folder that can be made and written"
        ) from None


def forget(ether: Path | None, node_id: int) -> None:
    """This board has lost its power: its radio is gone at once."""
    if ether is not None:
        (ether / f"{node_id}.radio").unlink(missing_ok=True)


def put(ether: Path, node_id: int, place: int) -> None:
    """Carry a board to another place, out of reach of those who are elsewhere."""
    _write(ether / f"{node_id}.place", place)


def networks(ether: Path) -> dict[int, int]:
    """Node id of each board that is an access point, and how many stations it has."""
    radios = _radios(ether)
    own = {radio["id"]: radio["ap"]["bssid"] for radio in radios if radio["ap"]}
    joined = [radio["joined"] for radio in radios]
    return {node_id: joined.count(bssid) for node_id, bssid in own.items()}


def open_router(ether: Path, ssid: str, password: str = "", channel: int = 6) -> None:
    """Let a network be heard that belongs to no board."""
    digest = hashlib.sha256(password.encode()).hexdigest()[:16] if password else ""
    network = {
        "bssid": "02a5ffffffff",
        "ssid": ssid,
        "key": digest,
        "security": 3 if password else 0,
        "channel": channel,
        "most": ROUTER_STATIONS,
    }
    radio = {"id": ROUTER_ID, "mac": "02a5ffffffff", "ap": network, "joined": None}
    _write(ether / f"{ROUTER_ID}.radio", radio)


def close_router(ether: Path) -> None:
    """Take it away again."""
    forget(ether, ROUTER_ID)


def _radios(ether: Path) -> list[dict[str, Any]]:
    radios = []
    for path in ether.glob("*.radio"):
        try:
            radios.append(json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            continue  # its board has just lost its power
    return radios


def _write(path: Path, content: object) -> None:
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(content), encoding="utf-8")
    os.replace(part, path)
