"""Say what an installation is doing and for how long; keep its output in a log.

On a terminal, one line that is rewritten. Elsewhere, a line for each stage and a sign of life now
and then. All of it on stderr: stdout belongs to the command that follows.
"""

import contextlib
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# A terminal's line is rewritten this often; elsewhere a stage repeats itself this often.
REPAINT_S = 0.2
HEARTBEAT_S = 15.0

# Of a failed program's output, what is shown. All of it is in the log.
LAST_LINES = 20

COLUMNS = 79

PIP_LINE = re.compile(r"\s*(Collecting|Downloading|Using cached|Installing) (\S+)")


def say(text: str) -> None:
    _clear()
    print(f"ascpi: {text}", file=sys.stderr, flush=True)


def waiting(elapsed_s: float) -> None:
    """Another process is installing; say so at once, then count on a terminal."""
    if sys.stderr.isatty():
        _paint(f"ascpi: waiting for another process that makes .venv, {elapsed_s:.0f} s")
    elif elapsed_s < REPAINT_S / 2:
        say("waiting for another process that makes .venv")


def _paint(text: str) -> None:
    sys.stderr.write("\r" + text[:COLUMNS].ljust(COLUMNS))
    sys.stderr.flush()


def _clear() -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\r" + " " * COLUMNS + "\r")


def detail(line: str) -> str | None:
    """What a line of pip's output says it is about, if it is one that says it."""
    match = PIP_LINE.match(line)
    if match is None:
        return None
    if match[2] == "collected":
        return "unpacking"
    # `numpy-2.4.6-cp311-cp311-manylinux…whl` and `numpy==2.4.6` are both numpy 2.4.6.
    name = match[2].replace("==", "-").split("-")
    return f"{match[1].lower()} {' '.join(name[:2])}"


class _Stage:
    """What is shown of one program while it runs."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.detail = ""
        self.began = time.monotonic()
        self._said = self.began
        if not sys.stderr.isatty():
            say(f"{what} …")

    def show(self) -> None:
        now = time.monotonic()
        text = f"{self.what}, {now - self.began:.0f} s"
        if self.detail:
            text += f": {self.detail}"
        if sys.stderr.isatty():
            _paint(f"ascpi: {text}")
        elif now - self._said >= HEARTBEAT_S:
            self._said = now
            say(text)


class Runner:
    """Run programs one after the other. Each inherits `descriptor`, the lock."""

    def __init__(self, log: Path, environment: dict[str, str], descriptor: int) -> None:
        self.log = log
        self.environment = environment
        self.descriptor = descriptor
        self._written: list[str] = []

    def __call__(self, what: str, command: list[str]) -> int:
        stage = _Stage(what)
        windows = sys.platform == "win32"
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            env=self.environment,
            pass_fds=() if windows else (self.descriptor,),
        )
        with _ended_with_us(process):
            lines = self._follow(process, stage)
            code = process.wait()
        self._written += [f"{what}: {' '.join(command)}", *lines, f"ended with {code}"]
        if self.log.parent.is_dir():
            self.log.write_text("\n".join(self._written) + "\n", "utf-8")
        _clear()
        if code != 0:
            print("\n".join(lines[-LAST_LINES:]), file=sys.stderr)
        return code

    def _follow(self, process: subprocess.Popen[str], stage: _Stage) -> list[str]:
        """All lines of its output; the stage is shown meanwhile."""
        heard: queue.Queue[str | None] = queue.Queue()
        assert process.stdout is not None
        threading.Thread(target=_read, args=(process.stdout, heard), daemon=True).start()
        lines: list[str] = []
        while True:
            try:
                line = heard.get(timeout=REPAINT_S)
            except queue.Empty:
                stage.show()
                continue
            if line is None:
                return lines
            lines.append(line)
            stage.detail = detail(line) or stage.detail


def _read(stream: Any, heard: "queue.Queue[str | None]") -> None:
    with stream:
        for line in stream:
            heard.put(line.rstrip())
    heard.put(None)


@contextlib.contextmanager
def _ended_with_us(process: subprocess.Popen[str]) -> Iterator[None]:
    """SIGTERM and SIGINT end the child too: an abandoned pip would hold the lock for a while."""

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    except BaseException:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=5)
        process.kill()
        process.wait()
        raise
    finally:
        signal.signal(signal.SIGTERM, before)
