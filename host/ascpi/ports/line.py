"""SerialLine: a thread that follows one port, line by line, through unplugging too."""

import threading
import time
from collections.abc import Callable

import serial

from ascpi.ports import control
from ascpi.ports.opening import BAUD, PortError, open_port, why
from ascpi.ports.splitter import LineSplitter

# A line and the µs of CLOCK_MONOTONIC at which its end came in; from the thread.
LineListener = Callable[[str, int], object]
# "" once the port is open, else why it is not; from the thread, at each change.
StateListener = Callable[[str], object]

RETRY_S = 0.5
READ_TIMEOUT_S = 0.1
STOP_DEADLINE_S = 5.0


class SerialLine:
    """A port that is kept open as long as it can be, from `start` to `stop`.

    `pause` gives the port to others (a REPL) until `resume`. Opening resets no board.
    """

    def __init__(
        self,
        url: str,
        on_line: LineListener,
        on_state: StateListener = lambda state: None,
        baud: int = BAUD,
    ) -> None:
        self.url = url
        self.state = "not open yet"
        self._baud = baud
        self._on_line = on_line
        self._on_state = on_state
        self._port: serial.Serial | None = None
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._wanted = threading.Event()
        self._released = threading.Event()
        self._wanted.set()
        self._thread = threading.Thread(target=self._run, name=f"line {url}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Close the port; returns when it is closed."""
        self._ended.set()
        self._wanted.set()
        if self._thread.is_alive():
            self._thread.join(STOP_DEADLINE_S)

    def pause(self) -> None:
        """Close the port and leave it closed. PortError if that takes too long."""
        self._released.clear()
        self._wanted.clear()
        if self._thread.is_alive() and not self._released.wait(STOP_DEADLINE_S):
            raise PortError(f"{self.url}: the port does not close; unplug the board")

    def resume(self) -> None:
        """Open it again."""
        self._wanted.set()

    @property
    def is_open(self) -> bool:
        return self._port is not None

    def write(self, data: bytes) -> None:
        """Send bytes to the board. PortError if there is no connection."""
        self._with_port(lambda port: port.write(data))

    def reset(self) -> None:
        """Press the board's reset button."""
        self._with_port(control.reset)

    def hold(self, in_reset: bool) -> None:
        """Keep the board in reset, or let it go."""
        self._with_port(lambda port: control.hold(port, in_reset))

    @property
    def has_control_lines(self) -> bool:
        """Whether the port could reset a board; False while it is not open."""
        with self._lock:
            return self._port is not None and control.has_lines(self._port)

    def _with_port(self, action: Callable[[serial.Serial], object]) -> None:
        with self._lock:
            if self._port is None:
                raise PortError(f"{self.url}: {self.state}")
            try:
                action(self._port)
            except (serial.SerialException, OSError) as error:
                raise PortError(f"{self.url}: {why(self.url, error)}") from None

    # The thread

    def _run(self) -> None:
        while not self._ended.is_set():
            if not self._wanted.is_set():
                self._released.set()
                self._wanted.wait()
                continue
            try:
                port = open_port(self.url, self._baud, READ_TIMEOUT_S)
            except PortError as error:
                self._say(str(error).removeprefix(f"{self.url}: "))
                self._ended.wait(RETRY_S)
                continue
            self._follow(port)

    def _follow(self, port: serial.Serial) -> None:
        with self._lock:
            self._port = port
        self._say("")
        state = "paused"
        try:
            self._read(port)
        except (serial.SerialException, OSError, TypeError) as error:
            # TypeError: what pyserial raises where a port is closed under a read.
            state = why(self.url, error)
        finally:
            with self._lock:
                self._port = None
                port.close()
        self._say(state)

    def _read(self, port: serial.Serial) -> None:
        splitter = LineSplitter()
        while self._wanted.is_set() and not self._ended.is_set():
            data = port.read(max(1, port.in_waiting))
            at_us = time.monotonic_ns() // 1000
            for line in splitter.feed(data):
                self._on_line(line, at_us)

    def _say(self, state: str) -> None:
        if state != self.state:
            self.state = state
            self._on_state(state)
