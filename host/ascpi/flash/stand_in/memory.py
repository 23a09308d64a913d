"""The flash of a stand-in: a file, so that it outlives the process and others can look into it."""

import mmap
import struct
from pathlib import Path

from esp32_mock_bootloader.server import FlashImage

from ascpi.flash.stand_in.faults import NEVER

ERASED = b"\xff"
_BLOCK_HEAD = struct.Struct("<IIII")


def make_flash(path: Path, size: int) -> None:
    """An erased flash of `size` bytes, unless there is one."""
    if not path.exists():
        path.write_bytes(ERASED * size)


class Memory(FlashImage):  # type: ignore[misc]
    """The mock's flash on a file, written whole blocks at a time."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        with path.open("r+b") as file:
            self.data = mmap.mmap(file.fileno(), 0)
        self.stuck_byte = NEVER
        self.erased = False
        """Since the last look: the whole flash was."""

    def write_defl_block(self, payload: bytes) -> None:
        if self._decompressor is None or len(payload) < _BLOCK_HEAD.size:
            return
        length = _BLOCK_HEAD.unpack_from(payload)[0]
        data = self._decompressor.decompress(payload[_BLOCK_HEAD.size :][:length])
        self._defl_offset += self._put(self._defl_offset, data)

    def write_plain_block(self, payload: bytes) -> None:
        if len(payload) < _BLOCK_HEAD.size:
            return
        length = _BLOCK_HEAD.unpack_from(payload)[0]
        self._plain_offset += self._put(self._plain_offset, payload[_BLOCK_HEAD.size :][:length])

    def erase_all(self) -> None:
        super().erase_all()
        self.erased = True

    def put(self, offset: int, data: bytes) -> None:
        """Write as the running program does."""
        self.data[offset : offset + len(data)] = data

    def _put(self, offset: int, data: bytes) -> int:
        room = max(0, len(self.data) - offset)
        self.data[offset : offset + min(room, len(data))] = data[:room]
        if offset <= self.stuck_byte < offset + len(data):
            self.data[self.stuck_byte] ^= 0xFF
        return len(data)
