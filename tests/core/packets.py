"""Packets for tests: beacons with chosen fields, and a node that is given them."""

from typing import Any

from ascpi_core.glyphs.messages import Message
from ascpi_core.layout import TABLES
from ascpi_core.ssep import EXTENSION_ECHO, Beacon, Tagger

# name: (smallest, largest), the ranges of wire.HEADER and wire.BEACON that a sender chooses.
RANGES = {
    "node_id": (1, (1 << 30) - 1),
    "epoch": (0, (1 << 30) - 1),
    "sequence": (0, (1 << 30) - 1),
    "cluster": (0, 0xFFFF),
    "claim_us": (0, 0xFFFF),
    "timestamp": (0, (1 << 30) - 1),
    "theta": (0, (1 << 28) - 1),
    "dphi": (0, 0x7FFF),
    "kappa": (0, 0x7FFF),
    "coherence": (0, 0x8000),
    "mode": (0, 0xFF),
    "role": (0, 0xFF),
    "glyph_digest": (0, (1 << 30) - 1),
    "energy": (0, 0xFFFFFF),
    "glyph_count": (0, 0xFF),
    "echo_id": (0, (1 << 30) - 1),
    "echo_timestamp": (0, 0xFFFFFF),
    "echo_age": (0, 0xFFFFFF),
    "address": (0, 0xFFFF),
}


def beacon(**fields: int) -> Beacon:
    """A beacon of node 2 in epoch 1, with these fields."""
    made = Beacon()
    made.node_id, made.epoch = 2, 1
    for name, value in fields.items():
        assert hasattr(made, name), name
        setattr(made, name, value)
    if made.echo_id and "mode" not in fields:
        made.mode = EXTENSION_ECHO << 4
    return made


def packet(tagger: Tagger | None = None, /, **fields: int) -> bytes:
    """The same, encoded and signed."""
    buffer = bytearray(64)
    beacon(**fields).encode(buffer)
    if tagger is not None:
        tagger.sign(buffer)
    return bytes(buffer)


FORMS = {name: (kind, verb) for name, kind, verb, _ in TABLES}
"""Every form of a packet about glyphs: its kind, and the verb of an order or 0."""


def message_packet(form: str, tagger: Tagger | None = None, /, **fields: Any) -> bytes:
    """A packet about glyphs from node 2 in epoch 1, its other fields as small as they may be."""
    made = Message()
    made.message_kind, made.verb = FORMS[form]
    made.node_id, made.epoch = 2, 1
    for table, _, _, rows in TABLES:
        if table == form:
            for name, _, _, smallest, *_ in rows:
                if name not in ("state", "verb"):
                    setattr(made, name, smallest)
    for name, value in fields.items():
        assert hasattr(made, name), name
        if name == "state":
            made.state[: len(value)] = value
        else:
            setattr(made, name, value)
    buffer = bytearray(b"\xff" * 64)
    made.encode(buffer)
    if tagger is not None:
        tagger.sign(buffer)
    return bytes(buffer)
