"""The thread behind a virtual board: power, reset button, watchdog and USB cable in one.

It starts the board's process, pumps bytes between the process's console and the serial port,
splits them into lines, turns Ctrl-C into an interrupt, and starts the process again when it ends:

    ended by itself, or machine.soft_reset()   soft reset: clock and radio go on
    machine.reset(), watchdog, a crash         reset: everything anew, the flash kept
    kill()                                     the power is off

The process is started from this thread and dies with it (see bootstrap.py).
"""

import signal
import threading
import time
from collections.abc import Callable

from ascpi.ports.splitter import LineSplitter
from ascpi.virtual import ether
from ascpi.virtual.crystal import Crystal
from ascpi.virtual.interruption import Interruption
from ascpi.virtual.loop import Loop
from ascpi.virtual.options import VirtualBoardOptions
from ascpi.virtual.page import REQUEST_RESET, REQUEST_SOFT_RESET, Page
from ascpi.virtual.process import BoardProcess
from ascpi.virtual.runtime import MicroPython
from ascpi.virtual.serial_line import ReplMode, SerialPort, read_some
from ascpi.virtual.true_time import true_us

INTERRUPT = b"\x03"
ENTER_RAW_REPL = b"\x01"
# How soon a user who opens the port is noticed.
OPEN_CHECK_S = 0.05
# A board that crashes at once is not started in a tight loop, and not for ever.
CRASH_PAUSE_S = 0.3
CRASHES_MAX = 3

# Both are read within milliseconds; another clock is off by years, or by what the machine slept.
CLOCKS_APART_MAX_US = 5_000_000

# What a radio forgets at a reset.
RADIO_WORDS = (
    *("station_active", "station_asked_us", "station_joined_us", "station_reason"),
    "own_access_point",
)

CAUSE_POWER_ON = 1
CAUSE_RESET = 2
CAUSE_WATCHDOG = 3
CAUSE_SOFT_RESET = 5

LineListener = Callable[[str, int], object]


