"""The board's journal on MicroPython's own LittleFS, whose flash loses power at every operation.

For each write of a short life: the flash as it was before, and then the same write with the power
going before the first erase or program, before the second, and so on until it gets through; a
program that is cut off leaves half of its bytes behind. What is mounted after that must hold the
journal as it was before the write or as it is after it, and nothing in between.

The last line says how many writes there were, and how many cuts. What comes before it is LittleFS
telling that its flash has died.
"""

import gc

import vfs  # type: ignore[import-not-found]

from firmware.ascpi_board.journal_file import JournalFile

BLOCK_BYTES = 4096
BLOCKS = 12
RECORD = bytes(range(68))

_COUNT, _SIZE, _ERASE = 4, 5, 6


class Flash:
    """A block device in memory. The power goes when `left` operations are done."""

    def __init__(self, content: bytes | bytearray) -> None:
        self.content = bytearray(content)
        self.left = 1 << 30

    def readblocks(self, block: int, buffer: bytearray, offset: int = 0) -> None:
        start = block * BLOCK_BYTES + offset
        buffer[:] = self.content[start : start + len(buffer)]

    def writeblocks(self, block: int, buffer: bytearray, offset: int = 0) -> None:
        start = block * BLOCK_BYTES + offset
        length = len(buffer)
        if not self.left:
            length //= 2
        if self.left >= 0:
            self.content[start : start + length] = buffer[:length]
        self._end()

    def ioctl(self, call: int, argument: int) -> int:
        if call == _COUNT:
            return BLOCKS
        if call == _SIZE:
            return BLOCK_BYTES
        if call == _ERASE:
            if self.left > 0:
                start = argument * BLOCK_BYTES
                self.content[start : start + BLOCK_BYTES] = b"\xff" * BLOCK_BYTES
            self._end()
        return 0

    def _end(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise OSError(5)


def mounted(content: bytes | bytearray) -> Flash:
    flash = Flash(content)
    vfs.mount(vfs.VfsLfs2(flash), "/flash")
    return flash


def text() -> bytes:
    return JournalFile("/flash/glyphs.journal").read(0, 1 << 16)


def write(number: int) -> None:
    file = JournalFile("/flash/glyphs.journal")
    if number % 9 == 8:
        file.replace(memoryview(RECORD)[:number])
    else:
        file.append(memoryview(RECORD * (1 + number % 3)))


def main() -> None:
    gc.disable()
    made = Flash(bytes(BLOCKS * BLOCK_BYTES))
    vfs.VfsLfs2.mkfs(made)
    content = made.content
    cuts = 0
    for number in range(20):
        flash = mounted(content)
        before = text()
        write(number)
        after = text()
        vfs.umount("/flash")
        following = flash.content
        assert before != after
        operations = 0
        while True:
            flash = mounted(content)
            flash.left = operations
            try:
                write(number)
                done = True
            except OSError:
                done = False
            vfs.umount("/flash")
            restarted = mounted(flash.content)
            found = text()
            vfs.umount("/flash")
            assert found == after or (found == before and not done), (number, operations)
            assert restarted.left > 0
            gc.collect()
            if done:
                break
            cuts += 1
            operations += 1
        content = following
    print(number + 1, cuts)


if __name__ == "__main__":
    main()
