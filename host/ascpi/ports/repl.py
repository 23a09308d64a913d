"""Files and code on a board, by MicroPython's raw REPL: mpremote's transport, wrapped once.

Its interface is declared unstable, so nobody else imports it.
"""

from __future__ import annotations

import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import PurePosixPath

import serial
from mpremote.transport import TransportError
from mpremote.transport_serial import SerialTransport

from ascpi.ports.opening import PortError, open_port, why

INTERRUPT = b"\x03"
RAW_MODE = b"\x01"
EXECUTE = b"\x04"
_GET_RAW_MODE = b"\r" + INTERRUPT + b"\r" + RAW_MODE
RAW_GREETING = b"raw REPL; CTRL-B to exit\r\n"
ENTER_DEADLINE_S = 10.0
ENTER_EVERY_S = 2.0
# A board that computes, or whose computer does, may be so late in taking the next piece of code.
READ_TIMEOUT_S = 10.0
# For all that a piece of code does and prints: far above what any of ours takes. A board that was
# reset meanwhile talks on for ever, and what it says is no answer.
ANSWER_DEADLINE_S = 30.0
# How soon an answer is noticed, and whoever cancels: writing a program takes a thousand answers.
_LOOK_S = 0.001
LEASH_S = 120
"""A board at the REPL that hears nothing for so long starts anew by itself."""
_ARM = """\
try:
 import machine
 _leash = machine.WDT(timeout=%d).feed
except Exception: _leash = lambda: None
"""
_RESET = "import machine\nmachine.reset()"
# Besides what each of them means: an answer that was cut off, or is another's.
_ERRORS = (TransportError, serial.SerialException, OSError, struct.error, ValueError, SyntaxError)


class _Transport(SerialTransport):  # type: ignore[misc]
    """mpremote's, on a port that is open already. Every wait has an end."""

    def __init__(self, port: serial.Serial, is_cancelled: Callable[[], bool]) -> None:
        self.is_cancelled = is_cancelled
        self.in_raw_repl = False
        self.use_raw_paste = True
        self.device_name = port.name
        self.mounted = False
        # Asks how much has come in before it reads, which a PTY can tell as well.
        self.is_pty = False
        self.serial = port

    def read_until(
        self,
        min_num_bytes: int,
        ending: bytes,
        timeout: float | None = READ_TIMEOUT_S,
        data_consumer: object = None,
        timeout_overall: float | None = None,
    ) -> bytes:
        """Bytes up to `ending`, or those that came in time; TransportError if cancelled."""
        heard = bytearray()
        last_s = time.monotonic()
        end_s = last_s + (timeout_overall or ANSWER_DEADLINE_S)
        while not heard.endswith(ending):
            if self.is_cancelled():
                raise TransportError("interrupted")
            now_s = time.monotonic()
            if now_s >= end_s or now_s >= last_s + (timeout or READ_TIMEOUT_S):
                break
            if self.serial.in_waiting:
                heard += self.serial.read(1)
                last_s = now_s
            else:
                time.sleep(_LOOK_S)
        return bytes(heard)

    def exec(self, command: str, data_consumer: object = None) -> bytes:
        """As mpremote's. All that we run on a board comes by here."""
        result: bytes = super().exec("_leash()\n" + command)
        return result


