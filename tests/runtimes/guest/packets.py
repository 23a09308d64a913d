"""Checks of codec.json, refusals.json and tags.json: bytes and what they say."""

import hashlib
from binascii import hexlify, unhexlify

from ascpi_core.glyphs.messages import Message
from ascpi_core.node import Node
from ascpi_core.settings import ROWS, NodeSettings, check_settings
from ascpi_core.ssep import ACCEPTED, DROP_REASONS, Beacon, Tagger, examine_head

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def text_of(packet: "bytes | bytearray") -> str:
    """Bytes as hex."""
    return hexlify(packet).decode()


def decoded(case: "dict[str, Any]") -> "list[Any]":
    """A valid packet: the refusal codes of both steps, and every field."""
    packet = unhexlify(case["hex"])
    fields = case["fields"]
    beacon = Beacon()
    codes = [examine_head(packet, len(packet), fields["cluster"]), beacon.decode(packet)]
    return codes + [[name, getattr(beacon, name)] for name in sorted(fields)]


def wanted_fields(case: "dict[str, Any]") -> "list[Any]":
    """What `decoded` should give."""
    fields = case["fields"]
    return [ACCEPTED, ACCEPTED] + [[name, fields[name]] for name in sorted(fields)]


def encoded(case: "dict[str, Any]") -> str:
    """The packet, made from the fields, into a buffer that was full of something else."""
    beacon = Beacon()
    for name in case["fields"]:
        setattr(beacon, name, case["fields"][name])
    packet = bytearray(b"\xff" * 64)
    beacon.encode(packet)
    return text_of(packet)


def node_of(case: "dict[str, Any]") -> Node:
    """The node of a case of refusals.json."""
    values, mistakes = check_settings(case["node"], ROWS)
    if mistakes:
        raise ValueError(mistakes[0])
    tagger = Tagger(unhexlify(case["key"]), hashlib.sha256) if case["key"] else None
    node = Node(NodeSettings(values), case["epoch"], 1, 0, tagger)
    # As one that holds glyphs: it reads all of a packet.
    node.reception.deliver(None, Message())
    return node


def refusals(case: "dict[str, Any]") -> "list[str]":
    """What one node says to each packet of a sequence."""
    node = node_of(case)
    codes = []
    for step in case["steps"]:
        packet = unhexlify(step["hex"])
        buffer = bytearray(64)
        for index in range(min(len(packet), 64)):
            buffer[index] = packet[index]
        codes.append(DROP_REASONS[node.receive(buffer, len(packet), step["now"])])
    return codes


def tagged(case: "dict[str, Any]") -> "list[Any]":
    """The tag of a packet, whether it is found right, and whether one wrong bit is found out."""
    tagger = Tagger(unhexlify(case["key"]), hashlib.sha256)
    packet = bytearray(unhexlify(case["packet"]))
    tagger.sign(packet)
    tag = text_of(packet[56:])
    right = tagger.verify(packet)
    packet[case["spoilt_bit"] >> 3] ^= 1 << (case["spoilt_bit"] & 7)
    return [tag, right, tagger.verify(packet)]
