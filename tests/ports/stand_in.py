"""What is no board at the other end of a serial port: it answers, or does not, as a test says."""

import os
import pty
import select
import threading
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from ascpi.ports.repl import RAW_GREETING

Answer = Callable[[bytes], Iterator[bytes]]


@contextmanager
def stand_in(answer: Answer) -> Iterator[str]:
    """A port at whose other end `answer` says what comes back for what it is sent."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    os.set_blocking(master, False)
    ended = threading.Event()

    def serve() -> None:
        answers: Iterator[bytes] = iter(())
        while not ended.is_set():
            if select.select([master], [], [], 0.005)[0]:
                answers = answer(os.read(master, 4096))
            with suppress(BlockingIOError):  # nobody reads
                os.write(master, next(answers, b""))

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield os.ttyname(slave)
    finally:
        ended.set()
        thread.join()
        os.close(slave)
        os.close(master)


def chatter(heard: bytes) -> Iterator[bytes]:
    while True:
        yield b"ASCPI report id=7 up_ms=1\r\n"


def raw_mode(heard: bytes) -> bytes:
    """What a raw REPL says before it runs code that was sent to it as it is."""
    if b"\x01" in heard and b"\x05A" not in heard:
        return RAW_GREETING + b">"
    if heard.startswith(b"print('in step"):
        return b"OK" + heard[7:].partition(b"'")[0] + b"\x04\x04>"
    return b"R\x00" if b"\x05A" in heard else b"OK"


def restarts(heard: bytes) -> Iterator[bytes]:
    """A REPL until code is to run: then a board that talks for ever."""
    answer = raw_mode(heard)
    yield answer
    if answer == b"OK":
        yield from chatter(heard)


def falls_silent(heard: bytes) -> Iterator[bytes]:
    yield raw_mode(heard)


def half_answers(heard: bytes) -> Iterator[bytes]:
    """Raw paste without the size of its window."""
    yield b"R\x01" if b"\x05A" in heard else raw_mode(heard)


def slow(heard: bytes) -> Iterator[bytes]:
    """A REPL that thinks for half a second about everything, and runs nothing."""
    time.sleep(0.5)
    answer = raw_mode(heard)
    yield answer + b"\x04\x04>" if answer == b"OK" else answer
