"""Run a program of a step: its output kept, its time bounded, and nothing of it left behind."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

# How often the screen hears that the program still runs.
TICK_S = 0.2

# How long a program that was asked to end may take to clean up, at each degree of insistence.
GRACE_S = 5.0

POSIX = os.name == "posix"


@dataclass(frozen=True)
class Outcome:
    # None: the deadline passed.
    code: int | None
    output: str


def run_program(
    command: tuple[str, ...],
    directory: Path,
    environment: Mapping[str, str],
    deadline_s: float,
    tick: Callable[[], None],
) -> Outcome:
    process = subprocess.Popen(
        command,
        cwd=directory,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        # A group of its own: a terminal's Ctrl-C reaches us alone, and we end all of the group.
        start_new_session=POSIX,
    )
    assert process.stdout is not None
    chunks: list[bytes] = []
    reader = threading.Thread(target=_read, args=(process.stdout, chunks), daemon=True)
    reader.start()
    try:
        code = _wait(process, deadline_s, tick)
    finally:
        _end(process)
        # A grandchild that fled the group could hold the pipe open for ever.
        reader.join(GRACE_S)
    return Outcome(code, b"".join(chunks).decode("utf-8", "replace"))


def _wait(
    process: subprocess.Popen[bytes], deadline_s: float, tick: Callable[[], None]
) -> int | None:
    deadline = time.monotonic() + deadline_s
    while time.monotonic() < deadline:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(TICK_S)
        tick()
    return None


def _read(stream: IO[bytes], chunks: list[bytes]) -> None:
    with stream:
        while chunk := os.read(stream.fileno(), 65_536):
            chunks.append(chunk)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask the program, which may end its children in order; then make the whole group end."""
    if process.poll() is not None:
        return
    if POSIX:
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_S)
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(GRACE_S)
    else:
        process.kill()
    process.wait()
