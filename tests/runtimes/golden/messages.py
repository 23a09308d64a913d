"""Packets of glyphs from their fields, laid out here by hand, not from the core's tables."""

import random
from typing import Any

from tests.runtimes.golden.packets import MAGIC, VERSION

HEAD = "node_id 4, epoch 4, sequence 4, cluster 2"
BIRTH = "birth_node 4, birth_count 3"
TRANSFER = "to 4, identity 4, nonce 4, check 2"
ORDER = "to 4, to_epoch 4, number 4, verb 1"

# Of each form: its kind, the verb of an order or 0, and its fields in their order, with their
# bytes; without a gap, from byte 18 on.
FORMS = {
    "offer": (
        2,
        0,
        f"to 4, {BIRTH}, kind 1, dphi 2, kappa 2, theta 4, energy 3, lifetime 3, coherence 2, "
        "hops 3, number 4, sender_energy 3",
    ),
    "accept": (3, 0, f"to 4, {BIRTH}, hops 3, number 4, identity 4, nonce 4"),
    "commit": (4, 0, f"{TRANSFER}, state 24"),
    "done": (5, 0, f"{TRANSFER}, outcome 1"),
    "abort": (6, 0, f"{TRANSFER}, reason 1"),
    "refuse": (7, 0, f"to 4, {BIRTH}, number 4, reason 1"),
    "glyph": (
        8,
        0,
        f"{BIRTH}, hops 3, kind 1, standing 1, energy 3, lifetime 3, theta 4, dphi 2, kappa 2, "
        "state 8, peer 4",
    ),
    "spawn": (
        9,
        1,
        f"{ORDER}, kind 1, theta 4, dphi 2, kappa 2, energy 3, lifetime 3, state 8",
    ),
    "kill": (9, 2, f"{ORDER}, {BIRTH}"),
    "move": (9, 3, f"{ORDER}, {BIRTH}, target 4"),
    "answer": (10, 0, f"to 4, number 4, outcome 1, {BIRTH}"),
}

WORD = 2**30 - 1
LARGEST = {
    "node_id": WORD,
    "epoch": WORD,
    "sequence": WORD,
    "cluster": 2**16 - 1,
    "to": WORD,
    "birth_node": WORD,
    "birth_count": 2**24 - 1,
    "kind": 255,
    "dphi": 2**15 - 1,
    "kappa": 2**15 - 1,
    "theta": 2**28 - 1,
    "energy": 2**24 - 1,
    "lifetime": 2**24 - 1,
    "coherence": 2**15,
    "hops": 2**24 - 1,
    "number": WORD,
    "sender_energy": 2**24 - 1,
    "identity": WORD,
    "nonce": WORD,
    "check": 2**16 - 1,
    "outcome": 31,
    "reason": 31,
    "standing": 14,
    "peer": WORD,
    "to_epoch": WORD,
    "target": WORD,
}

FROM_ONE = {"node_id", "to", "birth_node", "kind", "target"}
"""Their smallest is 1, all others' 0; an answer may be about no glyph."""

PAYLOAD_END = 56
Value = int | bytes


def widths(form: str) -> list[tuple[str, int]]:
    """The fields of a form behind its head, with their bytes."""
    pairs = (item.split() for item in FORMS[form][2].split(", "))
    return [(name, int(width)) for name, width in pairs]


def smallest_of(form: str, name: str) -> int:
    return int(name in FROM_ONE and (form, name) != ("answer", "birth_node"))


def _extremes(form: str, most: bool) -> dict[str, Value]:
    fields: dict[str, Value] = {}
    for name, width in [("node_id", 4), ("epoch", 4), ("sequence", 4), *widths(form)]:
        if name == "state":
            fields[name] = (b"\xff" if most else b"\0") * width
        elif name == "verb":
            fields[name] = FORMS[form][1]
        else:
            fields[name] = LARGEST[name] if most else smallest_of(form, name)
    fields["cluster"] = LARGEST["cluster"] if most else 0
    return fields


