"""Starts worker processes, one for each board, and ends them in order.

Importing esptool takes a third of a second of a processor. On Linux one process does that, as soon
as a command begins, and forks a worker for each board; elsewhere each worker starts for itself.
A worker ends by itself as soon as its input does, so none outlives us, however we end.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO

from ascpi.flash.depot import Depot

END_DEADLINE_S = 2.0
_MODULE = "ascpi.flash.worker"


class Channel:
    """Lines to and from one worker; `pid` is known once it has told it, its first line."""

    def __init__(
        self, reader: IO[str], writer: IO[str], process: subprocess.Popen[str] | None
    ) -> None:
        self.reader = reader
        self.writer = writer
        self.pid = 0
        self._process = process
        self._ended = threading.Event()

    def tell_ended(self) -> None:
        """From whoever reads: its output has ended."""
        self._ended.set()

    def end(self) -> None:
        """End the worker, also in the midst of an order."""
        self._hang_up()
        if not self._ended.wait(END_DEADLINE_S) and self.pid:
            # It has not ended, so the number is still its own.
            os.kill(self.pid, signal.SIGTERM)
        if self._process is not None:
            try:
                self._process.wait(END_DEADLINE_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def _hang_up(self) -> None:
        with suppress(OSError):  # it has ended by itself
            self.writer.close()


class SocketChannel(Channel):
    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        super().__init__(
            connection.makefile("r", encoding="utf-8"),
            connection.makefile("w", encoding="utf-8"),
            None,
        )

    def _hang_up(self) -> None:
        super()._hang_up()
        with suppress(OSError):  # likewise
            self._connection.shutdown(socket.SHUT_WR)
        self._connection.close()


class Workers:
    """Where workers come from, in a `with`; leaving it ends what is left of them."""

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._server: subprocess.Popen[str] | None = None
        self.depot = Depot()
        self._address = ""
        if sys.platform == "linux":
            self._start_server()

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def new(self) -> Channel:
        """A worker for one board."""
        if self._server is None:
            process = _start([])
            assert process.stdout is not None
            assert process.stdin is not None
            return Channel(process.stdout, process.stdin, process)
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.connect(self._address)
        return SocketChannel(connection)

    def end(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            assert server.stdin is not None
            server.stdin.close()
            try:
                server.wait(END_DEADLINE_S)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
            assert server.stdout is not None
            server.stdout.close()
        if self._folder is not None:
            self._folder.cleanup()
        self.depot.close()

    def _start_server(self) -> None:
        # A socket's path has 107 bytes at most; that of a temporary folder may be longer.
        self._folder = tempfile.TemporaryDirectory(prefix="ascpi-", dir=_short_folder())
        self._address = str(Path(self._folder.name) / "workers")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            listener.bind(self._address)
            # Who connects before the server has imported all it needs waits in the queue.
            listener.listen(socket.SOMAXCONN)
            self._server = _start([str(listener.fileno())], (listener.fileno(),))


def _short_folder() -> str | None:
    return "/tmp" if os.access("/tmp", os.W_OK | os.X_OK) else None


def _start(words: list[str], descriptors: tuple[int, ...] = ()) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", _MODULE, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
        pass_fds=descriptors,
        # The user's Ctrl-C is for us: we end the workers in order.
        start_new_session=True,
    )
