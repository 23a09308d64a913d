"""When a datagram came: by the kernel's stamp where there is one that can be believed."""

import socket
import struct
import sys
import time

import pytest

from ascpi.air.arrival import OLDEST_NS, SO_TIMESTAMPNS, arrived_ns, ask_for_stamps, receive

NOW_NS = 5_000_000_000
# The time of day: what it is does not matter, only how long ago the stamp was.
REAL_NS = 1_700_000_000_123_456_789


def control(stamp_ns: int, kind: int = SO_TIMESTAMPNS) -> list[tuple[int, int, bytes]]:
    data = struct.pack("@ll", stamp_ns // 10**9, stamp_ns % 10**9)
    return [(socket.SOL_SOCKET, kind, data)]


@pytest.mark.parametrize("age_ns", [0, 1, 40_000, OLDEST_NS])
def test_a_stamp_is_carried_to_the_monotonic_clock(age_ns: int) -> None:
    assert arrived_ns(control(REAL_NS - age_ns), REAL_NS, NOW_NS) == NOW_NS - age_ns


@pytest.mark.parametrize("age_ns", [-1, -3_600_000_000_000, OLDEST_NS + 1, 3_600_000_000_000])
def test_a_clock_that_was_set_is_not_believed(age_ns: int) -> None:
    assert arrived_ns(control(REAL_NS - age_ns), REAL_NS, NOW_NS) == NOW_NS


def test_without_a_stamp_it_came_now() -> None:
    assert arrived_ns([], REAL_NS, NOW_NS) == NOW_NS
    assert arrived_ns(control(REAL_NS, SO_TIMESTAMPNS + 1), REAL_NS, NOW_NS) == NOW_NS
    torn = [(socket.SOL_SOCKET, SO_TIMESTAMPNS, b"1234")]
    assert arrived_ns(torn, REAL_NS, NOW_NS) == NOW_NS


def test_it_is_the_moment_of_sending_however_late_it_is_read() -> None:
    """Read 20 ms late. On a machine that stamps, it counts from the sending all the same."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
    ):
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(5.0)
        sender.bind(("127.0.0.1", 0))
        stamped = ask_for_stamps(receiver)
        assert stamped == (sys.platform == "linux")
        # The kernel begins to stamp all that comes some time after it was asked the first time.
        for _ in range(2):
            time.sleep(0.02)
            began_us = time.monotonic_ns() // 1000
            sender.sendto(b"x", receiver.getsockname())
            ended_us = time.monotonic_ns() // 1000
            time.sleep(0.02)
            datagram, source, arrived_us = receive(receiver, stamped)
        assert (datagram, source) == (b"x", sender.getsockname())
        assert arrived_us >= began_us - 1
        if stamped:
            # Half the time until it was read; the stamp itself lies within the sending.
            assert arrived_us < ended_us + 10_000
