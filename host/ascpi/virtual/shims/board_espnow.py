"""`espnow`: messages from board to board, through the same air as datagrams.

Each goes in an envelope, which sockets pass over: ENVELOPE, receiver's MAC, sender's MAC,
channel, sender's id (4 bytes). An envelope without a message makes a board known to the air.
Only who is on the same channel hears it; no access point is needed, but an active interface.

    - A message has 1 to 250 bytes, its receiver must be a peer, broadcast too.
    - What does not fit into the receive buffer (13 bytes more a message) is dropped.
    - In a burst, `send` waits for room for up to 2 s, then raises ESP_ERR_ESPNOW_NO_MEM.
"""

import select
import socket as _kernel
from utime import sleep_ms as _sleep_ms
from utime import ticks_us as _true_us

import board_ether as ether
import board_network as network
from board_page import page

ADDR_LEN = 6
KEY_LEN = 16
MAX_DATA_LEN = 250
MAX_ENCRYPT_PEER_NUM = 6
MAX_TOTAL_PEER_NUM = 20

_EVERYBODY = b"\xff\xff\xff\xff\xff\xff"
_HEADER = const(23)
_OVERHEAD = const(13)
_HELLO_US = const(10000000)
_SEND_PATIENCE_US = const(2000000)
_NOT_INIT = const(0x3065)
_ARG = const(0x3066)
_NO_MEM = const(0x3067)
_FULL = const(0x3068)
_NOT_FOUND = const(0x3069)
_INTERNAL = const(0x306A)
_EXIST = const(0x306B)
_IF = const(0x306C)
_WORDS = {
    _NOT_INIT: "NOT_INIT",
    _ARG: "ARG",
    _NO_MEM: "NO_MEM",
    _FULL: "FULL",
    _NOT_FOUND: "NOT_FOUND",
    _INTERNAL: "INTERNAL",
    _EXIST: "EXIST",
    _IF: "IF",
}

_bind = None
_air = None
_the_one = None


def attach(parameters):
    """`parameters` name the board's address and where its packets go."""
    global _bind, _air
    host, port = parameters["broadcast"]
    _air = _kernel.getaddrinfo(host, port)[0][-1]
    # A broadcast address of the machine, or else an air, which answers to where it is sent from.
    shared = host.endswith(".255")
    _bind = _kernel.getaddrinfo(host if shared else parameters["ip"], port if shared else 0)[0][-1]


def _fail(code):
    raise OSError(-code, "ESP_ERR_ESPNOW_" + _WORDS.get(code, "INTERNAL"))


