"""A UDP relay that behaves like the air: each datagram goes to every other station, model willing.

Timers are `select` and a heap: asyncio on Linux waits in whole milliseconds, which would be the
greatest delay of a clean air. A delay runs from the moment at which the sender sent (arrival.py)
and ends when it should (punctual.py). The relay measures how late it sends nevertheless, and says
so.
"""

import heapq
import select
import socket
from dataclasses import asdict
from typing import Protocol

from ascpi.address import Address, format_address, is_loopback
from ascpi.air.arrival import ask_for_stamps, receive
from ascpi.air.lateness import Lateness
from ascpi.air.model import Air
from ascpi.air.punctual import (
    SPIN_US,
    ask_for_precedence,
    ask_for_sharp_timers,
    monotonic_us,
    spin_until,
)
from ascpi.air.stations import Name, StationRecord, Stations
from ascpi.air.trace import Passage, Trace
from ascpi.errors import AscpiError

# As much as the system grants: a burst of 200 boards is 200 datagrams, each sent 199 times.
BUFFER_BYTES = 4 << 20

# Datagrams read in one go before those that are due are sent.
READ_BATCH = 64

# Woken at least so often, to forget the silent.
LONGEST_WAIT_US = 1_000_000


def open_socket(bind: Address, any_address: bool) -> socket.socket:
    where = format_address(bind)
    if not any_address and not is_loopback(bind[0]):
        raise AscpiError(
            f"the air stays on this machine unless --any is given: {where} is no loopback address"
        )
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            sock.setsockopt(socket.SOL_SOCKET, option, BUFFER_BYTES)
        sock.bind(bind)
    except OSError as error:
        sock.close()
        raise AscpiError(
            f"the air cannot listen on {where} ({error.strerror}); "
            "choose another --bind, port 0 for any free one"
        ) from None
    sock.setblocking(False)
    return sock


class Orders(Protocol):
    """Who may interrupt the relay: `wake` is readable when there is something to answer."""

    stopped: bool
    wake: socket.socket

    def answer_all(self, relay: "Relay") -> None: ...


class Relay:
    """`serve` until the control says stop or the time is up; `report` at any moment."""

    def __init__(
        self, sock: socket.socket, air: Air, any_address: bool = False, trace: Trace | None = None
    ) -> None:
        self.air = air
        self.address: Address = sock.getsockname()
        self.stations = Stations()
        self._socket = sock
        self._any_address = any_address
        self._groups: list[list[Name]] = []
        self._trace = trace
        self._stamped = ask_for_stamps(sock)
        self._precedence = False
        # (due µs, order of arrival, sender, receiver, arrived µs, datagram)
        self._due: list[tuple[int, int, StationRecord, StationRecord, int, bytes]] = []
        self._order = 0
        self._lateness = Lateness()
        self._counts = {"received": 0, "sent": 0, "foreign": 0, "crowded": 0, "refused": 0}

    def partition(self, groups: list[list[Name]]) -> None:
        """Cut the air between groups of stations, those that are yet to come included."""
        self._groups = groups
        self.air.partition(self.stations.resolve(groups))

    def serve(self, control: Orders, until_us: int | None = None) -> None:
        ask_for_sharp_timers()
        self._precedence = ask_for_precedence()
        now_us = monotonic_us()
        while not control.stopped and (until_us is None or now_us < until_us):
            wake_us = now_us + LONGEST_WAIT_US if until_us is None else until_us
            if self._due:
                wake_us = min(wake_us, self._due[0][0] - SPIN_US)
            wait_us = min(max(0, wake_us - now_us), LONGEST_WAIT_US)
            ready, _, _ = select.select([self._socket, control.wake], [], [], wait_us / 1e6)
            if self._socket in ready:
                self._receive()
            now_us = self._send_due()
            if control.wake in ready:
                control.answer_all(self)
            self.stations.forget(now_us)

    def _receive(self) -> None:
        for _ in range(READ_BATCH):
            try:
                datagram, source, arrived_us = receive(self._socket, self._stamped)
            except BlockingIOError:
                return
            except ConnectionError:
                # Windows: somebody whom we sent to has gone. Not a datagram.
                continue
            self._accept(datagram, source, arrived_us)

    def _accept(self, datagram: bytes, source: Address, arrived_us: int) -> None:
        if not self._any_address and not is_loopback(source[0]):
            self._counts["foreign"] += 1
            return
        sender, new = self.stations.hear(source, arrived_us)
        if sender is None:
            self._counts["crowded"] += 1
            return
        if new and self._groups:
            self.air.partition(self.stations.resolve(self._groups))
        self._counts["received"] += 1
        for receiver in self.stations.others(sender):
            for due_us in self.air.deliveries(arrived_us, sender.number, receiver.number):
                self._order += 1
                passage = (due_us, self._order, sender, receiver, arrived_us, datagram)
                heapq.heappush(self._due, passage)

    def _send_due(self) -> int:
        """Send what is due by now; returns the time after it.

        The first is waited for if it is due soon. Only the first: in between, what came is taken.
        """
        now_us = monotonic_us()
        if self._due and now_us < self._due[0][0] <= now_us + SPIN_US:
            spin_until(self._due[0][0])
            now_us = monotonic_us()
        while self._due and self._due[0][0] <= now_us:
            due_us, _, sender, receiver, arrived_us, datagram = heapq.heappop(self._due)
            try:
                self._socket.sendto(datagram, receiver.address)
            except OSError:
                # The system's buffer is full, or the address is gone: lost, as on any air.
                self._counts["refused"] += 1
            else:
                self._counts["sent"] += 1
                self.stations.count_sent(receiver.address)
            now_us = monotonic_us()
            self._lateness.add(now_us - due_us)
            if self._trace is not None:
                self._trace.add(
                    Passage(sender.number, receiver.number, arrived_us, due_us, now_us, datagram)
                )
        return now_us

    def report(self) -> dict[str, object]:
        return {
            "air": format_address(self.address),
            "preset": self.air.preset.name,
            "seed": self.air.seed,
            "relay": dict(self._counts),
            "fates": asdict(self.air.counters),
            "lateness": asdict(self._lateness.summary()),
            "precedence": self._precedence,
            "stations": self.stations.report(),
        }
