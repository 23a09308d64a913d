"""Start a board anew, and know that it did."""

import time
from collections.abc import Callable

from ascpi.ports import PortError, SerialLine
from ascpi.ports.repl import Repl

# An ESP32 says its first word some 300 ms after it leaves reset, its first line of ours a second
# or two later.
START_DEADLINE_S = 4.0
LOOK_EVERY_S = 0.05


def reset_board(line: SerialLine, has_started: Callable[[], bool]) -> str:
    """By the port's control lines, like its button; where they do nothing, by its REPL.

    `has_started` tells whether the board has been seen to start since this was called. Returns
    how it was reset; PortError if neither way works. Takes seconds: for a thread of its own.
    """
    if not line.is_open:
        raise PortError(f"{line.url}: {line.state}")
    if line.has_control_lines:
        line.reset()
        if _within(START_DEADLINE_S, has_started):
            return "reset"
    line.pause()
    try:
        with Repl(line.url):
            pass  # leaving resets it
    finally:
        line.resume()
    return "reset by its REPL"


def _within(deadline_s: float, condition: Callable[[], bool]) -> bool:
    end_s = time.monotonic() + deadline_s
    while time.monotonic() < end_s:
        if condition():
            return True
        time.sleep(LOOK_EVERY_S)
    return False
