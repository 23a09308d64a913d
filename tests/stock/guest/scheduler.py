"""As much of asyncio as the firmware uses, by the clock; the releases' own waits for a browser.

It stands as asyncio.py beside the firmware. `run` ends with KeyboardInterrupt, as Ctrl-C ends it
on a board, after `seconds`.
"""

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Coroutine, Generator
    from typing import Any

seconds = 1.0

_tasks: "list[_Task]" = []


class CancelledError(BaseException):
    """As asyncio's."""


class _Task:
    def __init__(self, coroutine: "Coroutine[int, None, Any]") -> None:
        self.coroutine = coroutine
        self.due: int = time.ticks_ms()  # type: ignore[attr-defined]

    def cancel(self) -> None:
        _tasks.remove(self)


def create_task(coroutine: "Coroutine[int, None, Any]") -> _Task:
    """Start a task."""
    task = _Task(coroutine)
    _tasks.append(task)
    return task


def sleep_ms(duration_ms: int) -> "Generator[int, None, None]":
    """Give the others a turn, for so long at least."""
    yield duration_ms


def sleep(duration_s: float) -> "Generator[int, None, None]":
    """The same in seconds."""
    yield int(duration_s * 1000)


def run(coroutine: "Coroutine[int, None, Any]") -> None:
    """Run all tasks until this one ends, or for `seconds`."""
    main = create_task(coroutine)
    began = time.ticks_ms()  # type: ignore[attr-defined]
    while _since(began) < 1000 * seconds:
        for task in list(_tasks):
            if _since(task.due) < 0:
                continue
            try:
                pause_ms = task.coroutine.send(None)
                task.due = time.ticks_add(time.ticks_ms(), pause_ms)  # type: ignore[attr-defined]
            except StopIteration:
                _tasks.remove(task)
                if task is main:
                    return
    raise KeyboardInterrupt


def _since(ticks: int) -> int:
    passed: int = time.ticks_diff(time.ticks_ms(), ticks)  # type: ignore[attr-defined]
    return passed
