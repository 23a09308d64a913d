"""A serial port over the network (RFC 2217) with a virtual board on it, reset line included.

What a board's USB bridge is for real: RTS active holds the board in reset, that is, without power.
"""

import contextlib
import socket
import threading

import serial
from serial import rfc2217

from ascpi.ports import open_port
from ascpi.virtual import VirtualBoard


class _Wires:
    """The port as pyserial's server side sees it; `rts` is the wire to the board's EN."""

    def __init__(self, board: VirtualBoard) -> None:
        self.baudrate, self.bytesize, self.parity, self.stopbits = 115200, 8, "N", 1
        self.timeout: float | None = None
        self.xonxoff = self.rtscts = self.break_condition = self.dtr = False
        self.cts = self.dsr = self.cd = True
        self.ri = False
        self.in_waiting = 0
        self._board = board
        self._rts = False

    @property
    def rts(self) -> bool:
        return self._rts

    @rts.setter
    def rts(self, active: bool) -> None:
        if active != self._rts:
            self._rts = active
            (self._board.kill if active else self._board.restart)()

    def reset_input_buffer(self) -> None: ...
    def reset_output_buffer(self) -> None: ...


class _Connection:
    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._lock = threading.Lock()

    def write(self, data: bytes) -> None:
        with self._lock, contextlib.suppress(OSError):
            self._sock.sendall(data)


class RemotePort:
    """Serves one client after the other, in a `with`; `url` is what a harness opens."""

    def __init__(self, board: VirtualBoard) -> None:
        self._board = board
        self._wires = _Wires(board)
        self._server = socket.create_server(("127.0.0.1", 0))
        self._client: socket.socket | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def url(self) -> str:
        return f"rfc2217://127.0.0.1:{self._server.getsockname()[1]}"

    def __enter__(self) -> "RemotePort":
        self._thread.start()
        return self

    def __exit__(self, *what: object) -> None:
        self._ended.set()
        # Closing alone wakes no accept that is under way.
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        if self._client is not None:
            with contextlib.suppress(OSError):
                self._client.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)

    def _serve(self) -> None:
        with open_port(self._board.serial_path, read_timeout_s=0.02) as port:
            while not self._ended.is_set():
                try:
                    client, _ = self._server.accept()
                except OSError:
                    return
                with client:
                    self._client = client
                    self._talk(client, port)

    def _talk(self, client: socket.socket, port: serial.Serial) -> None:
        connection = _Connection(client)
        manager = rfc2217.PortManager(self._wires, connection)  # type: ignore[arg-type]
        client.settimeout(0.02)
        while not self._ended.is_set():
            try:
                data = client.recv(4096)
                if not data:
                    return
                typed = b"".join(manager.filter(data))
                if typed:
                    port.write(typed)
            except TimeoutError:
                pass
            except OSError:
                return
            said = port.read(port.in_waiting or 1)
            if said:
                connection.write(b"".join(manager.escape(said)))
