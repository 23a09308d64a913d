"""VirtualBoard: a board to hold in the hand, from a test, a demo or the command line.

Every method may be called from any thread, and from an event loop: each returns within
milliseconds, except those that are given a deadline. Listeners are called in the board's own
thread; in asyncio hand on with `loop.call_soon_threadsafe`.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from ascpi.errors import BoardFailed, BoardOptionError
from ascpi.virtual import ether, flash
from ascpi.virtual.crystal import Crystal
from ascpi.virtual.options import PPM_MAX, VirtualBoardOptions
from ascpi.virtual.page import PINS, Page
from ascpi.virtual.runtime import find_micropython
from ascpi.virtual.true_time import true_us

if TYPE_CHECKING:
    from collections.abc import Callable

    from ascpi.virtual.supervisor import LineListener, Supervisor

ACTION_DEADLINE_S = 10.0
# The board takes up a new rate from then on; until then it must have seen it.
CLOCK_CHANGE_LEAD_US = 20_000


class VirtualBoard:
    def __init__(self, options: VirtualBoardOptions) -> None:
        self.options = options
        self.crystal = Crystal()
        self._page: Page | None = None
        self._supervisor: Supervisor | None = None
        self._listeners: list[LineListener] = []
        self._lock = threading.Lock()
        self._clock_lock = threading.Lock()

    def __enter__(self) -> VirtualBoard:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # Power

    def start(self) -> None:
        """Put the firmware on the flash and switch the board on. Does not wait for it."""
        if self._supervisor is not None:
            raise BoardFailed(f"board {self.options.node_id} is started already")
        runtime = find_micropython()
        if not self.options.as_flashed:
            flash.prepare(self.options)
        ether.prepare(self.options.radio.ether)
        self._prepare_files()
        # Only here: it needs what no Windows has, and there the search above has said so.
        from ascpi.virtual.supervisor import Supervisor

        self._page = self._new_page()
        try:
            supervisor = Supervisor(self.options, runtime, self._page, self.crystal)
        except BaseException:
            self._page.close()
            raise
        self._supervisor = supervisor
        self._publish_listeners()
        supervisor.start()
        self._act(self._started().power_on)

    def kill(self) -> None:
        """A power cut, in the midst of whatever the board does. The flash is kept."""
        self._act(self._started().power_off)

    def restart(self) -> None:
        """Power off, if it is on, and on again: a new boot, with the flash as it was."""
        self._act(self._started().power_on)

    def stop(self, deadline_s: float = ACTION_DEADLINE_S) -> None:
        """Switch off for good; the serial port is gone. Does nothing for a stopped board."""
        supervisor = self._supervisor
        if supervisor is None:
            return
        if threading.current_thread() is supervisor:
            raise BoardFailed(
                "a listener cannot stop its own board: use kill(), or another thread"
            )
        supervisor.command(supervisor.shut_down, deadline_s)
        supervisor.join(deadline_s)
        if supervisor.is_alive():
            raise BoardFailed(
                f"board {self.options.node_id} does not stop within {deadline_s} s "
                f"(process {self.pid})"
            )
        self._supervisor = None
        if self._page is not None:
            self._page.close()
            self._page = None

    def wait_running(self, deadline_s: float = ACTION_DEADLINE_S) -> None:
        """Until the firmware (boot.py, then main.py) is being run."""
        supervisor = self._started()
        end_s = time.monotonic() + deadline_s
        while not supervisor.running.wait(0.02):
            if supervisor.failure or time.monotonic() >= end_s:
                last = supervisor.last_words()
                reason = supervisor.failure or f"not within {deadline_s} s. It said: {last}"
                raise BoardFailed(f"board {self.options.node_id} does not start: {reason}")

    @property
    def alive(self) -> bool:
        """Is the power on? False after kill(), and for a board that only crashes."""
        return self.pid is not None

    @property
    def failure(self) -> str:
        """The last words of a board that only crashes and was given up; else empty."""
        return self._supervisor.failure if self._supervisor is not None else ""

    @property
    def pid(self) -> int | None:
        """The board's process; another one after every reset."""
        process = self._supervisor.process if self._supervisor is not None else None
        return process.pid if process is not None else None

    @property
    def has_precedence(self) -> bool:
        """Whether the precedence that the options ask for was granted; False without power."""
        process = self._supervisor.process if self._supervisor is not None else None
        return process is not None and process.has_precedence

    @property
    def reset_causes(self) -> tuple[int, ...]:
        """Why it booted, each time, in the words of machine.reset_cause()."""
        return tuple(self._started().resets)

    # Serial line

    @property
    def serial_path(self) -> str:
        """The same as long as the board is not stopped: a reset does not change it."""
        return self._started().port.path

    @property
    def dropped_serial_bytes(self) -> int:
        """What a user had the port open for, and did not read in time."""
        return self._started().port.dropped_bytes

    def on_line(self, listener: LineListener) -> Callable[[], None]:
        """Have each line of the board's serial line, with the µs at which it came in.

        Call what is returned to unsubscribe. May be called before start(), to miss nothing.
        """
        with self._lock:
            self._listeners.append(listener)
            self._publish_listeners()

        def unsubscribe() -> None:
            with self._lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)
                self._publish_listeners()

        return unsubscribe

    def send(self, data: bytes) -> None:
        """As if typed at the serial port; b"\\x03" is Ctrl-C."""
        supervisor = self._started()
        self._act(lambda: supervisor.receive(data))

    # Clock

    def change_clock(self, ppm: float | None = None, step_us: int = 0) -> None:
        """Another rate (a crystal that warms up), a step of the clock, or both; 20 ms from now."""
        if ppm is not None and not abs(ppm) <= PPM_MAX:
            raise BoardOptionError(f"a clock error of {ppm} ppm is out of range")
        self._started()
        # One change at a time: the one before must have begun.
        with self._clock_lock:
            wait_us = self.crystal.segments[-1].start_us - true_us()
            if wait_us >= 0:
                time.sleep((wait_us + 1000) / 1e6)
            self._act(lambda: self._change_clock(ppm, step_us))

    # What lies around it

    def set_access_point(
        self, present: bool, *, wrong_password: bool = False, connect_us: int | None = None
    ) -> None:
        """Switch the access point off or on. Without one nothing is sent or received."""
        page = self._live_page()
        page["wrong_password"] = int(wrong_password)
        if connect_us is not None:
            page["connect_us"] = connect_us
        page["access_point_since_us"] = true_us() if present else 0

    def set_place(self, place: int) -> None:
        """Carry it to another place of its ether: it hears, and is heard by, who is there."""
        folder = self.options.radio.ether
        if folder is None:
            raise BoardOptionError("this board has no ether: give RadioOptions(ether=…) one")
        ether.put(folder, self.options.node_id, place)

    def set_espnow_fault(self, code: int) -> None:
        """The ESP-NOW error that every message to send meets; 0: none, 0x3067: no room."""
        self._live_page()["espnow_fault"] = code

    def set_input(self, pin: int, level: bool | None) -> None:
        """Drive a pin from outside; None lets go of it, to its pull-up or to 0."""
        page, bit = self._live_page(), 1 << self._checked(pin)
        page["input_level"] = page["input_level"] & ~bit | (bit if level else 0)
        page["input_driven"] = page["input_driven"] & ~bit | (0 if level is None else bit)

    def set_analog(self, pin: int, value_u16: int) -> None:
        """What machine.ADC(pin).read_u16() reads."""
        self._live_page().set_analog(self._checked(pin), value_u16 & 0xFFFF)

    def counters(self) -> dict[str, int]:
        """What its sockets lost since start(), unseen by the board's own software."""
        words = ("dropped_datagrams", "refused_datagrams", "closed_sockets", "power_save")
        return {word: self._live_page()[word] for word in words}

    # Inside

    def _started(self) -> Supervisor:
        if self._supervisor is None:
            raise BoardFailed(f"board {self.options.node_id} is not started: call start() first")
        return self._supervisor

    def _live_page(self) -> Page:
        self._started()
        assert self._page is not None
        return self._page

    def _act(self, action: Callable[[], None]) -> None:
        if not self._started().command(action, ACTION_DEADLINE_S):
            raise BoardFailed(
                f"board {self.options.node_id} did not react within {ACTION_DEADLINE_S} s"
            )

    def _change_clock(self, ppm: float | None, step_us: int) -> None:
        start_us = true_us() + CLOCK_CHANGE_LEAD_US
        ppb = self.crystal.ppb if ppm is None else round(ppm * 1000)
        self._live_page().change_clock(self.crystal.change(start_us, ppb, step_us))

    def _new_page(self) -> Page:
        page, radio = Page(), self.options.radio
        page["access_point_since_us"] = 1
        page["connect_us"] = radio.connect_us
        page["queue_datagrams"] = radio.queue_datagrams
        page["burst_datagrams"] = radio.burst_datagrams
        page["burst_us"] = radio.burst_us
        page["beacon_timeout_us"] = radio.beacon_timeout_us
        page["max_clients"] = radio.max_clients
        return page

    def _prepare_files(self) -> None:
        """The board writes to them; a name that cannot be written is refused here, in words."""
        files = {
            "edges": self.options.edges,
            "network trace": self.options.trace_network,
            "flash trace": self.options.trace_flash,
        }
        for what, path in files.items():
            try:
                if path is not None:
                    path.open("ab").close()
            except OSError as error:
                raise BoardOptionError(
                    f"the {what} file {path} cannot be written ({error.strerror}): "
                    "name another one"
                ) from None

    def _publish_listeners(self) -> None:
        if self._supervisor is not None:
            self._supervisor.listeners = tuple(self._listeners)

    @staticmethod
    def _checked(pin: int) -> int:
        if not 0 <= pin < PINS:
            raise BoardOptionError(f"pin {pin} is out of range: pins go from 0 to {PINS - 1}")
        return pin
