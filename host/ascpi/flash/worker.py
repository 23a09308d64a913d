"""Speaks to one board's ROM loader: `python -m ascpi.flash.worker`, a process for each board.

esptool's log is global to a process and its licence is the GPL: it is imported here and nowhere
else, and nothing imports this. Orders come as lines of JSON on standard input and are answered on
standard output, each by any number of `{"progress": …}` and `{"note": …}`, then by one
`{"result": …}` or `{"failure": {"kind": …, "text": …}}`. loader.py is the other side.
"""

import base64
import gc
import json
import os
import select
import socket
import sys
import threading
import zlib
from pathlib import Path
from queue import SimpleQueue
from typing import IO, Any

import esptool.loader
import serial
from esptool import cmds
from esptool.logger import TemplateLogger, log
from esptool.util import FatalError, flash_size_bytes

from ascpi.flash.depot import COMPRESSED
from ascpi.ports.opening import BAUD, PortError, open_port

# What esptool says where the flash does not hold what was written.
_WRONG_DATA = ("MD5 of file does not match", "the written flash region is empty", "Verification")
# A region that is nearly all written is not shown at each of its thousand blocks.
_PROGRESS_STEP_BYTES = 8192
# For the first answer at a new rate; the loader gives it within a millisecond.
_ANSWER_S = 0.5


class NoHex:
    """In place of esptool's HexFormatter, which spells out each packet for a trace that is off.

    That took two thirds of the time that a worker needs to write a flash (1.6 MB: 1.2 s of 1.8).
    """

    def __init__(self, binary_string: bytes, auto_split: bool = True) -> None:
        """Nothing is kept."""

    def __str__(self) -> str:
        return "…"


class Zlib:
    """In place of the zlib of esptool's write_flash: what is compressed already is taken."""

    decompressobj = staticmethod(zlib.decompressobj)

    def __init__(self) -> None:
        self._ready: tuple[bytes, bytes] = (b"", b"")

    def prepare(self, path: Path, data: bytes) -> None:
        """The file's compressed form lies beside it, as depot.py puts it there."""
        self._ready = (data, path.with_suffix(COMPRESSED).read_bytes())

    def compress(self, data: bytes, level: int) -> bytes:
        """Of other data than was prepared (esptool pads it, for one) as ever."""
        return self._ready[1] if data == self._ready[0] else zlib.compress(data, level)


class Failure(Exception):
    """An order cannot be carried out; `kind` is one of loader.KINDS."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


def tell(message: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


class Log(TemplateLogger):  # type: ignore[misc]
    """esptool's words, of which only progress and warnings go on."""

    def __init__(self) -> None:
        self.region = ""
        self._told_bytes = 0

    def print(self, *words: object, **_: object) -> None:
        if "Verifying" in "".join(str(word) for word in words):
            tell({"progress": {"stage": "verify", "region": self.region, "done": 0, "of": 1}})

    def note(self, message: str) -> None:
        """Advice for users of the command line."""

    def warning(self, message: str) -> None:
        tell({"detail": message})

    def error(self, message: str) -> None:
        tell({"detail": message})

    def stage(self, finish: bool = False) -> None:
        """A matter of terminals."""

    def progress_bar(
        self,
        cur_iter: int,
        total_iters: int,
        prefix: str = "",
        suffix: str = "",
        bar_length: int = 30,
    ) -> None:
        if cur_iter < self._told_bytes:
            self._told_bytes = 0
        if cur_iter == total_iters or cur_iter - self._told_bytes >= _PROGRESS_STEP_BYTES:
            self._told_bytes = cur_iter
            words = {"stage": "write", "region": self.region, "done": cur_iter, "of": total_iters}
            tell({"progress": words})

    def set_verbosity(self, verbosity: str) -> None:
        """One kind of words only."""


