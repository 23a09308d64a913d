"""When a datagram came in: at the kernel, not when somebody found the time to read it.

On loopback the kernel takes the time of arrival inside the sender's `sendto` (tried: 5 µs after it
began, p95 25). Counted from there, a delay is the model's, however late the relay reads.
"""

import socket
import struct
import sys
import time

from ascpi.address import Address

LARGEST_DATAGRAM = 65_535

# Linux's number on every processor that Python runs on; the module `socket` has no name for it.
SO_TIMESTAMPNS = 35
_TIMESPEC = struct.Struct("@ll")
_CONTROL_BYTES = 64

# The stamp is of the time of day, which somebody may set. An age beyond this is none.
OLDEST_NS = 100_000_000


def ask_for_stamps(sock: socket.socket) -> bool:
    """Have the kernel say when each datagram came; False: this one does not."""
    if sys.platform != "linux":
        return False
    try:
        sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    except OSError:
        return False
    return True


def receive(sock: socket.socket, stamped: bool) -> tuple[bytes, Address, int]:
    """(datagram, sender, µs of CLOCK_MONOTONIC of its arrival); BlockingIOError if none waits."""
    if not stamped:
        datagram, source = sock.recvfrom(LARGEST_DATAGRAM)
        return datagram, source, time.monotonic_ns() // 1000
    datagram, controls, _, source = sock.recvmsg(LARGEST_DATAGRAM, _CONTROL_BYTES)
    # In this order: an interruption between the two makes it late, and never early.
    real_ns = time.time_ns()
    now_ns = time.monotonic_ns()
    return datagram, source, arrived_ns(controls, real_ns, now_ns) // 1000


def arrived_ns(controls: list[tuple[int, int, bytes]], real_ns: int, now_ns: int) -> int:
    """CLOCK_MONOTONIC at the kernel's stamp; `now_ns` if there is none that can be believed."""
    for level, kind, data in controls:
        if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS and len(data) == _TIMESPEC.size:
            seconds: int
            nanoseconds: int
            seconds, nanoseconds = _TIMESPEC.unpack(data)
            age_ns = real_ns - (seconds * 10**9 + nanoseconds)
            if 0 <= age_ns <= OLDEST_NS:
                return now_ns - age_ns
    return now_ns
