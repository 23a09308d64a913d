"""Runs in MicroPython: mounts a file system's image as an ESP32 does, and uses what is in it.

`micropython -m tests.flash.guest IMAGE BLOCKS [FILE…]`: from a block device in memory with so many
blocks of 4096 bytes, of which the image's are written and the others erased.
"""

import json
import os
import sys

BLOCK_BYTES = 4096


class Flash:
    """A block device of MicroPython's extended kind, as esp32.Partition is one."""

    def __init__(self, image: bytes, blocks: int) -> None:
        self.data = bytearray(b"\xff" * (blocks * BLOCK_BYTES))
        self.data[: len(image)] = image
        self.blocks = blocks

    def readblocks(self, block: int, buffer: bytearray, offset: int = 0) -> None:
        start = block * BLOCK_BYTES + offset
        buffer[:] = self.data[start : start + len(buffer)]

    def writeblocks(self, block: int, buffer: bytearray, offset: int = 0) -> None:
        start = block * BLOCK_BYTES + offset
        self.data[start : start + len(buffer)] = buffer

    def ioctl(self, operation: int, argument: int) -> "int | None":
        if operation == 4:
            return self.blocks
        if operation == 5:
            return BLOCK_BYTES
        if operation == 6:
            start = argument * BLOCK_BYTES
            self.data[start : start + BLOCK_BYTES] = b"\xff" * BLOCK_BYTES
        return 0


class StandIn:
    """In the place of `machine`, which only a board has: the program is loaded, not run."""

    def __getattr__(self, name: str) -> object:
        return None


def run(path: str, blocks: int) -> None:
    with open(path, "rb") as file:
        flash = Flash(file.read(), blocks)
    # The defaults: read and program 32 bytes at a time, lookahead 32; a cache of 128.
    os.mount(os.VfsLfs2(flash), "/flash")  # type: ignore[attr-defined]
    statistics = os.statvfs("/flash")
    print("blocks", statistics[2], "free", statistics[3])
    with open("/flash/ascpi.json") as file:
        print("ssid", [ord(letter) for letter in json.load(file)["wifi"]["ssid"]])
    with open("/flash/ascpi_run") as file:
        sys.path[:] = ["/flash/" + file.read(), ".frozen"]
    sys.modules["machine"] = StandIn()  # type: ignore[assignment]
    import ascpi_node  # type: ignore[import-not-found]

    print("node", ascpi_node.__file__)
    # What a board does at boot: keep its epoch, by a rename over it.
    with open("/flash/ascpi_epoch") as file:
        epoch = int(file.read())
    with open("/flash/ascpi_epoch.new", "w") as file:
        file.write(str(epoch + 1))
    os.rename("/flash/ascpi_epoch.new", "/flash/ascpi_epoch")
    with open("/flash/grown", "wb") as file:
        for _ in range(blocks // 2):
            file.write(bytes(BLOCK_BYTES))
    os.umount("/flash")  # type: ignore[attr-defined]
    os.mount(os.VfsLfs2(flash), "/flash")  # type: ignore[attr-defined]
    with open("/flash/ascpi_epoch") as file:
        print("epoch", file.read(), "grown", os.stat("/flash/grown")[6])
    with open("/flash/main.py") as file:
        print("main", "from ascpi_boot import main" in file.read())


if __name__ == "__main__":
    run(sys.argv[1], int(sys.argv[2]))