class Worker:
    def __init__(self, words: Log) -> None:
        self._log = words
        self._port: serial.Serial | None = None
        self._chip: Any = None
        self._zlib = cmds.zlib = Zlib()

    def connect(self, port: str, baud: int, attempts: int) -> dict[str, object]:
        """Call the loader, and start esptool's own in the chip's memory: it is the faster one."""
        self.close()
        self._call(port, attempts)
        if baud != BAUD and not self._speed_up(baud):
            self.close()
            self._call(port, attempts)
            tell({"note": f"the line does not carry {baud} baud: going on at {BAUD}, slower"})
        chip = self._chip
        if chip.secure_download_mode:
            raise Failure(
                "refused",
                "the chip is in secure download mode, in which nothing can be read or verified",
            )
        cmds.attach_flash(chip)
        size = flash_size_bytes(cmds.detect_flash_size(chip))
        if not size:
            raise Failure("refused", "its flash chip does not say how large it is")
        mac = ":".join(f"{byte:02x}" for byte in chip.read_mac())
        return {"chip": chip.CHIP_NAME, "mac": mac, "flash_bytes": size}

    def read(self, offset: int, length: int) -> dict[str, object]:
        data = cmds.read_flash(self._chip, offset, length, no_progress=True)
        return {"data": base64.b64encode(data).decode("ascii")}

    def erase(self) -> dict[str, object]:
        cmds.erase_flash(self._chip)
        return {}

    def write(self, regions: list[dict[str, Any]], skip_same: bool) -> dict[str, object]:
        """Each region, verified by its digest. A cable that comes out ends it at once."""
        type(self._chip).WRITE_FLASH_ATTEMPTS = 1
        for region in regions:
            self._log.region = region["name"]
            path = Path(region["file"])
            data = path.read_bytes()
            self._zlib.prepare(path, data)
            cmds.write_flash(self._chip, [(region["offset"], data)], skip_flashed=skip_same)
        return {}

    def verify(self, regions: list[dict[str, Any]]) -> dict[str, object]:
        """The flash holds these regions still."""
        for region in regions:
            self._log.region = region["name"]
            data = Path(region["file"]).read_bytes()
            cmds.verify_flash(self._chip, [(region["offset"], data)])
        return {}

    def reset(self) -> dict[str, object]:
        """Start the program on the flash, and let go of the port."""
        cmds.reset_chip(self._chip, "hard-reset")
        self.close()
        return {}

    def close(self) -> None:
        if self._port is not None:
            self._port.close()
        self._port = self._chip = None

    def _call(self, port: str, attempts: int) -> None:
        try:
            self._port = open_port(port)
        except PortError as error:
            raise Failure("port", str(error).removeprefix(f"{port}: ")) from None
        try:
            found = cmds.detect_chip(self._port, connect_attempts=attempts)
        except FatalError as error:
            known = "autodetect" in str(error)
            raise Failure("refused" if known else "silent", first_line(error)) from None
        self._chip = cmds.run_stub(found)

    def _speed_up(self, baud: int) -> bool:
        """False where the port, its driver or the line do not work at that rate."""
        try:
            self._chip.change_baud(baud)
            self._chip.read_reg(self._chip.CHIP_DETECT_MAGIC_REG_ADDR, timeout=_ANSWER_S)
        except (FatalError, ValueError, NotImplementedError):
            return False
        return True


def first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0]


def carry_out(worker: Worker, words: Log, order: dict[str, Any]) -> dict[str, object]:
    """The answer to an order, or the failure in its place."""
    name = order.pop("order")
    try:
        return {"result": getattr(worker, name)(**order)}
    except Failure as failure:
        kind, text = failure.kind, str(failure)
    except FatalError as error:
        text = first_line(error)
        wrong = any(part in text for part in _WRONG_DATA)
        kind, text = ("wrong", words.region) if wrong else ("noise", text)
    except (serial.SerialException, OSError) as error:
        kind, text = "lost", first_line(error)
    except Exception as error:  # noqa: BLE001  esptool's own mistakes are the user's to read
        kind, text = "noise", f"{type(error).__name__}: {first_line(error)}"
    return {"failure": {"kind": kind, "text": text}}


def follow(orders: IO[str], queue: "SimpleQueue[dict[str, Any]]") -> None:
    """Hand on the orders, in a thread. Nobody there any more: end, in the midst of whatever it is.

    The board is then half written, which the next run mends; its port is free for that run.
    """
    for line in orders:
        queue.put(json.loads(line))
    os._exit(0)


def work(orders: IO[str], answers: IO[str]) -> None:
    """Serve one board; does not return."""
    sys.stdout = answers
    words = Log()
    log.set_logger(words)
    tell({"pid": os.getpid()})
    queue: SimpleQueue[dict[str, Any]] = SimpleQueue()
    threading.Thread(target=follow, args=(orders, queue), daemon=True).start()
    worker = Worker(words)
    while True:
        tell(carry_out(worker, words, queue.get()))


def reap() -> None:
    """Workers that have ended are to leave nothing in the system's table."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass  # there are none


def serve(listener: socket.socket) -> None:
    """Fork a worker for each connection, until the standard input ends."""
    # What is imported stays as it is, and so shared: the collector would touch all of it.
    gc.freeze()
    while True:
        ready, _, _ = select.select([listener, sys.stdin], [], [])
        reap()
        if sys.stdin in ready:
            return
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            work(connection.makefile("r"), connection.makefile("w"))
        connection.close()


def main() -> None:
    esptool.loader.HexFormatter = NoHex
    if len(sys.argv) > 1:
        serve(socket.socket(fileno=int(sys.argv[1])))
        return
    # Whatever else prints must not stand between the answers.
    answers = os.dup(1)
    os.dup2(2, 1)
    work(sys.stdin, os.fdopen(answers, "w", encoding="utf-8"))


if __name__ == "__main__":
    main()
