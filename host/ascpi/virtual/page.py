"""A page of memory that a board's process and its supervisor share.

Each word has 64 bits and one writer. A word is written whole, so no lock is needed: a clock read
costs no system call, and the host can change the crystal, the access point or an input at any
time. The board finds the same words by name (shims/board_page.py).
"""

import mmap
import os
import sys
import tempfile

from ascpi.virtual.crystal import Segment

PAGE_BYTES = 4096
NEVER_US = (1 << 62) - 1

# The first six are the clock's two slots; shims/board_clock_native.py counts on their places.
WORDS = (
    # Written by the host.
    "slot_a_start_us",
    "slot_a_base",
    "slot_a_ppb",
    "slot_b_start_us",
    "slot_b_base",
    "slot_b_ppb",
    "reset_cause",
    "access_point_since_us",  # 0: there is none
    "wrong_password",
    "connect_us",
    "queue_datagrams",
    "burst_datagrams",
    "burst_us",
    "beacon_timeout_us",
    "max_clients",
    "espnow_fault",  # an ESP-NOW error for every message to send; 0: none
    "input_driven",  # a bit for each pin: is driven from outside
    "input_level",
    "interrupt_asked",  # how often; the board has taken so many
    # Written by the board.
    "running",
    "interrupt_taken",
    "power_on_us",
    "request",
    "watchdog_timeout_us",  # 0: not armed
    "watchdog_fed_us",
    "station_active",
    "station_asked_us",  # 0: not asked to connect
    "station_joined_us",  # 0: not connected
    "station_seen_us",  # when its access point was there last
    "station_reason",  # why it is not connected; 0: nothing to tell
    "own_access_point",
    "power_save",
    "dropped_datagrams",
    "refused_datagrams",
    "closed_sockets",
)
INDEX = {word: index for index, word in enumerate(WORDS)}
# One word for each pin: what an ADC there reads.
ANALOG_INDEX = 64
# Behind them: how long the RTC's memory is, two bytes, and its content, which only a power cut
# takes away.
RTC_OFFSET = 1024
# As many as an ESP32 of any kind has, in the bits of one word.
PINS = 60

REQUEST_SOFT_RESET = 1
REQUEST_RESET = 2


class Page:
    """The supervisor's side."""

    def __init__(self) -> None:
        self.fd = anonymous_file()
        os.ftruncate(self.fd, PAGE_BYTES)
        self._map = mmap.mmap(self.fd, PAGE_BYTES)
        self._words = memoryview(self._map).cast("q")
        self._slot = 0

    def __getitem__(self, word: str) -> int:
        return self._words[INDEX[word]]

    def __setitem__(self, word: str, value: int) -> None:
        self._words[INDEX[word]] = value

    def set_analog(self, pin: int, value: int) -> None:
        self._words[ANALOG_INDEX + pin] = value

    def forget_rtc(self) -> None:
        """As a board without power does."""
        self._map[RTC_OFFSET : RTC_OFFSET + 2] = bytes(2)

    def start_clock(self, segment: Segment) -> None:
        """No board is running: nothing of before holds."""
        self._words[3] = NEVER_US
        self._slot = 0
        self._fill_slot(0, segment)

    def change_clock(self, segment: Segment) -> None:
        """The slot in use is not touched: the change before this one must have begun."""
        self._slot = 1 - self._slot
        self._fill_slot(self._slot, segment)

    def _fill_slot(self, slot: int, segment: Segment) -> None:
        """The board uses the slot with the latest start that is past, so the start comes last."""
        first = 3 * slot
        self._words[first] = NEVER_US
        self._words[first + 1] = segment.base
        self._words[first + 2] = segment.ppb
        self._words[first] = segment.start_us

    def close(self) -> None:
        self._words.release()
        self._map.close()
        os.close(self.fd)


def anonymous_file() -> int:
    """A descriptor of memory that processes can share."""
    # Memory, not a disk's cache: a page on its way to a disk cannot be written, and the board
    # would stand still meanwhile.
    if sys.platform == "linux":
        return os.memfd_create("ascpi-board")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())