def smallest(form: str) -> dict[str, Value]:
    return _extremes(form, False)


def largest(form: str) -> dict[str, Value]:
    return _extremes(form, True)


def drawn(form: str, dice: random.Random) -> dict[str, Value]:
    least, fields = smallest(form), largest(form)
    for name, value in fields.items():
        if isinstance(value, bytes):
            fields[name] = dice.randbytes(len(value))
        elif name != "verb":
            low = least[name]
            assert isinstance(low, int)
            fields[name] = dice.randint(low, value)
    return fields


def _bytes_of(value: Value, width: int) -> bytes:
    return value if isinstance(value, bytes) else value.to_bytes(width, "little")


def pack(form: str, fields: dict[str, Value], tag: bytes = bytes(8)) -> bytes:
    """64 bytes. Values may be out of their range, as long as the bytes hold them."""
    packet = MAGIC + bytes([VERSION, FORMS[form][0]])
    for item in HEAD.split(", "):
        name, width = item.split()
        packet += _bytes_of(fields[name], int(width))
    for name, bytes_long in widths(form):
        packet += _bytes_of(fields[name], bytes_long)
    packet += bytes(PAYLOAD_END - len(packet)) + tag
    assert len(packet) == 64
    return packet


def end(form: str) -> int:
    """Where the fields end."""
    return 18 + sum(width for _, width in widths(form))


def _vector(form: str, name: str, fields: dict[str, Value]) -> dict[str, Any]:
    plain = {
        key: value.hex() if isinstance(value, bytes) else value for key, value in fields.items()
    }
    plain["message_kind"] = FORMS[form][0]
    return {"name": f"{form}, {name}", "hex": pack(form, fields).hex(), "fields": plain}


def valid() -> list[dict[str, Any]]:
    """Of each form: all its extremes, each field's alone, and some drawn by dice."""
    made = []
    for number, form in enumerate(FORMS):
        dice = random.Random(number)
        made.append(_vector(form, "smallest", smallest(form)))
        made.append(_vector(form, "largest", largest(form)))
        for name, _ in widths(form):
            if name != "verb":
                fields = smallest(form) | {name: largest(form)[name]}
                made.append(_vector(form, f"{name} largest", fields))
        made += [_vector(form, f"drawn {count}", drawn(form, dice)) for count in range(5)]
    return made


def wrong_values(form: str) -> list[tuple[str, int, int]]:
    """(name, offset, value in the packet's bytes) of what lies outside its range."""
    made = []
    offset = 4
    fields = [("node_id", 4), ("epoch", 4), ("sequence", 4), ("cluster", 2), *widths(form)]
    for name, width in fields:
        if name not in ("state", "verb"):
            limit, full = LARGEST[name], (1 << 8 * width) - 1
            values = {limit + 1, full, 1 << (8 * width - 1)}
            made += [(name, offset, value) for value in sorted(values) if limit < value <= full]
            if smallest_of(form, name):
                made.append((name, offset, 0))
        if name == "verb":
            made += [(name, offset, value) for value in (0, 4, 255)]
        offset += width
    return made


def invalid() -> list[dict[str, Any]]:
    """Of each form: fields outside their ranges, each alone, and bytes that must be 0."""
    made = []
    for form in FORMS:
        good = pack(form, drawn(form, random.Random(len(form))))
        places = dict([("node_id", 4), ("epoch", 4), ("sequence", 4), *widths(form)])
        for name, offset, value in wrong_values(form):
            spoilt = bytearray(good)
            spoilt[offset : offset + places[name]] = value.to_bytes(places[name], "little")
            made.append({"name": f"{form}, {name} {value}", "hex": spoilt.hex()})
        for place in range(end(form), PAYLOAD_END):
            spoilt = bytearray(good)
            spoilt[place] = 1 << place % 8
            made.append({"name": f"{form}, byte {place}", "hex": spoilt.hex()})
    return made
