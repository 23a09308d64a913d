"""A learning switch whose every wire is the air: pure, in integer µs, with no clock and no I/O.

A frame to one address goes to the port behind which that address was last seen, any other frame
to all ports but its own. When it comes out there, if at all, the air's model says, for each
receiver by itself. Ports are numbered from 1, and the model knows them by that number.
"""

import heapq
from dataclasses import dataclass

from ascpi.air.model import Air
from ascpi.bench.duel import frame as frames

# A peer has one address, ours. Beyond it something is wrong, and learning it costs memory.
MOST_ADDRESSES = 1_024


@dataclass
class Count:
    """What was sent into the switch, by kind of frame. `payload_bytes`: within UDP datagrams."""

    frames: int = 0
    bytes: int = 0
    payload_bytes: int = 0


@dataclass(frozen=True)
class Delivery:
    due_us: int
    port: int
    frame: bytes


class Switch:
    """`accept` what comes in; `next_due_us` and `due` tell what is to go out."""

    def __init__(self, air: Air, ports: int) -> None:
        self.air = air
        self.counts = {kind: Count() for kind in (frames.UDP, frames.ARP, frames.OTHER)}
        self._ports = range(1, ports + 1)
        self._behind: dict[bytes, int] = {}
        # (due µs, order of arrival, port, frame)
        self._due: list[tuple[int, int, int, bytes]] = []
        self._order = 0

    def accept(self, now_us: int, port: int, frame: bytes) -> None:
        """A frame that was sent into `port`; one without a whole header is dropped."""
        if len(frame) < frames.HEADER_BYTES:
            return
        self._count(frame)
        sender = frames.source(frame)
        if not frames.is_group(sender) and (
            sender in self._behind or len(self._behind) < MOST_ADDRESSES
        ):
            self._behind[sender] = port
        for receiver in self._receivers(port, frames.destination(frame)):
            for due_us in self.air.deliveries(now_us, port, receiver):
                self._order += 1
                heapq.heappush(self._due, (due_us, self._order, receiver, frame))

    def next_due_us(self) -> int | None:
        return self._due[0][0] if self._due else None

    def due(self, now_us: int) -> Delivery | None:
        """The next frame that is due by now; None: none is."""
        if not self._due or self._due[0][0] > now_us:
            return None
        due_us, _, port, frame = heapq.heappop(self._due)
        return Delivery(due_us, port, frame)

    def _receivers(self, port: int, address: bytes) -> list[int]:
        if not frames.is_group(address):
            known = self._behind.get(address)
            if known is not None:
                return [known] if known != port else []
        return [other for other in self._ports if other != port]

    def _count(self, frame: bytes) -> None:
        count = self.counts[frames.kind(frame)]
        count.frames += 1
        count.bytes += len(frame)
        count.payload_bytes += frames.payload_bytes(frame)
