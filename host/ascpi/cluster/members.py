"""One node: started, heard line by line, and stopped, whatever happens.

Nothing here outlives the program, however it ends: a board's process dies with its supervisor, and
a desktop node at its next report, as nobody reads its output any more.
"""

import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from ascpi.cluster.plan import BOARD, NodePlan
from ascpi.desktop.epoch import journal_path
from ascpi.errors import NodeFailed
from ascpi.truth import Clock, MonotonicClock
from ascpi.virtual import VirtualBoard, VirtualBoardOptions
from ascpi.virtual.options import RadioOptions

# Joining takes a virtual board this long instead of the usual 300 ms: the firmware looks every
# 250 ms, and who watches is waiting.
CONNECT_US = 200_000
STOP_DEADLINE_S = 2.0
LAST_WORDS_LINES = 3
# Where the firmware keeps its glyphs, as it sees its flash: /glyphs.journal.
BOARD_JOURNAL = "glyphs.journal"

# (node id, line, µs of CLOCK_MONOTONIC at which it came in), from any thread
Listener = Callable[[int, str, int], None]


class Member(Protocol):
    clock: Clock
    journal: Path
    """The file that keeps its glyphs."""

    def start(self) -> None: ...
    def wait_running(self) -> None: ...
    def stop(self) -> None: ...

    def cut_power(self) -> None:
        """SIGKILL, in the midst of whatever it does."""
        ...

    def power_on(self) -> None:
        """Start it again, with what it had written by then."""
        ...

    @property
    def failure(self) -> str:
        """Why it has ended although nobody told it to; empty as long as it has not."""
        ...


class BoardMember:
    def __init__(
        self, plan: NodePlan, folder: Path, broadcast: str, key: str, listener: Listener
    ) -> None:
        settings = {"name": plan.name, "report_ms": plan.report_ms, **plan.settings}
        if key:
            settings["key"] = key
        self.edges = folder / f"edges-{plan.node_id}" if plan.edges else None
        self.board = VirtualBoard(
            VirtualBoardOptions(
                node_id=plan.node_id,
                flash=folder / f"board-{plan.node_id}",
                bind=plan.bind,
                broadcast=broadcast,
                ppm=plan.ppm,
                phase=plan.phase,
                edges=self.edges,
                precedence=plan.precedence,
                output_wires=plan.output_wires,
                settings=settings,
                radio=RadioOptions(connect_us=CONNECT_US),
            )
        )
        self.clock: Clock = self.board.crystal
        self.journal = self.board.options.flash / BOARD_JOURNAL
        self.board.on_line(lambda line, at_us: listener(plan.node_id, line, at_us))

    def start(self) -> None:
        self.board.start()

    def wait_running(self) -> None:
        self.board.wait_running()

    def stop(self) -> None:
        self.board.stop()

    def cut_power(self) -> None:
        self.board.kill()

    def power_on(self) -> None:
        self.board.restart()

    @property
    def failure(self) -> str:
        # It is switched on again by itself; if that does not help, it is seen to be silent.
        return ""


class DesktopMember:
    def __init__(self, plan: NodePlan, folder: Path, broadcast: str, listener: Listener) -> None:
        self.clock: Clock = MonotonicClock()
        self._plan = plan
        self._listener = listener
        self._command = [sys.executable, "-m", "ascpi", "node"]
        state = folder / f"node-{plan.node_id}.epoch"
        self.journal = journal_path(state)
        words: dict[str, object] = {
            "id": plan.node_id,
            "bind": plan.bind,
            "broadcast": broadcast,
            "phase": plan.phase,
            "report-ms": plan.report_ms,
            "state": state,
            **plan.settings,
        }
        for name, value in words.items():
            self._command += [f"--{name}", str(value)]
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        self._recent: deque[str] = deque(maxlen=LAST_WORDS_LINES)

    def start(self) -> None:
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            # The user's Ctrl-C is for the program, which goes on looking until all has been seen.
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, args=(self._process,), daemon=True)
        self._reader.start()

    def wait_running(self) -> None:
        """Nothing to wait for: it says itself when it is up."""

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_DEADLINE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if self._reader is not None:
            self._reader.join(STOP_DEADLINE_S)

    def cut_power(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        if self._reader is not None:
            self._reader.join(STOP_DEADLINE_S)

    def power_on(self) -> None:
        self.start()

    @property
    def failure(self) -> str:
        process = self._process
        if process is None or process.poll() is None:
            return ""
        words = " ".join(self._recent).removeprefix("ascpi: ")
        return f"{self._plan.name} has ended with {process.returncode}: {words}"

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                at_us = time.monotonic_ns() // 1000
                self._recent.append(line.strip())
                self._listener(self._plan.node_id, line, at_us)


def make_member(
    plan: NodePlan, folder: Path, broadcast: str, key: str, listener: Listener
) -> Member:
    if plan.kind == BOARD:
        return BoardMember(plan, folder, broadcast, key, listener)
    if "alpha" in plan.settings:
        raise NodeFailed(f"{plan.name}: a desktop node's alpha cannot be set from here")
    return DesktopMember(plan, folder, broadcast, listener)
