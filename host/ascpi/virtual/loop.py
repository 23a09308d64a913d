"""A thread that waits for file descriptors, for times, and for commands from other threads."""

import os
import queue
import selectors
import sys
import threading
import time
from abc import abstractmethod
from collections.abc import Callable
from contextlib import suppress

from ascpi.virtual.serial_line import read_some

ALIVE_CHECK_S = 0.1


class Loop(threading.Thread):
    def __init__(self, name: str) -> None:
        super().__init__(name=name, daemon=True)
        self._commands: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._wake_out, self._wake_in = os.pipe()
        os.set_blocking(self._wake_out, False)
        os.set_blocking(self._wake_in, False)
        # On macOS, only select() knows terminals.
        self._selector = (
            selectors.DefaultSelector() if sys.platform == "linux" else selectors.SelectSelector()
        )
        self.ended = False

    def command(self, action: Callable[[], None], deadline_s: float) -> bool:
        """Run `action` in this thread and wait for its end; False if that does not come."""
        if threading.current_thread() is self:
            action()
            return True
        done = threading.Event()

        def act() -> None:
            try:
                action()
            finally:
                done.set()

        self._commands.put(act)
        # A full pipe wakes as well, and a closed one belongs to a loop that has ended.
        with suppress(OSError):
            os.write(self._wake_in, b"!")
        end_s = time.monotonic() + deadline_s
        while not done.wait(ALIVE_CHECK_S):
            if not self.is_alive() or time.monotonic() >= end_s:
                return False
        return True

    def run(self) -> None:
        try:
            self.watch(self._wake_out, self._obey)
            while not self.ended:
                self.before_wait()
                for key, _ in self._selector.select(self.timeout_s()):
                    if self.watches(key.fd):
                        key.data()
                self.after_wait()
        finally:
            self.release()
            self._selector.close()
            os.close(self._wake_out)
            os.close(self._wake_in)

    @abstractmethod
    def before_wait(self) -> None: ...

    @abstractmethod
    def timeout_s(self) -> float | None: ...

    @abstractmethod
    def after_wait(self) -> None: ...

    @abstractmethod
    def release(self) -> None: ...

    def watch(self, fd: int, action: Callable[[], None]) -> None:
        """Call `action` whenever `fd` can be read, or written if that is waited for."""
        self._selector.register(fd, selectors.EVENT_READ, action)

    def watches(self, fd: int) -> bool:
        return fd in self._selector.get_map()

    def unwatch(self, fd: int) -> None:
        if self.watches(fd):
            self._selector.unregister(fd)

    def wait_for_room(self, fd: int, waiting: bool) -> None:
        key = self._selector.get_map().get(fd)
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if waiting else 0)
        if key is not None and key.events != events:
            self._selector.modify(fd, events, key.data)

    def _obey(self) -> None:
        read_some(self._wake_out)
        while not self._commands.empty():
            self._commands.get()()
