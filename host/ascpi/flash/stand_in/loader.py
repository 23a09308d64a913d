"""A chip's ROM loader behind a stand-in's port: esp32-mock-bootloader's server, given an identity.

Imports esptool through the mock: for a stand-in's own process only.
"""

import struct
import threading
from collections.abc import Callable

from esp32_mock_bootloader import protocol, registers, server

from ascpi.flash.stand_in.faults import NEVER, Faults
from ascpi.flash.stand_in.line import Line
from ascpi.flash.stand_in.memory import Memory

END = b"\xc0"
# How esptool calls: a SLIP frame of the command SYNC with its 36 bytes.
CALL = b"\xc0\x00\x08\x24\x00"
_CHANGE_BAUD = b"\xc0\x00\x0f\x08\x00"
_HEAD_BYTES = 9
_WAIT_S = 0.5
# The third byte of the flash chip's answer to "who are you": log2 of its size.
_SIZE_SHIFT = 16


def take_identity(chip: str, mac: bytes, flash_bytes: int) -> None:
    """Make the mock, of which there is one in a process, this chip with this MAC and flash."""
    profile = registers.rom_profile(chip)
    old = struct.unpack(">II", b"\0\0" + bytes(registers.mac_bytes_for_chip(chip)))
    new = struct.unpack(">II", b"\0\0" + mac)
    words = dict(zip(old, new, strict=True))
    for address, value in profile.items():
        profile[address] = words.get(value, value)
    server.slip_decode_frames = decode_frames
    protocol.data_checksum = checksum
    exponent = flash_bytes.bit_length() - 1
    others = protocol.MOCK_FLASH_ID & ~(0xFF << _SIZE_SHIFT)
    protocol.MOCK_FLASH_ID = others | exponent << _SIZE_SHIFT


def decode_frames(raw: bytes) -> list[bytes]:
    """The packets between ENDs, as the mock's function gives them, but not byte by byte."""
    return [
        frame.replace(b"\xdb\xdc", END).replace(b"\xdb\xdd", b"\xdb")
        for frame in raw.split(END)
        if frame
    ]


def checksum(data: bytes) -> int:
    """All bytes and the seed under exclusive or, as esptool's own function, but by halves."""
    value, bits = int.from_bytes(data, "little"), 8 << max(0, len(data) - 1).bit_length()
    while bits > 8:
        bits //= 2
        value = value >> bits ^ value & ((1 << bits) - 1)
    return value ^ int(protocol.CHECKSUM_SEED)


class Connection:
    """What the mock's server talks through. Whole frames only: it looks at each byte anew."""

    def __init__(
        self,
        line: Line,
        faults: Callable[[], Faults],
        control: Callable[[float], None],
        first: bytes,
    ) -> None:
        self._line = line
        self._faults = faults
        self._control = control
        self._bytes = bytearray(first)
        self._spoken = bool(first)
        self._called = False
        self._deaf = False
        self._too_fast = False
        self.received_bytes = 0
        self.rest = b""

    def recv(self, size: int) -> bytes:
        """The frames that have come in; TimeoutError if there are none yet, empty at the end."""
        frames = self._whole_frames()
        if frames:
            return frames
        self._control(_WAIT_S)
        closed = self._line.take_closed() and self._spoken
        data = self._line.read()
        self._spoken |= bool(data)
        self._bytes += data
        self.received_bytes += len(data)
        if closed:
            # Who called has gone. What came since is for whoever is next, as it is from another.
            self.rest = bytes(self._bytes)
            return b""
        frames = self._whole_frames()
        if frames:
            return frames
        raise TimeoutError

    def sendall(self, data: bytes) -> None:
        if not self._deaf and not self._faults().deaf:
            self._line.write(data)
        # The answer to the order for another rate still comes at the old one.
        self._deaf |= self._too_fast

    def set_timeout(self, timeout: float) -> None:
        """The mock's; here what comes in wakes us."""

    def close(self) -> None:
        """The port stays ours."""

    def abort_empty_session(self) -> bool:
        return False

    def ignore_eof_for_disconnect(self) -> bool:
        return False

    def _whole_frames(self) -> bytes:
        """A frame has an END at both ends and none within."""
        if not self._called and not self._find_call():
            return b""
        ends = self._bytes.count(END)
        last = self._bytes.rfind(END)
        if ends % 2:
            last = self._bytes.rfind(END, 0, last)
        frames = bytes(self._bytes[: last + 1]) if ends > 1 else b""
        del self._bytes[: len(frames)]
        limit = self._faults().deaf_above_baud
        at = frames.find(_CHANGE_BAUD)
        if at >= 0 and limit != NEVER:
            self._too_fast = struct.unpack_from("<I", frames, at + _HEAD_BYTES)[0] > limit
        return frames

    def _find_call(self) -> bool:
        """Drop what is before the first call: the rest of a frame that nobody finished."""
        at = self._bytes.find(CALL)
        self._called = at >= 0
        del self._bytes[: at if self._called else max(0, len(self._bytes) - len(CALL) + 1)]
        return self._called


def serve(connection: Connection, chip: str, memory: Memory) -> None:
    """Be the loader until the port is closed."""
    server.handle_client(
        connection, threading.Event(), chip, exit_on_disconnect=True, flash=memory
    )
