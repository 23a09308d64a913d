"""Boards that are not there: what they would write, send, and the port that they would be on."""

import hashlib
import os
import pty
import time
import tty
from collections.abc import Callable
from pathlib import Path

from ascpi_core.fixed import TURN
from ascpi_core.glyphs.glyph import digest_add, fingerprint
from ascpi_core.glyphs.lifecycle import HELD
from ascpi_core.glyphs.messages import Message
from ascpi_core.ssep import KIND_GLYPH, PACKET_BYTES, Beacon, Tagger

DEADLINE_S = 10.0


def report(node_id: int = 7, theta: float = 0.25, ticks: int = 1_000_000, **more: object) -> str:
    """A line as a board writes it."""
    words: dict[str, object] = {
        "id": node_id,
        "epoch": 3,
        "up_ms": 12_000,
        "ticks": ticks,
        "theta": f"{theta:.9f}",
        "state": "locked",
        "band": "shared",
        "c": "0.9998",
        "err_us": -112,
        "claim_us": 35,
        "peers": 4,
        "field": "open",
        "refused": 0,
        "mem_free": 65536,
        **more,
    }
    return "ASCPI report " + " ".join(f"{name}={word}" for name, word in words.items())


def boot(node_id: int = 7, epoch: int = 3) -> str:
    """The first line after a reset."""
    return (
        f"ASCPI event boot id={node_id} epoch={epoch} mac=0a:1b:2c:3d:4e:5f version=0.1.0 "
        "micropython=1.25.0 board=esp32-devkitc transport=station"
    )


def packet(node_id: int = 7, sequence: int = 0, key: str = "", **more: int) -> bytearray:
    """A beacon, in the core's units; tagged under a key."""
    beacon = Beacon()
    beacon.node_id = node_id
    beacon.sequence = sequence
    beacon.epoch = 3
    beacon.theta = TURN // 4
    beacon.timestamp = 1_000_000
    beacon.coherence = 0x7FF0
    # Band shared, state locked.
    beacon.mode = 3 | 2 << 2
    beacon.claim_us = 35
    for name, value in more.items():
        assert hasattr(beacon, name), name
        setattr(beacon, name, value)
    data = bytearray(PACKET_BYTES)
    beacon.encode(data)
    if key:
        Tagger(key.encode(), hashlib.sha256).sign(data)
    return data


def glyph_packet(node_id: int, sequence: int, count: int, **more: int) -> bytes:
    """Node `node_id` tells that it holds the counter 7.`count`."""
    message = Message()
    message.message_kind, message.node_id, message.epoch = KIND_GLYPH, node_id, 3
    message.sequence = sequence
    message.birth_node, message.birth_count, message.kind = 7, count, 5
    message.standing, message.energy, message.lifetime = HELD, 100, 0xFFFFFF
    message.state[0] = 129
    for name, value in more.items():
        assert hasattr(message, name), name
        setattr(message, name, value)
    data = bytearray(PACKET_BYTES)
    message.encode(data)
    return bytes(data)


def telling(node_id: int, sequence: int, *counts: int, **more: int) -> list[bytes]:
    """Node `node_id` tells that it holds 7.`count` for each of `counts`, and its beacon."""
    told = [
        glyph_packet(node_id, sequence + place, count, **more)
        for place, count in enumerate(counts)
    ]
    digest = 0
    for count in counts:
        digest = digest_add(digest, fingerprint(7, count, more.get("hops", 0)))
    beacon = packet(
        node_id,
        sequence + len(counts),
        glyph_digest=digest,
        glyph_count=len(counts),
        energy=100 * len(counts),
    )
    return [*told, bytes(beacon)]


class Pty:
    """A port at `link`, with whatever a test writes on it; `unplug` makes it disappear.

    By a link of its own, for the system gives the number of a PTY that is gone to the next one.
    """

    def __init__(self, link: Path) -> None:
        self._master, slave = pty.openpty()
        tty.setraw(slave)
        link.symlink_to(os.ttyname(slave))
        os.close(slave)
        self.path = str(link)

    def write(self, text: str) -> None:
        os.write(self._master, text.encode())

    def read(self) -> bytes:
        return os.read(self._master, 4096)

    def unplug(self) -> None:
        if self._master >= 0:
            os.unlink(self.path)
            os.close(self._master)
            self._master = -1


def wait_for(condition: Callable[[], bool], what: str, deadline_s: float = DEADLINE_S) -> None:
    end_s = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < end_s, f"not within {deadline_s} s: {what}"
        time.sleep(0.005)
