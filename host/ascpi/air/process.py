"""The air as a process of its own: its timers must not wait for anybody else's Python.

with AirProcess("wifi", seed=7) as air:
    ...                                  # nodes send to air.address
    air.control(partition=[["127.0.0.2"], ["127.0.0.3"]])
print(air.stats["lateness"])
"""

import contextlib
import json
import queue
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from ascpi.address import Address, parse_address
from ascpi.errors import AscpiError

# A busy machine starts a Python in a second or two; an answer is a matter of milliseconds.
START_DEADLINE_S = 20.0
ANSWER_DEADLINE_S = 5.0
STOP_DEADLINE_S = 5.0
# Between the end of its output and its own.
END_DEADLINE_S = 2.0


class AirProcess:
    """The relay ends with its controlling pipe, so also when this process is killed."""

    def __init__(
        self,
        preset: str = "wifi",
        seed: int = 0,
        bind: str = "127.0.0.1:0",
        any_address: bool = False,
        trace: Path | None = None,
    ) -> None:
        self._command = [sys.executable, "-m", "ascpi", "air", "--control"]
        self._command += ["--preset", preset, "--seed", str(seed), "--bind", bind]
        self._command += ["--any"] if any_address else []
        self._command += ["--trace", str(trace)] if trace is not None else []
        self._process: subprocess.Popen[str] | None = None
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._ended = False
        self.address: Address = ("", 0)
        # The relay's report, once it has stopped in order.
        self.stats: dict[str, Any] = {}

    def start(self) -> "AirProcess":
        process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        self._process = process
        threading.Thread(target=self._read, args=(process,), daemon=True).start()
        try:
            self.address = parse_address(self._answer(START_DEADLINE_S)["air"])
        except BaseException:
            self.stop()
            raise
        return self

    @property
    def pid(self) -> int | None:
        """The relay's process; None while it is not running."""
        return self._process.pid if self._process is not None else None

    def control(self, **command: Any) -> dict[str, Any]:
        """Send one command (see control.py; `from_` stands for from) and return its answer."""
        process = self._running()
        assert process.stdin is not None
        words = {name.rstrip("_"): value for name, value in command.items()}
        try:
            process.stdin.write(json.dumps(words) + "\n")
            process.stdin.flush()
        except OSError:
            raise AscpiError(self._silence(ANSWER_DEADLINE_S)) from None
        answer = self._answer(ANSWER_DEADLINE_S)
        if "error" in answer:
            raise AscpiError(f"the air refused {words}: {answer['error']}")
        return answer

    def stop(self) -> dict[str, Any]:
        """End it within the deadline, whatever it does; returns its statistics."""
        process = self._process
        if process is None:
            return self.stats
        self._process = None
        assert process.stdin is not None
        # An error: it has ended already, and a last command with it.
        with contextlib.suppress(OSError):
            process.stdin.close()
        try:
            process.wait(STOP_DEADLINE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        deadline = time.monotonic() + ANSWER_DEADLINE_S
        while (line := self._next(deadline)) is not None:
            self.stats = json.loads(line).get("stats", self.stats)
        for stream in (process.stdout, process.stderr):
            assert stream is not None
            stream.close()
        return self.stats

    def __enter__(self) -> "AirProcess":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None:
            raise AscpiError("the air is not running: start it, or use it in a `with`")
        return self._process

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def _next(self, deadline: float) -> str | None:
        """Its next line; None: no line by then, or the end of its output."""
        if self._ended:
            return None
        try:
            line = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            return None
        self._ended = line is None
        return line

    def _answer(self, deadline_s: float) -> dict[str, Any]:
        line = self._next(time.monotonic() + deadline_s)
        if line is None:
            raise AscpiError(self._silence(deadline_s))
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _silence(self, deadline_s: float) -> str:
        """Why there is no answer: its own last words, if it has ended."""
        process = self._running()
        try:
            code = process.wait(END_DEADLINE_S)
        except subprocess.TimeoutExpired:
            return f"the air did not answer within {deadline_s:.0f} s"
        assert process.stderr is not None
        words = process.stderr.read().strip().removeprefix("ascpi: ")
        return words or f"the air has ended with {code}"
