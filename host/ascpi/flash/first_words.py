"""The first lines of a board that was just reset: its telemetry, or why there is none.

A board counts as flashed only when it says so itself.
"""

import threading
import time
from dataclasses import dataclass

from ascpi.ports import SerialLine
from ascpi.telemetry import Event, Message, Report, parse

DEADLINE_S = 20.0
_TRACEBACK = "Traceback (most recent call last):"
_LAST_LINES = 3
_LINE_CHARACTERS = 200
# How soon a Ctrl-C is heeded.
_LOOK_S = 0.1


@dataclass(frozen=True)
class Verdict:
    """`epoch`: of the boot, if it told that; `text`: in the board's own words where it failed."""

    passed: bool
    text: str
    epoch: int | None = None


class FirstWords:
    """Judges a board's lines, one by one, by its MAC (aa:bb:…) and node id."""

    def __init__(self, mac: str, node_id: int) -> None:
        self.verdict: Verdict | None = None
        self._mac = mac.lower()
        self._node_id = node_id
        self._traceback: list[str] | None = None
        self._last: list[str] = []

    @property
    def last_words(self) -> str:
        """The last lines that say nothing to a program."""
        return " | ".join(self._last)

    def feed(self, line: str) -> None:
        """One line; the first that tells decides."""
        if self.verdict is not None or not line.strip():
            return
        if self._traceback is not None or line.startswith(_TRACEBACK):
            self._follow_traceback(line)
            return
        said = parse(line)
        if isinstance(said, Event) and said.name == "boot":
            self._take_boot(said)
        elif isinstance(said, Report):
            self._take_report(said)
        elif isinstance(said, Message) and said.is_error:
            self.verdict = Verdict(False, f"it says: {said.text}")
        else:
            self._last = [*self._last, line.strip()[:_LINE_CHARACTERS]][-_LAST_LINES:]

    def _take_boot(self, boot: Event) -> None:
        mac = boot.words.get("mac", "").lower()
        if mac != self._mac:
            self.verdict = Verdict(
                False, f"a board with the MAC {mac} reports there, and not {self._mac}"
            )
            return
        epoch = boot.words.get("epoch", "")
        release = boot.words.get("micropython", "?")
        text = f"boot {epoch}, id {boot.words.get('id', '?')}, MicroPython {release}"
        self.verdict = Verdict(True, text, int(epoch) if epoch.isdigit() else None)

    def _take_report(self, report: Report) -> None:
        if report.node_id == self._node_id:
            self.verdict = Verdict(True, f"reports as id {report.node_id}", report.epoch)
        else:
            self.verdict = Verdict(
                False, f"a board with the id {report.node_id} reports there, not {self._node_id}"
            )

    def _follow_traceback(self, line: str) -> None:
        """It ends with the first line that is not indented: the error itself."""
        if self._traceback is None:
            self._traceback = []
        elif line.startswith(" "):
            self._traceback.append(line.strip())
        else:
            where = f" ({self._traceback[-1]})" if self._traceback else ""
            self.verdict = Verdict(False, f"its program ended: {line.strip()}{where}")


def listen(
    port: str, mac: str, node_id: int, cancelled: threading.Event, deadline_s: float = DEADLINE_S
) -> Verdict:
    """Wait for the first words of the board at a port, which was just reset."""
    words = FirstWords(mac, node_id)
    heard = threading.Event()

    def hear(line: str, at_us: int) -> None:
        words.feed(line)
        if words.verdict is not None:
            heard.set()

    follower = SerialLine(port, hear)
    follower.start()
    try:
        _wait(heard, cancelled, deadline_s)
    finally:
        state = follower.state
        follower.stop()
    if words.verdict is not None:
        return words.verdict
    if state:
        return Verdict(False, f"flashed and verified, but then its port was lost: {state}")
    if words.last_words:
        return Verdict(
            False,
            f"flashed and verified, but no telemetry came in {deadline_s:.0f} s, only: "
            f"{words.last_words}",
        )
    return Verdict(
        False,
        f"flashed and verified, but it says nothing in {deadline_s:.0f} s: press its EN (or RST) "
        "button and look with `ascpi monitor`; some boards speak on their other USB socket",
    )


def _wait(heard: threading.Event, cancelled: threading.Event, deadline_s: float) -> None:
    """Until one of the two, or the deadline."""
    end_s = time.monotonic() + deadline_s
    while not cancelled.is_set() and not heard.wait(_LOOK_S):
        if time.monotonic() >= end_s:
            return
