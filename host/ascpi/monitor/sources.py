"""Who hears boards: a thread for each port, one that looks for new ports, one for the air.

All put what they hear into one queue; nobody else touches their threads.
"""

import errno
import socket
import threading
import time
from collections.abc import Callable, Iterable

from ascpi.address import Address, format_address
from ascpi.errors import AscpiError
from ascpi.monitor.heard import Connection, Inbox, Line, Packet
from ascpi.ports import FoundPort, SerialLine

Finder = Callable[[], Iterable[FoundPort]]

LOOK_EVERY_S = 1.0
RETRY_S = 0.2
STOP_DEADLINE_S = 5.0
# A datagram that is longer is none of ours, and is seen to be.
DATAGRAM_BYTES = 2048
BUFFER_BYTES = 1 << 20


def now_us() -> int:
    """µs of CLOCK_MONOTONIC."""
    return time.monotonic_ns() // 1000


class Ports:
    """Follows ports; with a `finder`, also those that it finds, now and later."""

    def __init__(self, inbox: Inbox, finder: Finder | None = None) -> None:
        self.lines: dict[str, SerialLine] = {}
        self._inbox = inbox
        self._finder = finder
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def follow(self, port: str) -> None:
        """Keep it open as long as it can be. Opening resets no board."""
        with self._lock:
            if port in self.lines or self._ended.is_set():
                return
            line = SerialLine(
                port,
                lambda text, at_us: self._inbox.put(Line(port, text, at_us)),
                lambda state: self._inbox.put(Connection(port, state, now_us())),
            )
            self.lines[port] = line
        # A row for it, also while the first attempt takes its time.
        self._inbox.put(Connection(port, line.state, now_us()))
        line.start()

    def start(self) -> None:
        """Look for ports from now on, if that was asked for; the first look is over afterwards."""
        if self._finder is None:
            return
        self._look(self._finder)
        self._thread = threading.Thread(target=self._run, args=(self._finder,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close them all, side by side."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join(STOP_DEADLINE_S)
        with self._lock:
            lines = list(self.lines.values())
        stopping = [threading.Thread(target=line.stop) for line in lines]
        for thread in stopping:
            thread.start()
        for thread in stopping:
            thread.join(STOP_DEADLINE_S)

    def _run(self, finder: Finder) -> None:
        while not self._ended.wait(LOOK_EVERY_S):
            self._look(finder)

    def _look(self, finder: Finder) -> None:
        for found in finder():
            self.follow(found.device)


class Air:
    """Packets of a network, without taking part: nothing is ever sent.

    AscpiError if the address is taken, or is none of this computer's.
    """

    def __init__(self, address: Address, inbox: Inbox) -> None:
        self._socket = open_ear(address)
        self.address: Address = self._socket.getsockname()
        self._inbox = inbox
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="air", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(STOP_DEADLINE_S)
        self._socket.close()

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                data = self._socket.recv(DATAGRAM_BYTES)
            except TimeoutError:
                continue
            except OSError:
                # An interface went away; the next datagram may come by another.
                self._ended.wait(RETRY_S)
                continue
            self._inbox.put(Packet(data, now_us()))


def open_ear(address: Address) -> socket.socket:
    """A socket that shares its port with the nodes of this computer."""
    where = format_address(address)
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        opened.settimeout(0.1)
        opened.bind(address)
    except OSError as error:
        opened.close()
        if error.errno == errno.EADDRNOTAVAIL:
            advice = "this computer has no such address; 0.0.0.0 is all that it has"
        elif error.errno == errno.EADDRINUSE:
            advice = "another program has the port for itself; end it, or give another port"
        else:
            advice = error.strerror or str(error)
        raise AscpiError(f"--udp {where}: {advice}") from None
    return opened