class Repl:
    """The raw REPL of a board, in a `with`: the program that runs there is interrupted.

    Leaving resets the board, however it is left, and so starts its program again. If we end
    without having left, or the cable is out, the board's watchdog does that after `LEASH_S`.

    PortError for whatever goes wrong, and soon after `cancelled` is set.
    """

    def __init__(self, url: str, cancelled: threading.Event | None = None) -> None:
        self.url = url
        self._is_cancelled = cancelled.is_set if cancelled is not None else bool
        self._port: serial.Serial | None = None
        self._transport: _Transport | None = None

    def __enter__(self) -> Repl:
        self._port = open_port(self.url, read_timeout_s=READ_TIMEOUT_S)
        try:
            self._transport = _Transport(self._port, self._is_cancelled)
            self._enter(self._transport)
            self._do("exec_raw", _ARM % (LEASH_S * 1000))
        except BaseException as error:
            self._leave(error)
            raise
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._leave(error)

    def _leave(self, error: BaseException | None) -> None:
        """Start the board again, whatever it is in the midst of where something went wrong."""
        port = self._port
        assert port is not None
        try:
            if error is None:
                self._reset()
            else:
                # Nobody waits for what it says to that; the first error says more.
                with suppress(serial.SerialException, OSError):
                    port.write(_GET_RAW_MODE + _RESET.encode() + EXECUTE)
        finally:
            self._port = self._transport = None
            port.close()

    def execute(self, code: str) -> str:
        """Run code; what it printed. PortError with the board's own traceback if it raised."""
        return bytes(self._do("exec", code)).decode("utf-8", "replace")

    def files(self, folder: str = "/") -> dict[str, int]:
        """{name: bytes} of the plain files in a folder; empty if there is no such folder."""
        code = (
            "import os\n"
            "try:\n"
            f" for entry in os.ilistdir({folder!r}):\n"
            "  if entry[1] == 0x8000: print(entry[0], entry[3] if len(entry) > 3 else 0)\n"
            "except OSError: pass\n"
        )
        found = (line.rsplit(" ", 1) for line in self.execute(code).splitlines() if line.strip())
        return {name: int(size) for name, size in found}

    def digest(self, path: str) -> bytes | None:
        """SHA-256 of a file; None if there is none."""
        code = (
            "import hashlib, binascii\n"
            "try:\n"
            f" file = open({path!r}, 'rb')\n"
            " digest = hashlib.sha256()\n"
            " while True:\n"
            "  piece = file.read(512)\n"
            "  if not piece: break\n"
            "  digest.update(piece)\n"
            " print(binascii.hexlify(digest.digest()).decode())\n"
            "except OSError: print('none')\n"
        )
        words = self.execute(code).strip()
        return None if words == "none" else bytes.fromhex(words)

    def read(self, path: str) -> bytes:
        """A file's bytes."""
        return bytes(self._do("fs_readfile", path))

    def write(self, path: str, data: bytes) -> None:
        """Replace a file in one step: beside it first, then renamed over it. Makes its folder."""
        folder = str(PurePosixPath(path).parent)
        if folder != "/":
            self.execute(f"import os\ntry:\n os.mkdir({folder!r})\nexcept OSError: pass")
        beside = path + ".new"
        self._do("fs_writefile", beside, data)
        self.execute(f"import os\nos.rename({beside!r}, {path!r})")

    def remove(self, path: str) -> None:
        self.execute(f"import os\nos.remove({path!r})")

    def _reset(self) -> None:
        """machine.reset(): everything anew."""
        try:
            self._entered().exec_raw_no_follow(_RESET)
        except _ERRORS as error:
            raise PortError(f"{self.url}: the board does not take the reset ({error})") from None

    def _enter(self, transport: _Transport) -> None:
        """Interrupt what runs and ask for the raw REPL, again and again until the deadline.

        A board that is just starting takes no notice of the first call.
        """
        port, deadline_s = transport.serial, time.monotonic() + ENTER_DEADLINE_S
        heard = b""
        try:
            while time.monotonic() < deadline_s:
                port.write(_GET_RAW_MODE)
                heard = transport.read_until(1, RAW_GREETING, timeout_overall=ENTER_EVERY_S)
                if heard.endswith(RAW_GREETING) and self._in_step(transport):
                    transport.in_raw_repl = True
                    return
        except TransportError as error:
            raise PortError(f"{self.url}: {error}") from None
        except (serial.SerialException, OSError) as error:
            raise PortError(f"{self.url}: {why(self.url, error)}") from None
        last = heard.decode("utf-8", "replace").strip().splitlines()[-1:]
        instead = f"only {last[0]!r}" if last else "nothing"
        raise PortError(
            f"{self.url}: no MicroPython answers there, {instead}; "
            "`ascpi flash` puts it on a board"
        )

    def _in_step(self, transport: _Transport) -> bool:
        """Whether the next prompt is the answer to what we say next.

        A board that was slow has been asked more than once, and greets once for each.
        """
        word = f"in step {time.monotonic_ns()}"
        transport.serial.write(f"print({word!r}, end='')".encode() + EXECUTE)
        # The prompt that follows is left to whoever runs code.
        answer = f"OK{word}\x04\x04".encode()
        heard: bytes = transport.read_until(1, answer, timeout_overall=ENTER_EVERY_S)
        return heard.endswith(answer)

    def _entered(self) -> _Transport:
        if self._transport is None:
            raise PortError(f"{self.url}: the REPL is not open")
        return self._transport

    def _do(self, name: str, *arguments: object) -> bytes:
        try:
            result: bytes = getattr(self._entered(), name)(*arguments)
            return result
        except _ERRORS as error:
            raise PortError(f"{self.url}: {_last_line(error)}") from None


def _last_line(error: Exception) -> str:
    """The end of a board's traceback says what happened; the rest is our own code there."""
    words = str(getattr(error, "error_output", "") or error).strip().splitlines()
    return words[-1] if words else "the board does not answer"
