"""Memory on an ESP32: MicroPython's heap grows into what Wi-Fi needs, and never gives it back.

Wi-Fi's buffers come from ESP-IDF, and so does each piece that the heap grows by. A program that is
loaded while much is free leaves nothing for packets: the board joins, and is deaf. So while it is
loaded a part is held back, which the heap cannot take.
"""

import gc
import sys
import time

from ascpi_core.fixed import const

RESERVE_BYTES = const(28 * 1024)
"""With 10 KB left everything was heard and sent; Wi-Fi's buffers swing by as much."""
ROOM_BYTES = const(4 * 1024)
"""Kept free in one piece within the heap while the program is loaded: what lies scattered between
its parts would soon be too small for a line of text, and a heap that has to grow takes the largest
piece that Wi-Fi has left."""
SCARCE_BYTES = const(8 * 1024)
"""Below it packets begin to be lost."""

_SETTLE_MS = const(50)


def collect() -> int:
    """Collect garbage at a moment that suits; bytes free after it, without the heap growing."""
    gc.collect()
    return gc.mem_free()


def idf_free() -> "tuple[int, int]":
    """(bytes free outside of MicroPython's heap, those in one piece); −1 where nobody can tell."""
    if sys.platform != "esp32":
        return -1, -1
    import esp32

    free = largest = 0
    for region in esp32.idf_heap_info(esp32.HEAP_DATA):
        free += region[1]
        largest = max(largest, region[2])
    return free, largest


class Reserve:
    """Holds memory of ESP-IDF's back until `release`, as the stack of a thread that sleeps."""

    def __init__(self) -> None:
        self._lock = None
        self._room: "bytearray | None" = None
        if sys.platform != "esp32":
            return
        self._room = bytearray(ROOM_BYTES)
        import _thread

        lock = _thread.allocate_lock()
        lock.acquire()
        try:
            _thread.stack_size(RESERVE_BYTES)
            _thread.start_new_thread(lock.acquire, ())
            self._lock = lock
        except (OSError, RuntimeError):
            pass  # there is not even so much: what is reported later says so
        finally:
            _thread.stack_size(0)

    def release(self) -> None:
        """Give it to whoever needs it. Waits a moment: a thread's memory is freed by another."""
        self._room = None
        collect()
        if self._lock is not None:
            self._lock.release()
            self._lock = None
            time.sleep_ms(_SETTLE_MS)
