"""This terminal on a board's serial port: what is typed goes there, what it says is shown.

Nothing is interrupted or reset, neither on the way in nor on the way out: that is for the keys of
the board's own REPL.
"""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import serial

from ascpi.ports import SerialLine, open_port
from ascpi.ports.opening import why

LEAVE = b"\x18"
LEAVE_NAME = "Ctrl-X"
KEY_WAIT_S = 0.1
READ_TIMEOUT_S = 0.1

GREETING = (
    "{port}: {leave} returns to the monitor. Ctrl-C stops the program and opens the REPL, "
    "Ctrl-D there starts it again.\r\n"
)

# Gives what was typed, b"" if there was nothing for KEY_WAIT_S.
Keys = Callable[[], bytes]


def visit(line: SerialLine) -> str:
    """Lend the port to this terminal until the user leaves. Why it ended; "" if by its key.

    PortError if the port cannot be had.
    """
    line.pause()
    try:
        with open_port(line.url, read_timeout_s=READ_TIMEOUT_S) as port, terminal_keys() as keys:
            _show(GREETING.format(port=line.url, leave=LEAVE_NAME).encode())
            reason = converse(port, keys, _show)
            _show(b"\r\n")
            return reason
    finally:
        line.resume()


def converse(port: serial.Serial, keys: Keys, show: Callable[[bytes], object]) -> str:
    """Both ways until LEAVE is typed, or the port is lost. Why it ended; "" if by LEAVE."""
    ended = threading.Event()
    reasons: list[str] = []

    def listen() -> None:
        try:
            while not ended.is_set():
                data = port.read(max(1, port.in_waiting))
                if data:
                    show(data)
        except (serial.SerialException, OSError, TypeError) as error:
            reasons.append(why(port.name or "", error))
            ended.set()

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    try:
        while not ended.is_set():
            typed, leave, _ = keys().partition(LEAVE)
            if typed:
                port.write(typed)
            if leave:
                break
    except (serial.SerialException, OSError) as error:
        reasons.append(why(port.name or "", error))
    finally:
        ended.set()
        listener.join()
    return reasons[0] if reasons else ""


def _show(data: bytes) -> None:
    """A terminal that is raw wants a return before each line feed; not every port sends one."""
    stream = sys.__stdout__
    if stream is not None:
        stream.buffer.write(data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
        stream.flush()


if sys.platform == "win32":
    import msvcrt
    import time

    _ARROWS = {"H": b"\x1b[A", "P": b"\x1b[B", "M": b"\x1b[C", "K": b"\x1b[D"}

    @contextmanager
    def terminal_keys() -> Iterator[Keys]:
        """Each key by itself, Ctrl-C among them."""

        def typed() -> bytes:
            end_s = time.monotonic() + KEY_WAIT_S
            while not msvcrt.kbhit():
                if time.monotonic() > end_s:
                    return b""
                time.sleep(0.005)
            key = msvcrt.getwch()
            if key in "\x00\xe0":
                return _ARROWS.get(msvcrt.getwch(), b"")
            return key.encode()

        yield typed

else:
    import select
    import termios
    import tty

    @contextmanager
    def terminal_keys() -> Iterator[Keys]:
        """Each key by itself, Ctrl-C among them."""
        fd = sys.stdin.fileno()
        before = termios.tcgetattr(fd)

        def typed() -> bytes:
            if not select.select([fd], [], [], KEY_WAIT_S)[0]:
                return b""
            return os.read(fd, 1024)

        try:
            tty.setraw(fd)
            yield typed
        finally:
            termios.tcsetattr(fd, termios.TCSADRAIN, before)
