"""An observer of a field: it hears everything, checks it as a node does, and speaks only to order.

It is a node of the core whose role is `ROLE_OBSERVER`, so nobody counts it among those
present: a field that is listened to, or given orders, goes on as if nobody were there. As long as
there is nothing to say it sends nothing, and many fields need nothing else. An air that learns its
stations from what they send is the exception; there it says who it is when it hears nobody.
"""

import hashlib
import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from ascpi.address import Address
from ascpi.desktop.clock import ticks_us
from ascpi.desktop.node import open_socket
from ascpi.errors import NodeFailed
from ascpi.glyphs.station import Station
from ascpi_core.glyphs.messages import Message
from ascpi_core.node import Node
from ascpi_core.peers import Peer
from ascpi_core.settings import ROWS, NodeSettings, check_settings
from ascpi_core.ssep import (
    ACCEPTED,
    DROP_CLUSTER,
    DROP_FORGED,
    DROP_KEYED,
    DROP_UNTAGGED,
    KIND_BEACON,
    PACKET_BYTES,
    ROLE_OBSERVER,
    Beacon,
    Tagger,
)

QUIET_S = 0.7
"""Longer than any node's pause between two beacons: who has heard nobody by then may have to say
who it is."""
HELLO_EVERY_S = 1.0
LOOK_S = 0.02
"""The observer's own housekeeping waits no longer."""
PEERS_MOST = 510
DATAGRAM_BYTES = 2048

Taker = Callable[[Beacon | Message, int], None]


@dataclass(frozen=True)
class Field:
    """Which field is observed, and from where."""

    bind: Address
    broadcast: Address
    cluster: int = 0
    key: str = ""


class Observer:
    """Use it in a `with`. `on_packet` gets each packet of a node that is here, and when it came
    (µs of `time.monotonic`); the object is used again for the next one."""

    def __init__(self, field: Field, station: Station) -> None:
        values, mistakes = check_settings(
            {
                "id": station.node_id,
                "cluster": field.cluster,
                "key": field.key,
                "max_peers": PEERS_MOST,
            },
            ROWS,
        )
        if mistakes:
            raise NodeFailed("; ".join(mistakes))
        self._tagger = Tagger(field.key.encode(), hashlib.sha256) if field.key else None
        self.field = field
        self.node = Node(
            NodeSettings(values, ROLE_OBSERVER),
            station.epoch,
            random.SystemRandom().getrandbits(30),
            ticks_us(),
            self._tagger,
        )
        self.on_packet: Taker = lambda said, at_us: None
        self._beacon = Beacon()
        self._message = Message()
        self._packet = bytearray(PACKET_BYTES)
        self._socket = open_socket(field.bind)
        self._heard = False
        # A port that was drawn just now is known to nobody who has not heard from it.
        self._must_say = field.bind[1] == 0
        self._hello_s = time.monotonic() + (0 if self._must_say else QUIET_S)

    def __enter__(self) -> "Observer":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    @property
    def is_open(self) -> bool:
        """Whether the field has no key, as far as this observer is concerned."""
        return self._tagger is None

    def members(self) -> list[Peer]:
        """The nodes that are here, by id."""
        return sorted(self.node.field.membership.present, key=lambda peer: peer.node_id)

    def member(self, node_id: int) -> Peer | None:
        """The node with this id, if it is here."""
        peer = self.node.field.membership.find(node_id)
        return peer if peer is not None and peer.present else None

    def listen(self, until_s: float) -> bool:
        """Take in the next packet; False if there was none until then (`time.monotonic`)."""
        while True:
            now_s = time.monotonic()
            self.node.tick(ticks_us())
            self._say_hello(now_s)
            self._socket.settimeout(max(0.001, min(LOOK_S, until_s - now_s)))
            try:
                data = self._socket.recv(DATAGRAM_BYTES)
            except (TimeoutError, ConnectionError):
                # A ConnectionError is an answer to what we sent: nobody there at the moment.
                if time.monotonic() >= until_s:
                    return False
                continue
            self._take(data)
            return True

    def hasten(self) -> None:
        """There will be something to say: the next announcement may come soon."""
        self.node.transmission.hasten(ticks_us())

    def announce(self) -> bool:
        """Say who this is, if the rules of the air let it speak now; whether it did."""
        if not self.node.poll(self._packet, ticks_us()):
            return False
        self._send()
        return True

    def say(self, message: Message) -> None:
        """Send a packet; its head is filled in here."""
        node = self.node
        message.node_id = node.node_id
        message.cluster = node.settings.cluster
        node.transmission.count(message, ticks_us())
        message.encode(self._packet)
        if self._tagger is not None:
            self._tagger.sign(self._packet)
        self._send()

    def silence(self) -> str:
        """Why nobody is heard, as far as that can be told: a sentence with what to do."""
        counters = self.node.reception.counters
        where = f"on {self.field.bind[0]}:{self._socket.getsockname()[1]}"
        if counters[DROP_KEYED]:
            return (
                f"the field heard {where} has a key and none was given: name its file with "
                "--key-file"
            )
        if counters[DROP_FORGED]:
            return f"the packets heard {where} have another key than the one given; check it"
        if counters[DROP_UNTAGGED]:
            return f"the field heard {where} is open: leave the key away (--key-file, ASCPI_KEY)"
        if counters[DROP_CLUSTER]:
            return (
                f"only other clusters than {self.field.cluster} are heard {where}: name the one "
                "you mean with --cluster"
            )
        return (
            f"no node is heard {where}: is one running with the same cluster number and key, and "
            "does --broadcast name its network?"
        )

    def _take(self, data: bytes) -> None:
        if self.node.receive(data, len(data), ticks_us()) != ACCEPTED:
            return
        said = self._beacon if data[3] == KIND_BEACON else self._message
        said.decode(data)
        # Of other observers nothing is to be known.
        if self.member(said.node_id) is not None:
            self._heard = True
            self.on_packet(said, time.monotonic_ns() // 1000)

    def _say_hello(self, now_s: float) -> None:
        if now_s < self._hello_s:
            return
        self._must_say |= not self._heard
        if not self._must_say or self.announce():
            self._hello_s = now_s + HELLO_EVERY_S

    def _send(self) -> None:
        try:
            self._socket.sendto(self._packet, self.field.broadcast)
        except OSError as error:
            raise NodeFailed(
                f"nothing can be sent to {self.field.broadcast[0]}:{self.field.broadcast[1]} "
                f"({error.strerror}): name this network's broadcast with --broadcast"
            ) from None
