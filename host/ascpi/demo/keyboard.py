"""Single keys from the terminal, without waiting for Enter."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# Gives the keys pressed since it was last called.
Keys = Callable[[], str]


@contextmanager
def keys() -> Iterator[Keys]:
    """Where standard input is no terminal there are no keys."""
    if not sys.stdin.isatty():
        yield lambda: ""
    elif sys.platform == "win32":
        yield _windows_keys
    else:
        with _posix_keys() as pressed:
            yield pressed


if sys.platform == "win32":
    import msvcrt

    def _windows_keys() -> str:
        pressed = ""
        while msvcrt.kbhit():
            pressed += msvcrt.getwch()
        return pressed

else:
    import os
    import select
    import termios
    import tty

    @contextmanager
    def _posix_keys() -> Iterator[Keys]:
        fd = sys.stdin.fileno()
        before = termios.tcgetattr(fd)

        def pressed() -> str:
            if not select.select([fd], [], [], 0)[0]:
                return ""
            return os.read(fd, 1024).decode("utf-8", "replace")

        try:
            # Ctrl-C stays a signal.
            tty.setcbreak(fd)
            yield pressed
        finally:
            termios.tcsetattr(fd, termios.TCSADRAIN, before)
