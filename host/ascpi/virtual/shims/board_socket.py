"""`socket`: UDP as on an ESP32, with its faults. Other sockets are the unix port's own.

    - A datagram comes alone: cut to the buffer if longer, never merged with the next.
    - A queue of 6 (lwIP): what does not fit is dropped, the newest first, and counted. The
      kernel's queue is emptied at each read, so that the same are dropped as there.
    - A datagram of length zero closes the socket for ever: every later read returns 0.
    - A burst of sends gets ENOMEM. While the radio is down, sending fails and nothing comes in.

A read that finds nothing costs one poll and allocates nothing.
"""

import io

import select
import socket as _kernel
from socket import *  # noqa: F403  its constants
from utime import ticks_us as _true_us

from board_ether import brings
from board_page import page
from board_station import radio_up

_SOCK_DGRAM = _kernel.SOCK_DGRAM
_EAGAIN = const(11)
_ENOMEM = const(12)
_ETIMEDOUT = const(116)
_EHOSTUNREACH = const(118)
_LARGEST = const(2048)
_POLL_REQUEST = const(3)
_POLL_READ = const(1)
_POLL_WRITE = const(4)

IPPROTO_IP = 0
IPPROTO_UDP = 17

_packed = {}


def _pack(address):
    """The kernel's form of an address that is given as (ip, port)."""
    if not isinstance(address, tuple):
        return address
    if address not in _packed:
        if len(_packed) >= 16:
            _packed.clear()
        _packed[address] = _kernel.getaddrinfo(address[0], address[1])[0][-1]
    return _packed[address]


def _unpack(address):
    _, ip, port = _kernel.sockaddr(address)
    return ("%d.%d.%d.%d" % tuple(ip), port)


def socket(af=_kernel.AF_INET, type=_kernel.SOCK_STREAM, proto=0):
    if type == _SOCK_DGRAM:
        return UdpSocket(af, proto)
    return _kernel.socket(af, type, proto)


class UdpSocket(io.IOBase):
    def __init__(self, af, proto):
        self._socket = _kernel.socket(af, _SOCK_DGRAM, proto)
        poller = select.poll()
        poller.register(self._socket, select.POLLIN)
        self._poller = poller
        self._ready = poller.ipoll
        self._timeout_ms = -1
        self._dead = False
        size = page.queue_datagrams
        self._slots = [None] * size
        self._size = size
        self._head = 0
        self._count = 0
        self._last_address = None
        self._last_packed = None
        self._burst_start_us = 0
        self._burst = 0

    def fileno(self):
        return self._socket.fileno()

    def setsockopt(self, level, option, value):
        self._socket.setsockopt(level, option, value)

    def bind(self, address):
        self._socket.bind(_pack(address))

    def setblocking(self, blocking):
        self._timeout_ms = -1 if blocking else 0

    def settimeout(self, seconds):
        self._timeout_ms = -1 if seconds is None else int(seconds * 1000)

    def close(self):
        if self._poller:
            self._poller.unregister(self._socket)
            self._poller = None
            self._socket.close()

    # Receiving

    def readinto(self, buffer, size=-1):
        if self._dead:
            return 0
        for _ in self._ready(0):
            self._drain()
        if self._count:
            return self._take(buffer, len(buffer) if size < 0 else min(size, len(buffer)))
        if self._timeout_ms == 0:
            return None
        self._wait()
        return self.readinto(buffer, size)

    def recvfrom(self, size):
        if not self._dead:
            for _ in self._ready(0):
                self._drain()
            if not self._count:
                self._wait()
                return self.recvfrom(size)
        sender = ("0.0.0.0", 0) if self._dead else _unpack(self._slots[self._head][1])
        buffer = bytearray(size)
        return bytes(memoryview(buffer)[: self.readinto(buffer)]), sender

    def recv(self, size):
        return self.recvfrom(size)[0]

    def read(self, size):
        buffer = bytearray(size)
        length = self.readinto(buffer)
        return None if length is None else bytes(memoryview(buffer)[:length])

    def _drain(self):
        """Move what the kernel holds to the board's own short queue. Something is there."""
        up = radio_up()
        while True:
            datagram = self._socket.recvfrom(_LARGEST)
            if not up or not brings(datagram[0]):
                pass
            elif self._count < self._size:
                self._slots[(self._head + self._count) % self._size] = datagram
                self._count += 1
            else:
                page.dropped_datagrams += 1
            if not self._poller.poll(0):
                return

    def _take(self, buffer, size):
        data = self._slots[self._head][0]
        self._slots[self._head] = None
        self._head = (self._head + 1) % self._size
        self._count -= 1
        length = len(data)
        if not length:
            self._dead = True
            page.closed_sockets += 1
        elif length >= size:
            memoryview(buffer)[:size] = memoryview(data)[:size]
            return size
        else:
            buffer[:length] = data
        return length

    def _wait(self):
        if self._timeout_ms == 0:
            raise OSError(_EAGAIN)
        if not self._poller.poll(self._timeout_ms):
            raise OSError(_ETIMEDOUT)

    # Sending

    def sendto(self, data, address):
        if address is not self._last_address:
            self._last_packed = _pack(address)
            self._last_address = address
        if page.burst_datagrams:
            self._pace()
        if not radio_up():
            raise OSError(_EHOSTUNREACH)
        return self._socket.sendto(data, self._last_packed)

    def _pace(self):
        now = _true_us()
        if now - self._burst_start_us > page.burst_us:
            self._burst_start_us = now
            self._burst = 0
        self._burst += 1
        if self._burst > page.burst_datagrams:
            page.refused_datagrams += 1
            raise OSError(_ENOMEM)

    # For select.poll and asyncio

    def ioctl(self, request, argument):
        if request != _POLL_REQUEST:
            return -1  # no file descriptor to poll instead: what was drained lies here
        readable = self._dead or self._count or self._poller.poll(0)
        events = _POLL_WRITE | (_POLL_READ if readable else 0)
        return argument & events
