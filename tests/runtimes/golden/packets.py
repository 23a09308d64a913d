"""Packets from their fields, laid out here by hand, not from the core's table."""

import hmac
import random
import struct
from typing import Any

MAGIC = b"\xcf\x80"
VERSION = 2
BEACON = 1

LARGEST = {
    "node_id": 2**30 - 1,
    "epoch": 2**30 - 1,
    "sequence": 2**30 - 1,
    "cluster": 2**16 - 1,
    "claim_us": 2**16 - 1,
    "timestamp": 2**30 - 1,
    "theta": 2**28 - 1,
    "dphi": 2**15 - 1,
    "kappa": 2**15 - 1,
    "coherence": 2**15,
    "mode": 31,
    "role": 255,
    "glyph_digest": 2**30 - 1,
    "energy": 2**24 - 1,
    "glyph_count": 255,
    "echo_id": 2**30 - 1,
    "echo_timestamp": 2**24 - 1,
    "echo_age": 2**24 - 1,
    "address": 2**16 - 1,
}
"""Of every field of a beacon that carries an echo; the smallest is 0, of node_id 1."""

ECHO = ("echo_id", "echo_timestamp", "echo_age")
"""The extension of type 1; the type stands in the upper four bits of `mode`."""


def pack(
    fields: dict[str, int], tag: bytes = bytes(8), version: int = VERSION, kind: int = BEACON
) -> bytes:
    """64 bytes. Values may be out of their range, as long as the bytes hold them."""
    f = fields
    head = MAGIC + struct.pack(
        "<BBIIIH", version, kind, f["node_id"], f["epoch"], f["sequence"], f["cluster"]
    )
    times = struct.pack("<HII", f["claim_us"], f["timestamp"], f["theta"])
    state = struct.pack(
        "<HHHBBI", f["dphi"], f["kappa"], f["coherence"], f["mode"], f["role"], f["glyph_digest"]
    )
    held = f["energy"].to_bytes(3, "little") + bytes([f["glyph_count"]])
    echo = (
        struct.pack("<I", f["echo_id"])
        + f["echo_timestamp"].to_bytes(3, "little")
        + f["echo_age"].to_bytes(3, "little")
    )
    packet = head + times + state + held + echo + struct.pack("<H", f["address"]) + tag
    assert len(packet) == 64
    return packet


def tag_of(packet: bytes, key: bytes) -> bytes:
    return hmac.digest(key, packet[:56], "sha256")[:8]


def signed(packet: bytes, key: bytes) -> bytes:
    return packet[:56] + tag_of(packet, key)


def smallest() -> dict[str, int]:
    return dict.fromkeys(LARGEST, 0) | {"node_id": 1}


def drawn(dice: random.Random) -> dict[str, int]:
    values = {name: dice.randrange(limit + 1) for name, limit in LARGEST.items()}
    return without_echo(values | {"node_id": dice.randrange(1, LARGEST["node_id"])})


def without_echo(fields: dict[str, int]) -> dict[str, int]:
    """What a sender means: without the type of an echo there is none."""
    return fields if fields["mode"] >> 4 == 1 else fields | dict.fromkeys(ECHO, 0)


EXAMPLE = {
    "node_id": 2,
    "epoch": 3,
    "sequence": 1000,
    "cluster": 7,
    "claim_us": 65535,
    "timestamp": 123_456_789,
    "theta": 0x3D70A3D,
    "dphi": 6226,
    "kappa": 3604,
    "coherence": 32_604,
    "mode": 27,
    "role": 0,
    "glyph_digest": 0,
    "energy": 0,
    "glyph_count": 0,
    "echo_id": 5,
    "echo_timestamp": 6_015_000,
    "echo_age": 41_250,
    "address": 258,
}
"""The packet that docs/ssep.md takes apart: Θ 0.24, ΔΦ 0.19, κ 0.11, C 0.995, locked, shared."""

EXAMPLE_KEY = b"first contact"


def valid() -> list[dict[str, Any]]:
    """Extremes of every field alone and together, and thirty drawn by dice."""
    dice = random.Random(1)
    named = [
        ("smallest", smallest()),
        ("largest", dict(LARGEST)),
        ("the document's", dict(EXAMPLE)),
    ]
    for name, limit in LARGEST.items():
        kind = {"mode": 16} if name in ECHO else {}
        named.append((f"{name} largest", without_echo(smallest() | kind | {name: limit})))
        named.append((f"{name} smallest", without_echo(LARGEST | {name: smallest()[name]})))
    named += [(f"drawn {number}", drawn(dice)) for number in range(30)]
    return [{"name": name, "hex": pack(fields).hex(), "fields": fields} for name, fields in named]
