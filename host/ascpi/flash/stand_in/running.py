"""What lies in a stand-in's flash, as a running board: the real MicroPython on its file system."""

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from ascpi.flash.chips import Chip
from ascpi.flash.errors import FlashError
from ascpi.flash.filesystem import FilesystemReader, make_image
from ascpi.flash.image import Image, filesystem_place
from ascpi.flash.stand_in.line import Line
from ascpi.flash.stand_in.loader import CALL
from ascpi.flash.stand_in.memory import Memory
from ascpi.virtual import VirtualBoard, VirtualBoardOptions
from ascpi.virtual.serial_line import Pending, read_some

# Of what an image of MicroPython occupies, its header and partition table.
_HEAD_BYTES = 0x9000
_MAGIC = 0xE9
_MAIN = "/main.py"
MEMORY = Path("/dev/shm")


def find_files(memory: Memory, chip: Chip) -> dict[str, bytes] | None:
    """The files of the file system, if there is an image that would start and a program in it."""
    head = memory.read(chip.image_offset, _HEAD_BYTES)
    if head[0] != _MAGIC:
        return None
    try:
        offset, size = _place(memory, chip)
        reader = FilesystemReader(lambda at, count: memory.read(offset + at, count), size)
        files = {path: reader.read_file(path) for path in reader.files()}
    except FlashError:
        return None
    return files if _MAIN in files else None


def _place(memory: Memory, chip: Chip) -> tuple[int, int]:
    head = memory.read(chip.image_offset, _HEAD_BYTES)
    return filesystem_place(Image(Path("flash"), head, chip), len(memory.data))


# Until the port or one of these descriptors has something to read.
Wait = Callable[[list[int]], None]


class Running:
    """A virtual board with a stand-in's files, from `start` to `stop`."""

    def __init__(self, node_id: int, folder: Path, memory: Memory, chip: Chip) -> None:
        # In memory where that is possible: it is a copy of what lies in the flash.
        place = MEMORY if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) else folder
        self._folder = tempfile.TemporaryDirectory(prefix="ascpi-stand-in-", dir=place)
        flash = Path(self._folder.name) / "flash"
        self._options = VirtualBoardOptions(node_id, flash, as_flashed=True)
        self._nvs = folder / "nvs.json"
        self._memory = memory
        self._chip = chip
        self._board = VirtualBoard(self._options)
        self._port = -1

    def start(self, files: dict[str, bytes], access_point: bool) -> None:
        flash, nvs = self._options.flash, self._options.nvs
        if self._memory.erased:
            self._memory.erased = False
            self._nvs.unlink(missing_ok=True)
        if self._nvs.exists():
            shutil.copy(self._nvs, nvs)
        for path, data in files.items():
            place = flash / path.lstrip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        self._board.start()
        self._port = os.open(self._board.serial_path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        if not access_point:
            self._board.set_access_point(False)

    def exchange(self, line: Line, wait: Wait, first: bytes) -> bytes:
        """Pass bytes to and fro until esptool calls; its call, and what came after it.

        `first`: what has come in already.
        """
        data, to_board = first, Pending(self._port)
        while True:
            at = data.find(CALL)
            if at >= 0:
                return data[at:]
            # The begin of a call, perhaps: its rest is there within a byte's time or two.
            keep = next((n for n in range(len(CALL) - 1, 0, -1) if data.endswith(CALL[:n])), 0)
            tail = data[len(data) - keep :]
            to_board.put(data[: len(data) - keep])
            wait([self._port])
            self._to_user(line)
            data = tail + line.read()
            line.take_closed()

    def stop(self) -> None:
        """Off; what the program wrote is in the flash."""
        self._board.stop()
        if self._port >= 0:
            os.close(self._port)
        flash = self._options.flash
        files = {
            "/" + path.relative_to(flash).as_posix(): path.read_bytes()
            for path in sorted(flash.rglob("*"))
            if path.is_file()
        }
        offset, size = _place(self._memory, self._chip)
        self._memory.put(offset, make_image(files, size))
        if self._options.nvs.exists():
            shutil.copy(self._options.nvs, self._nvs)
        self._folder.cleanup()

    def _to_user(self, line: Line) -> None:
        data = read_some(self._port)
        if data:
            line.write(data)
