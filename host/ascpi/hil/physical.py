"""A board on a serial port: of this computer, or any that a pyserial URL reaches."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from ascpi import telemetry
from ascpi.hil import console
from ascpi.hil.board import EDGES, FAULTS, POWER, Board, Placed
from ascpi.hil.errors import HilError, Impossible, NotSo
from ascpi.hil.identity import Identity
from ascpi.hil.serial_clock import SerialClock
from ascpi.hil.transcript import Heard
from ascpi.hil.update import update
from ascpi.ports import PortError, SerialLine
from ascpi.ports.opening import BAUD
from ascpi.ports.repl import Repl
from ascpi.virtual import true_us

OPEN_DEADLINE_S = 5.0
PINGS_FIRST = 20
PING_DEADLINE_S = 0.5
RESET_S = 0.1
# What a probe saw while it was busy is no edge to compare.
SHARP_US = 1000.0
# Start bit, eight bits, stop bit.
BITS_A_BYTE = 10


class PhysicalBoard(Board):
    """Follows its port from `open` to `close`. `uart`: bytes take their time at `BAUD`."""

    def __init__(self, identity: Identity, name: str, uart: bool = False) -> None:
        super().__init__(name)
        self.mac = identity.mac
        self.port = identity.port
        self.version = identity.version
        self.report_ms = identity.report_ms
        self.rate_mhz = identity.rate_mhz
        self.phase_offset = identity.phase_offset
        self.node_id = 0
        self.clock = SerialClock()
        self._has_harness = identity.harness
        self._byte_us = BITS_A_BYTE * 1_000_000 / BAUD if uart else 0.0
        self._pulses_taken = 0
        self._pings = itertools.count(1)
        self._asked: tuple[int, int] | None = None
        self._answered = threading.Event()
        self._line = SerialLine(identity.port, self._take_line)

    # From first to last

    def open(self) -> None:
        """Follow the port; PortError if it cannot be opened."""
        self._line.start()
        end_s = time.monotonic() + OPEN_DEADLINE_S
        while not self._line.is_open:
            if time.monotonic() > end_s:
                raise PortError(f"{self.port}: {self._line.state}")
            time.sleep(0.01)

    def close(self) -> None:
        self._line.stop()

    def start(self) -> None:
        """A boot, so that nothing of before counts; HilError where the board says why not."""
        since = self.transcript.count
        self.reset()
        try:
            self.wait_booted(since)
        except NotSo as error:
            mistake = next((one.error for one in self.transcript.lines(since) if one.error), "")
            raise HilError(
                f"{self.name} on {self.port} does not start: {mistake or error}"
            ) from None
        for _ in range(PINGS_FIRST if self._has_harness else 0):
            self.ping()

    def ping(self) -> bool:
        """Ask for its clock; False where it does not answer (off, at the REPL, no harness)."""
        if not (self._has_harness and self.powered and self._line.is_open):
            return False
        number = next(self._pings)
        words = b"ping %d\n" % number
        self._answered.clear()
        # The board has the whole question no sooner than the wire has carried it.
        self._asked = (number, true_us() + round(len(words) * self._byte_us))
        try:
            self._line.write(words)
        except PortError:
            return False
        return self._answered.wait(PING_DEADLINE_S)

    # What a test can do

    def cannot(self, capability: str) -> str:
        if capability == POWER and not self._line.has_control_lines:
            return (
                f"{self.name}: {self.port} has no reset line, so its power cannot be switched; "
                "a USB port of this computer has one, and an rfc2217:// server"
            )
        if capability == FAULTS and not self._has_harness:
            return (
                f"{self.name}: its firmware takes no faults; put {console.WANTED} into its "
                "configuration"
            )
        if capability == EDGES and self.pulse_source is None:
            return (
                f"{self.name}: nobody sees its pulses; wire its pulse pin to a probe and name "
                "it with --probe PORT --probe-pins"
            )
        return ""

    def power_off(self) -> None:
        self.require(POWER)
        self._line.hold(True)
        self.powered = False
        self._require_silence()

    def power_on(self) -> None:
        self.require(POWER)
        self.clock.clear()
        self.powered = True
        self._line.hold(False)

    def reset(self) -> None:
        self.clock.clear()
        self.powered = True
        if self._line.has_control_lines:
            self._line.reset()
            return
        with self.repl():
            pass  # leaving resets it

    def flash(self) -> None:
        self._line.pause()
        try:
            update(self.port, self.name)
        finally:
            self._line.resume()
        self.start()

    @contextmanager
    def repl(self) -> Iterator[Repl]:
        self._line.pause()
        try:
            with Repl(self.port) as repl:
                yield repl
        finally:
            self._line.resume()

    def place(self, heard: Heard) -> Placed | None:
        report = heard.report
        found = None if report is None else self.clock.true_us(report.ticks)
        return None if found is None else Placed(*found)

    def edges(self) -> Sequence[int]:
        self.require(EDGES)
        assert self.pulse_source is not None
        pulses, self._pulses_taken = self.pulse_source.pulses(self.mac, self._pulses_taken)
        return [pulse.true_us for pulse in pulses if pulse.within_us <= SHARP_US]

    def wifi(self, on: bool) -> None:
        self.command("wifi on" if on else "wifi off")

    def step_clock(self, step_us: int) -> None:
        self.command(f"clock {step_us}")

    def command(self, words: str) -> telemetry.Event:
        self.require(FAULTS)
        return console.ask(self.transcript, self._line.write, words)

    # What the board says, in the line's thread

    def _take_line(self, text: str, at_us: int) -> None:
        # As late as the reader's thread; on some systems the line's own clock is another one.
        self.transcript.add(text, true_us())

    def take(self, heard: Heard) -> None:
        if heard.report is not None and heard.report.epoch != self.epoch:
            # Another life: its clock began anew, whether its boot was heard or not.
            self.clock.clear()
        super().take(heard)
        # Its end came in now; its ticks were taken before its first byte was sent.
        arrival_us = heard.at_us - round((len(heard.text) + 2) * self._byte_us)
        if heard.report is not None:
            self.node_id = heard.report.node_id
            self.clock.heard(heard.report.ticks, arrival_us)
        elif heard.event is not None:
            words = heard.event.words
            if heard.event.name == "boot":
                self.clock.clear()
                self.node_id = int(words.get("id", 0))
            elif heard.event.name == console.EVENT:
                self._take_answer(heard.event.text, words, arrival_us)

    def _take_answer(self, name: str, words: dict[str, str], arrival_us: int) -> None:
        if name == "clock":
            self.clock.clear()
        if name != "ping" or self._asked is None:
            return
        number, sent_us = self._asked
        if words.get("n") == str(number) and words.get("ticks", "").isdigit():
            self.clock.heard(int(words["ticks"]), arrival_us, sent_us)
            self._answered.set()

    def _require_silence(self) -> None:
        """Held in reset it says nothing more; where the line is not wired to EN, it goes on."""
        time.sleep(RESET_S)
        since = self.transcript.count
        try:
            self.transcript.wait_for(lambda heard: True, 2.5 * self.report_ms / 1000, "", since)
        except NotSo:
            return
        self.power_on()
        raise Impossible(
            f"{self.name}: it goes on while {self.port} holds it in reset: RTS is not wired to "
            "its EN, so its power cannot be switched"
        )


class Pinger:
    """Keeps the clocks of boards known, from a thread of its own, while it is entered."""

    EVERY_S = 0.2

    def __init__(self, ping: Sequence[Callable[[], bool]]) -> None:
        self._ping = ping
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pinger", daemon=True)

    def __enter__(self) -> Pinger:
        self._thread.start()
        return self

    def __exit__(self, *what: object) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(self.EVERY_S):
            for ping in self._ping:
                ping()