class Supervisor(Loop):
    def __init__(
        self, options: VirtualBoardOptions, runtime: MicroPython, page: Page, crystal: Crystal
    ) -> None:
        # First, as it may refuse the link: nothing else is open yet.
        self.port = SerialPort(options.serial_link)
        super().__init__(f"board-{options.node_id}")
        self._options = options
        self._runtime = runtime
        self._page = page
        self._crystal = crystal
        self.process: BoardProcess | None = None
        self.listeners: tuple[LineListener, ...] = ()
        self.resets: list[int] = []
        # Set while the firmware is running; cleared by each end of the process.
        self.running = threading.Event()
        self.failure = ""
        self._lines = LineSplitter()
        self._mode = ReplMode()
        self._recent = b""
        self._interrupt_wanted = False
        self._interruption = Interruption(page)
        self._crashes = 0
        self._start_s: float | None = None

    # Actions, in the supervisor's thread

    def power_on(self) -> None:
        self.power_off()
        self._crashes = 0
        self.failure = ""
        self._boot(CAUSE_POWER_ON)

    def power_off(self) -> None:
        self._start_s = None
        if self.process is not None:
            self.process.kill()
            self._bury(self.process)
        self._silence()

    def shut_down(self) -> None:
        self.power_off()
        self.ended = True

    def receive(self, data: bytes) -> None:
        """Bytes that came in at the serial port."""
        before, *after = data.split(INTERRUPT)
        self._type(before)
        for part in after:
            self._interrupt()
            self._type(part)

    # The thread

    def before_wait(self) -> None:
        port = self.port
        if not self.watches(port.fd) and port.is_open():
            self.watch(port.fd, self._pump_port)
        self.wait_for_room(port.fd, port.waiting)
        if self.process is not None:
            console = self.process.console
            self.wait_for_room(console.fd, console.waiting)

    def timeout_s(self) -> float | None:
        waits = []
        if not self.watches(self.port.fd):
            waits.append(OPEN_CHECK_S)
        if self._start_s is not None:
            waits.append(self._start_s - time.monotonic())
        if self._interruption.pending:
            waits.append(self._interruption.patience_left_s())
        if self.process is not None and self._page["watchdog_timeout_us"]:
            waits.append(self._watchdog_left_us() / 1e6)
        return max(0.0, min(waits)) if waits else None

    def after_wait(self) -> None:
        if self._start_s is not None and time.monotonic() >= self._start_s:
            self._start_s = None
            self._boot(CAUSE_RESET)
        if self.process is not None:
            self._type(self._interruption.follow(self.process, self._mode.prompting))
        if self.process is None or not self._page["watchdog_timeout_us"]:
            return
        if self._watchdog_left_us() <= 0:
            self._tell("rst: watchdog")
            self.process.kill()
            self._bury(self.process)
            self._boot(CAUSE_WATCHDOG)

    def release(self) -> None:
        self.power_off()
        self.port.close()

    def _pump_port(self) -> None:
        self.port.flush()
        data = read_some(self.port.fd)
        if data is None:
            self.unwatch(self.port.fd)
        elif data:
            self.receive(data)

    def _watchdog_left_us(self) -> int:
        fed_us = self._page["watchdog_fed_us"]
        return fed_us + self._page["watchdog_timeout_us"] - true_us()

    # The board's process

    def _boot(self, cause: int) -> None:
        """Power-on or reset: clock, radio and watchdog start anew."""
        page, options = self._page, self._options
        for word in ("request", "watchdog_timeout_us", *RADIO_WORDS):
            page[word] = 0
        if cause == CAUSE_POWER_ON:
            page.forget_rtc()
        self._silence()
        page["power_save"] = 1
        segment = self._crystal.power_on(true_us(), options.ticks_start, self._rate_ppb())
        page.start_clock(segment)
        self._mode = ReplMode()
        self._start_process(cause, skip_main=False)

    def _silence(self) -> None:
        """Without power, or as it comes, the radio is off."""
        ether.forget(self._options.radio.ether, self._options.node_id)

    def _rate_ppb(self) -> int:
        """A crystal keeps its rate over a reset."""
        return self._crystal.ppb if self._crystal.segments else self._options.ppb

    def _soft_reset(self, skip_main: bool) -> None:
        self._show(b"MPY: soft reboot\r\n")
        self._page["request"] = 0
        raw = self._mode.raw
        self._start_process(CAUSE_SOFT_RESET, skip_main or raw)
        if raw and self.process is not None:
            self.process.console.write(ENTER_RAW_REPL)

    def _start_process(self, cause: int, skip_main: bool) -> None:
        self._page["running"] = 0
        self._page["reset_cause"] = cause
        self._interrupt_wanted = False
        self._interruption.forget()
        self.resets.append(cause)
        try:
            process = BoardProcess(self._options, self._runtime, self._page, skip_main)
        except OSError as error:
            self.failure = f"its process does not start ({error})"
            return
        self.process = process
        self.watch(process.console.fd, self._pump_console)
        self.watch(process.doorbell, self._answer)

    def _pump_console(self) -> None:
        process = self.process
        if process is None:
            return
        process.console.flush()
        data = read_some(process.console.fd)
        if data is None:
            # The end: the doorbell tells too, and then the process can be reaped.
            self.unwatch(process.console.fd)
        elif data:
            self._show(data)

    def _answer(self) -> None:
        process = self.process
        if process is None:
            return
        if not process.heed_doorbell():
            self._after_end(self._bury(process))
            return
        if self._page["running"] and not self.running.is_set():
            self._greet(process)
        request = self._page["request"]
        if request:
            process.kill()
            self._bury(process)
            if request == REQUEST_SOFT_RESET:
                self._soft_reset(skip_main=False)
            elif request == REQUEST_RESET:
                self._boot(CAUSE_RESET)

    def _greet(self, process: BoardProcess) -> None:
        """The shims are in place, the firmware comes next."""
        if abs(self._page["power_on_us"] - true_us()) > CLOCKS_APART_MAX_US:
            self.failure = "MicroPython's clock and Python's are not the same on this platform"
            self.power_off()
            return
        self.running.set()
        self._crashes = 0
        if self._interrupt_wanted:
            self._interrupt_wanted = False
            self._interruption.ask()

    def _bury(self, process: BoardProcess) -> int:
        """Reap an ended process and show its last words; its exit code."""
        for fd in (process.console.fd, process.doorbell):
            self.unwatch(fd)
        code = process.end()
        self._show(process.last_words())
        process.console.close()
        self.process = None
        self.running.clear()
        return code

    def _after_end(self, code: int) -> None:
        if code == 0:
            self._soft_reset(skip_main=False)
        elif code == -signal.SIGINT:
            # Ctrl-C met code that was just ending: what was wanted is the REPL.
            self._soft_reset(skip_main=True)
        else:
            self._crashes += 1
            self._silence()
            self._tell(f"rst: crash, the process ended with {code}")
            if self._crashes >= CRASHES_MAX:
                self.failure = self.last_words()
            else:
                self._start_s = time.monotonic() + CRASH_PAUSE_S

    # Bytes

    def _type(self, data: bytes) -> None:
        if self._interruption.pending:
            self._interruption.hold(data)
        elif data and self.process is not None:
            self.process.console.write(data)

    def _interrupt(self) -> None:
        if self.process is None:
            return
        if not self.running.is_set():
            self._interrupt_wanted = True
        elif self.process.runs_code(self._mode.prompting):
            self._interruption.ask()
        else:
            self._type(INTERRUPT)

    def last_words(self) -> str:
        return self._recent.decode("utf-8", "replace").strip()

    def _tell(self, sentence: str) -> None:
        self._show(f"\r\n{sentence}\r\n".encode())

    def _show(self, data: bytes) -> None:
        """What the board says: to the serial port and, line by line, to the listeners."""
        if not data:
            return
        now_us = true_us()
        self._recent = (self._recent + data)[-2000:]
        self._mode.feed(data)
        self.port.write(data)
        for line in self._lines.feed(data):
            for listener in self.listeners:
                listener(line, now_us)
