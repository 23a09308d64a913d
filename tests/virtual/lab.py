"""What the tests of virtual boards share: boards that run a small program, and their lines."""

import queue
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from ascpi.virtual import VirtualBoard, VirtualBoardOptions

# Far above what anything here takes (40 ms to start), for machines that do other things too.
DEADLINE_S = 20.0


class Lines:
    """Collects a board's lines; a failure shows the last ones."""

    def __init__(self, board: VirtualBoard) -> None:
        self.seen: list[str] = []
        self._queue: queue.SimpleQueue[tuple[str, int]] = queue.SimpleQueue()
        board.on_line(self._put)

    def _put(self, line: str, monotonic_us: int) -> None:
        self.seen.append(line)
        self._queue.put((line, monotonic_us))

    def expect(self, text: str, deadline_s: float = DEADLINE_S) -> tuple[str, int]:
        """The next line that contains `text`, and the µs at which it came."""
        end_s = time.monotonic() + deadline_s
        while True:
            try:
                line, monotonic_us = self._queue.get(timeout=max(0.0, end_s - time.monotonic()))
            except queue.Empty:
                last = "\n  ".join(self.seen[-20:])
                raise AssertionError(f"no line with {text!r}; the last ones:\n  {last}") from None
            if text in line:
                return line, monotonic_us

    def numbers(self, word: str) -> list[int]:
        """The integers after `word` in the next line that has it."""
        line, _ = self.expect(word + " ")
        return [int(number) for number in line.partition(word + " ")[2].split()]


class Lab:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._boards: list[VirtualBoard] = []

    def options(
        self, main: str | None = None, node_id: int = 1, **more: Any
    ) -> VirtualBoardOptions:
        firmware = self.folder / f"firmware-{node_id}"
        core = self.folder / "core"
        core.mkdir(exist_ok=True)
        shutil.rmtree(firmware, ignore_errors=True)
        firmware.mkdir()
        if main is not None:
            (firmware / "main.py").write_text(main, encoding="utf-8")
        options = VirtualBoardOptions(
            node_id, self.folder / f"flash-{node_id}", firmware=firmware, core=core
        )
        return replace(options, **more)

    def board(
        self, main: str | None = None, node_id: int = 1, **more: Any
    ) -> tuple[VirtualBoard, Lines]:
        """A board that has been started, stopped by itself at the end of the test."""
        board = VirtualBoard(self.options(main, node_id, **more))
        lines = Lines(board)
        board.start()
        self._boards.append(board)
        board.wait_running(DEADLINE_S)
        return board, lines

    def close(self) -> None:
        for board in self._boards:
            board.stop()


def wait_until(condition: Callable[[], bool], what: str, deadline_s: float = DEADLINE_S) -> None:
    end_s = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < end_s, f"not within {deadline_s} s: {what}"
        time.sleep(0.005)