class ESPNow:
    def __new__(cls):
        global _the_one
        if _the_one is None:
            _the_one = super().__new__(cls)
            _the_one._set_up()
        return _the_one

    def _set_up(self):
        self.peers_table = {}
        self._socket = None
        self._poller = None
        self._buffer_bytes = 2 * (MAX_DATA_LEN + _OVERHEAD)
        self._timeout_ms = 300000
        self._peers = {}
        self._waiting = []
        self._used = 0
        self._counts = [0, 0, 0, 0, 0]
        self._whole = set()
        self._data = [None, bytearray(MAX_DATA_LEN)]
        self._hello_us = 0
        self._burst_start_us = 0
        self._burst = 0

    def active(self, on=None):
        if on is None:
            return self._socket is not None
        if on and self._socket is None:
            self._socket = _kernel.socket(_kernel.AF_INET, _kernel.SOCK_DGRAM)
            self._socket.setsockopt(_kernel.SOL_SOCKET, _kernel.SO_REUSEADDR, 1)
            self._socket.setsockopt(_kernel.SOL_SOCKET, _kernel.SO_BROADCAST, 1)
            self._socket.bind(_bind)
            self._poller = select.poll()
            self._poller.register(self._socket, select.POLLIN)
            self._hello_us = 0
            self._greet()
        elif not on and self._socket is not None:
            self._poller.unregister(self._socket)
            self._socket.close()
            self._socket = None
            self._peers.clear()
            self._waiting = []
            self._used = 0
        return self._socket is not None

    def config(self, *what, **values):
        if what:
            known = {"rxbuf": self._buffer_bytes, "timeout_ms": self._timeout_ms}
            if what[0] not in known:
                raise ValueError("unknown config param")
            return known[what[0]]
        for name, value in values.items():
            if name == "rxbuf":
                self._buffer_bytes = value
            elif name == "timeout_ms":
                self._timeout_ms = value
            elif name not in ("rate", "pm"):
                raise TypeError("extra keyword arguments given")

    def stats(self):
        return tuple(self._counts)

    # Peers

    def add_peer(self, mac, lmk=None, channel=None, ifidx=None, encrypt=None):
        self._require()
        if len(mac) != ADDR_LEN:
            raise ValueError("invalid buffer length")
        if mac in self._peers:
            _fail(_EXIST)
        if len(self._peers) >= MAX_TOTAL_PEER_NUM:
            _fail(_FULL)
        self._peers[bytes(mac)] = (bytes(mac), lmk or b"", channel or 0, ifidx or 0, bool(encrypt))

    def mod_peer(self, mac, *values, **more):
        self.get_peer(mac)
        del self._peers[bytes(mac)]
        self.add_peer(mac, *values, **more)

    def del_peer(self, mac):
        self.get_peer(mac)
        del self._peers[bytes(mac)]

    def get_peer(self, mac):
        self._require()
        if mac not in self._peers:
            _fail(_NOT_FOUND)
        return self._peers[bytes(mac)]

    def get_peers(self):
        return tuple(peer for mac, peer in self._peers.items() if not mac[0] & 1)

    def peer_count(self):
        return (len(self._peers), 0)

    def set_pmk(self, pmk):
        if len(pmk) != KEY_LEN:
            raise ValueError("invalid buffer length")

    # Sending

    def send(self, mac, message=None, sync=True):
        self._require()
        if message is None:
            mac, message = None, mac
        if not 0 < len(message) <= MAX_DATA_LEN:
            _fail(_ARG)
        receivers = [mac] if mac else [peer[0] for peer in self.get_peers()]
        for receiver in receivers:
            peer = self.get_peer(receiver)
            if not (page.own_access_point if peer[3] else page.station_active):
                _fail(_IF)
            self._pace()
            if page.access_point_since_us:
                self._put(receiver, message)
            self._counts[0] += 1
            self._counts[1] += 1
        return True

    def _pace(self):
        fault = page.espnow_fault
        asked_us = _true_us()
        while fault == _NO_MEM or not self._has_room():
            _sleep_ms(1)
            if _true_us() - asked_us >= _SEND_PATIENCE_US:
                _fail(_NO_MEM)
            fault = page.espnow_fault
        if fault:
            _fail(fault)

    def _has_room(self):
        if not page.burst_datagrams:
            return True
        now = _true_us()
        if now - self._burst_start_us > page.burst_us:
            self._burst_start_us = now
            self._burst = 0
        self._burst += 1
        return self._burst <= page.burst_datagrams

    def _put(self, receiver, message):
        head = bytes([network.channel()]) + ether.own["id"].to_bytes(4, "little")
        sender = network.WLAN(network.AP_IF if page.own_access_point else network.STA_IF)
        envelope = ether.ENVELOPE + receiver + sender.config("mac") + head
        self._hello_us = _true_us()
        self._socket.sendto(envelope + bytes(message), _air)

    def _greet(self):
        """Have the air know this board, which it forgets after 30 s of silence."""
        if not self._hello_us or _true_us() - self._hello_us > _HELLO_US:
            self._put(_EVERYBODY, b"")

    # Receiving

    def _drain(self):
        self._greet()
        while self._poller.poll(0):
            data = self._socket.recvfrom(2048)[0]
            if len(data) <= _HEADER or data[:6] != ether.ENVELOPE:
                continue
            receiver, sender, message = data[6:12], data[12:18], data[_HEADER:]
            node_id = int.from_bytes(data[19:23], "little")
            if node_id == ether.own["id"] or not self._is_heard(data[18], node_id, receiver):
                continue
            if _OVERHEAD + len(message) >= self._buffer_bytes - self._used:
                self._counts[4] += 1
                continue
            self._used += _OVERHEAD + len(message)
            self._waiting.append((sender, message))
            self._counts[3] += 1

    def _is_heard(self, channel, node_id, receiver):
        if not (page.station_active or page.own_access_point) or not page.access_point_since_us:
            return False
        if receiver != _EVERYBODY and receiver != network.WLAN().config("mac"):
            return False
        return channel == network.channel() and ether.reaches(node_id)

    def any(self):
        self._require()
        self._drain()
        return bool(self._waiting)

    def recvinto(self, data, timeout_ms=None):
        self._require()
        buffer = data[1]
        # As on a board a buffer has room for the longest message, and shows the length of the
        # last: that it once was whole has to be remembered here.
        if len(buffer) == MAX_DATA_LEN:
            self._whole.add(id(buffer))
        elif id(buffer) not in self._whole:
            raise ValueError("invalid buffer length")
        timeout_ms = self._timeout_ms if timeout_ms is None else timeout_ms
        asked_us = _true_us()
        self._drain()
        while not self._waiting:
            if 0 <= timeout_ms * 1000 <= _true_us() - asked_us:
                return 0
            _sleep_ms(1)
            self._drain()
        sender, message = self._waiting.pop(0)
        self._used -= _OVERHEAD + len(message)
        self.peers_table[sender] = [-50, _true_us() // 1000]
        data[0] = sender
        buffer[:] = message
        return len(message)

    def irecv(self, timeout_ms=None):
        return self._data if self.recvinto(self._data, timeout_ms) else (None, None)

    def recv(self, timeout_ms=None):
        mac, message = self.irecv(timeout_ms)
        return (mac, message) if mac is None else [bytes(mac), bytes(message)]

    def __iter__(self):
        return self

    def __next__(self):
        return self.irecv()

    def _require(self):
        if self._socket is None:
            _fail(_NOT_INIT)
