"""A recorded run of three nodes: every call with its arguments, every packet, every state.

A row is a list: what was called, on which node, at which of its ticks, then what came of it.

    ["tick", node, now, state, band, coherence, error, theta]
    ["poll", node, now, hex of the packet]
    ["receive", node, now, number of the packet among those polled, refusal]
    ["noise", node, now, hex, refusal]
    ["event", node, name, subject]
    ["deadline", node, now, µs]
    ["until", node, now, target, µs]
    ["restart", node, now, epoch, seed]
    ["state", node, now, SHA-256 of `description`]

`perform` does what a row says and returns the row as it should have been.
"""

import hashlib
from binascii import hexlify, unhexlify

from ascpi_core.node import Node
from ascpi_core.peers import EVENT_NAMES
from ascpi_core.settings import ROWS, NodeSettings, check_settings
from ascpi_core.ssep import DROP_REASONS, Tagger

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Stage:
    """The nodes of a trace. `packets` are those polled so far."""

    def __init__(self, trace: "dict[str, Any]") -> None:
        self.packets: list[bytes] = []
        self.nodes: list[Node] = []
        self._configurations = trace["nodes"]
        self._key = unhexlify(trace["key"])
        for number in range(len(self._configurations)):
            start = self._configurations[number]["start"]
            self.nodes.append(self._boot(number, start["epoch"], start["seed"], start["ticks"]))

    def _boot(self, number: int, epoch: int, seed: int, now: int) -> Node:
        given = self._configurations[number]["settings"]
        values, mistakes = check_settings(given, ROWS)
        if mistakes:
            raise ValueError(mistakes[0])
        tagger = Tagger(self._key, hashlib.sha256)
        return Node(NodeSettings(values), epoch, seed, now, tagger)

    def perform(self, row: "list[Any]") -> "list[Any]":
        """Do it again; the row with what came of it this time."""
        what, number, now = row[0], row[1], row[2]
        node = self.nodes[number]
        if what == "tick":
            node.tick(now)
            seen = [
                node.field.lock.state,
                node.field.band,
                node.field.coherence,
                node.field.error,
                node.theta(now),
            ]
        elif what == "poll":
            packet = bytearray(64)
            length = node.poll(packet, now)
            seen = [hexlify(packet[:length]).decode()]
            self.packets.append(bytes(packet))
        elif what == "receive":
            seen = [row[3], DROP_REASONS[node.receive(self.packets[row[3]], 64, now)]]
        elif what == "noise":
            noise = unhexlify(row[3])
            seen = [row[3], DROP_REASONS[node.receive(noise, len(noise), now)]]
        elif what == "event":
            event = self._event(node)
            return [what, number, event[0], event[1]]
        elif what == "deadline":
            seen = [node.next_deadline(now)]
        elif what == "until":
            seen = [row[3], node.local.duration((row[3] - node.theta(now)) & 0xFFFFFFF)]
        elif what == "restart":
            self.nodes[number] = self._boot(number, row[3], row[4], now)
            seen = row[3:]
        else:
            seen = [hexlify(hashlib.sha256(description(node, now).encode()).digest()).decode()]
        seen[:0] = [what, number, now]
        return seen

    def _event(self, node: Node) -> "list[Any]":
        if not node.events.pop():
            return ["none", 0]
        return [EVENT_NAMES[node.events.event], node.events.subject]


def description(node: Node, now: int) -> str:
    """All that a node knows, as text."""
    counters = list(node.reception.counters)
    means = node.means()
    lines = [
        f"id {node.node_id} theta {node.theta(now)}",
        f"state {node.field.lock.state} band {node.field.band} coherence {node.field.coherence}",
        f"error {node.field.error} deadline {node.next_deadline(now)}",
        f"oscillator {node.oscillator.theta} at {node.oscillator.ticks}",
        f"sent {node.transmission.sequence} stalls {node.stalls}",
        f"counters {counters}",
        f"field {means.dphi()} {means.kappa()}",
    ]
    for peer in node.field.membership.present:
        clock = peer.clock
        lines.append(f"peer {peer.node_id} epoch {peer.epoch} state {peer.state}")
        lines.append(f"heard {peer.heard_ticks} packets {peer.packets}")
        lines.append(f"phase {peer.offset} at {peer.offset_ticks} drift {peer.drift}")
        lines.append(f"clock {clock.offset(now)} skew {clock.skew} gap {clock.half_gap}")
    return "\n".join(lines)
