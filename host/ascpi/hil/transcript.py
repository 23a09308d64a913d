"""What one board has said: its lines with time stamps, to wait for and to keep in a file."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from ascpi import telemetry
from ascpi.hil.errors import HilError, NotSo
from ascpi_core.lines import TELEMETRY_PREFIX

# Several minutes of a talkative board.
KEPT = 6000
SHOWN = 8


@dataclass(frozen=True)
class Heard:
    """A line, when its end came in (µs of this computer's clock), and what it says.

    `number` counts the board's lines; `said` is None for what is no telemetry.
    """

    number: int
    at_us: int
    text: str
    said: telemetry.Line | None

    @property
    def event(self) -> telemetry.Event | None:
        return self.said if isinstance(self.said, telemetry.Event) else None

    @property
    def report(self) -> telemetry.Report | None:
        return self.said if isinstance(self.said, telemetry.Report) else None

    @property
    def error(self) -> str:
        """A sentence of the board's about what somebody has to mend; else empty."""
        is_error = isinstance(self.said, telemetry.Message) and self.said.is_error
        return self.said.text if is_error and isinstance(self.said, telemetry.Message) else ""


Predicate = Callable[[Heard], bool]


def _from_prefix(text: str) -> str:
    """Without what a REPL, whose prompt ends no line, has left before it."""
    begin = text.find(f"{TELEMETRY_PREFIX} ")
    return text[begin:] if begin > 0 else text


class Transcript:
    """Lines come from a thread of the board's; whoever waits is woken by each."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._lines: deque[Heard] = deque(maxlen=KEPT)
        self._changed = threading.Condition()
        self._count = 0
        self._file: TextIO | None = None
        self._listeners: list[Callable[[Heard], object]] = []

    def on_line(self, listener: Callable[[Heard], object]) -> None:
        """Have each line from now on, from the board's thread."""
        self._listeners.append(listener)

    def add(self, text: str, at_us: int) -> None:
        """A line has come in."""
        with self._changed:
            heard = Heard(self._count, at_us, text, telemetry.parse(_from_prefix(text)))
            self._count += 1
            self._lines.append(heard)
            if self._file is not None:
                self._file.write(f"{at_us / 1e6:.6f} {text}\n")
            self._changed.notify_all()
        for listener in self._listeners:
            listener(heard)

    @property
    def count(self) -> int:
        """Lines so far: `since=` for those that are yet to come."""
        with self._changed:
            return self._count

    def lines(self, since: int = 0) -> list[Heard]:
        """Those from number `since` on that are still kept, oldest first."""
        with self._changed:
            return [heard for heard in self._lines if heard.number >= since]

    def last(self, count: int = SHOWN) -> list[str]:
        with self._changed:
            return [heard.text for heard in list(self._lines)[-count:]]

    def wait_for(
        self, predicate: Predicate, deadline_s: float, what: str = "", since: int | None = None
    ) -> Heard:
        """The first line from number `since` on (default: from now on) for which it holds.

        NotSo after `deadline_s`, with the last lines; `what` is what was waited for.
        """
        __tracebackhide__ = True
        end_s = time.monotonic() + deadline_s
        position = self.count if since is None else since
        while True:
            with self._changed:
                fresh = [heard for heard in self._lines if heard.number >= position]
                if not fresh:
                    self._changed.wait(max(0.0, min(0.5, end_s - time.monotonic())))
            for heard in fresh:
                if predicate(heard):
                    return heard
                position = heard.number + 1
            if time.monotonic() >= end_s:
                last = "\n    ".join(self.last()) or "nothing at all"
                raise NotSo(
                    f"{self.name}: not within {deadline_s:g} s: {what or 'the line waited for'}; "
                    f"its last lines:\n    {last}"
                )

    def log_to(self, path: Path | None) -> None:
        """Write each line from now on to a new file, after the seconds at which it came.

        None: no more of them.
        """
        try:
            file = None if path is None else path.open("w", encoding="utf-8", buffering=1)
        except OSError as error:
            raise HilError(
                f"--hil-logs: {path} cannot be written ({error.strerror}); name another folder"
            ) from None
        with self._changed:
            before, self._file = self._file, file
        if before is not None:
            before.close()
