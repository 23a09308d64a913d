"""The network trace, if one is asked for: true times of each datagram that is read or sent.

See ../network_trace.py for the lines. A read's line is written at the next call, so that the
firmware's time stamp, which comes right after the read, is as early as without a trace.
"""

from binascii import hexlify

import board_socket
from utime import ticks_us as _true_us

_HEAD = const(24)

_file = None


class TracedSocket(board_socket.UdpSocket):
    def __init__(self, af, proto):
        super().__init__(af, proto)
        self._read_us = 0
        self._read_head = b""

    def readinto(self, buffer, size=-1):
        if self._read_us:
            _file.write(b"%d read %s\n" % (self._read_us, hexlify(self._read_head)))
            self._read_us = 0
        length = super().readinto(buffer, size)
        if length:
            self._read_head = bytes(memoryview(buffer)[: min(length, _HEAD)])
            self._read_us = _true_us()
        return length

    def sendto(self, data, address):
        began_us = _true_us()
        length = super().sendto(data, address)
        ended_us = _true_us()
        head = hexlify(bytes(memoryview(data)[:_HEAD]))
        _file.write(b"%d sent %d %s\n" % (began_us, ended_us, head))
        return length


def attach(path):
    """Record there what every socket made from now on reads and sends."""
    global _file
    _file = open(path, "ab")
    board_socket.UdpSocket = TracedSocket
