"""Ctrl-C, SIGTERM and SIGHUP end a command in order; nothing is left in the midst of it."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interruption:
    """While `patient`, a signal is only noted, in `asked`; before, it interrupts whatever runs."""

    def __init__(self) -> None:
        self.asked = False
        self.patient = False

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.asked = True
        if not self.patient:
            # Once is enough: what follows is tidying up, which has deadlines of its own.
            self.patient = True
            raise KeyboardInterrupt

    @contextmanager
    def watched(self) -> Iterator["Interruption"]:
        numbers = [signal.SIGINT, signal.SIGTERM]
        if hasattr(signal, "SIGHUP"):
            numbers.append(signal.SIGHUP)
        before = [(number, signal.signal(number, self._note)) for number in numbers]
        try:
            yield self
        finally:
            for number, handler in before:
                signal.signal(number, handler)
