"""Becomes a board: runs in a CPython of its own, prepares the process and hands it to MicroPython.

Not imported by the rest. Its standard input and output are the board's console.
"""

import contextlib
import ctypes
import fcntl
import importlib
import json
import mmap
import os
import signal
import sys
import termios

PR_SET_PDEATHSIG = 1
PR_SET_TIMERSLACK = 29


def die_with_parent(parent_id: int) -> None:
    """No board outlives its supervisor, however that ends.

    The console becomes the controlling terminal: when the supervisor's end of it is closed, the
    kernel hangs up. On Linux the supervisor's thread is watched too.
    """
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_id:
        os._exit(1)


def sharpen_timers() -> None:
    """A board's sleeps are right to a microsecond; Linux adds 50 µs, to save power, if it may.

    The least it takes is 1 ns. A sleep of MicroPython's then ends 29 µs late, not 76 (tried).
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_TIMERSLACK, ctypes.c_ulong(1), 0, 0, 0)


def take_precedence() -> None:
    """Run before all that is not real-time, if the system allows it; the air goes before boards.

    Beside three busy processes on two cores, packets were found 118 µs after they came (median,
    p99 286) by boards with it, and 316 (p99 1350) by those without.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            # Round robin: two boards that never sleep share what they take.
            os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(1))


def map_page(fd: int, size: int) -> int:
    """Map memory that is shared with the supervisor; its address, for MicroPython."""
    page = mmap.mmap(fd, size)
    view = (ctypes.c_char * size).from_buffer(page)
    KEPT.append(view)
    return ctypes.addressof(view)


KEPT: list[object] = []


def main() -> None:
    # Until MicroPython catches it itself, Ctrl-C is the supervisor's affair.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    library, heap_bytes, script, text = sys.argv[1:]
    parameters = json.loads(text)
    die_with_parent(parameters["parent_id"])
    sharpen_timers()
    if parameters["precedence"]:
        take_precedence()
    parameters["page_address"] = map_page(parameters["page_fd"], parameters["page_bytes"])
    for wires in parameters["wires"]:
        wires["address"] = map_page(wires["fd"], wires["bytes"])
    sys.path.insert(0, library)
    micropython = importlib.import_module("micropython_run")
    # In the environment: MicroPython interns its arguments, and ends at one of 256 bytes.
    os.environ["ASCPI_BOARD"] = json.dumps(parameters)
    micropython.run_main(["micropython", "-X", f"heapsize={heap_bytes}", "-i", script])
    # It ended by itself, as for a soft reset. Any other exit code is a crash.
    os._exit(0)


if __name__ == "__main__":
    main()
