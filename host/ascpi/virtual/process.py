"""One life of a board's process: from the start of MicroPython to its end, whatever ends it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from ascpi.address import parse_address
from ascpi.virtual import wires, wiring
from ascpi.virtual.options import VirtualBoardOptions
from ascpi.virtual.page import ANALOG_INDEX, PAGE_BYTES, RTC_OFFSET, WORDS, Page
from ascpi.virtual.runtime import MicroPython, board_command
from ascpi.virtual.serial_line import Console, read_some
from ascpi.virtual.true_time import true_us

REAP_DEADLINE_S = 5.0


class BoardProcess:
    """`doorbell` is readable when the board rang, and at its end once the process has ended."""

    def __init__(
        self, options: VirtualBoardOptions, runtime: MicroPython, page: Page, skip_main: bool
    ) -> None:
        self.console = Console()
        self.doorbell, board_end = os.pipe()
        os.set_blocking(self.doorbell, False)
        self._output_wires = options.output_wires
        parameters = _parameters(options, page, board_end, skip_main)
        slave = self.console.slave
        try:
            self._process = subprocess.Popen(
                [
                    *options.command_prefix,
                    *board_command(runtime, options.heap_bytes, json.dumps(parameters)),
                ],
                stdin=slave,
                stdout=slave,
                stderr=slave,
                pass_fds=(page.fd, board_end, *wiring.descriptors(options)),
                # The console is to be its controlling terminal, and the user's Ctrl-C not for it.
                start_new_session=True,
                env=_environment(),
                cwd=options.flash,
            )
        except OSError:
            self.console.close()
            os.close(self.doorbell)
            raise
        finally:
            os.close(board_end)
        self.console.release_slave()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def has_precedence(self) -> bool:
        """Whether the system has granted it."""
        if sys.platform != "linux":
            return False
        try:
            return os.sched_getscheduler(self.pid) & ~os.SCHED_RESET_ON_FORK == os.SCHED_RR
        except ProcessLookupError:
            return False

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def heed_doorbell(self) -> bool:
        """Take the board's rings; False once the process has ended."""
        return read_some(self.doorbell) is not None

    def runs_code(self, prompting: bool) -> bool:
        """Whether Ctrl-C is for code that runs. In the REPL it is a key like any other.

        A process says which signals it catches; where there is no /proc, the prompt has to do.
        (A program that switches the interrupt off is not known there, and would be ended.)
        """
        return _catches(self.pid, signal.SIGINT) if sys.platform == "linux" else not prompting

    def interrupt(self) -> None:
        """SIGINT, wherever the code is. In the REPL it would end the process."""
        self._process.send_signal(signal.SIGINT)

    def kill(self) -> None:
        self._process.kill()

    def end(self) -> int:
        """Reap the process, which has ended or is about to; its exit code."""
        code = self._process.wait(REAP_DEADLINE_S)
        os.close(self.doorbell)
        # Without power it drives nothing.
        wires.drop(self._output_wires)
        return code

    def last_words(self) -> bytes:
        """What the console still holds after the end."""
        words = b""
        while data := read_some(self.console.fd):
            words += data
        return words


def _parameters(
    options: VirtualBoardOptions, page: Page, doorbell: int, skip_main: bool
) -> dict[str, object]:
    return {
        "parent_id": os.getpid(),
        "page_fd": page.fd,
        "page_bytes": PAGE_BYTES,
        "words": WORDS,
        "analog_index": ANALOG_INDEX,
        "rtc_offset": RTC_OFFSET,
        "doorbell_fd": doorbell,
        "flash": str(options.flash.resolve()),
        "nvs": str(options.nvs.resolve()),
        "edges": _path(options.edges),
        "trace_network": _path(options.trace_network),
        "trace_flash": _path(options.trace_flash),
        "wires": wiring.parameters(options),
        "precedence": options.precedence,
        "node_id": options.node_id,
        "ip": parse_address(options.bind, "bind")[0],
        "broadcast": parse_address(options.broadcast, "broadcast"),
        "ether": _path(options.radio.ether),
        "boot_us": true_us(),
        "skip_main": skip_main,
    }


def _path(path: Path | None) -> str:
    return str(path.resolve()) if path else ""


def _environment() -> dict[str, str]:
    """Without what would have MicroPython read or write in the user's own folders."""
    unwanted = {"HOME", "MICROPYPATH", "MICROPYINSPECT"}
    return {name: value for name, value in os.environ.items() if name not in unwanted}


def _catches(pid: int, number: signal.Signals) -> bool:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    for line in status.splitlines():
        if line.startswith("SigCgt:"):
            return bool(int(line.split()[1], 16) >> (number - 1) & 1)
    return False
