"""The board's `JournalFile` on a computer: on a folder, or on a LittleFS whose erasures count."""

import importlib.util
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from littlefs import LittleFS, UserContext

SOURCE = Path(__file__).parents[2] / "firmware" / "ascpi_board" / "journal_file.py"

BLOCK_BYTES = 4096


def board_module() -> Any:
    """The firmware's file as a module of its own, by its path: CPython runs it as it is."""
    specification = importlib.util.spec_from_file_location("board_journal_file", SOURCE)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


class CountingFlash(UserContext):
    """A flash in memory; `erased` says how often each block was."""

    def __init__(self, blocks: int) -> None:
        super().__init__(buffsize=blocks * BLOCK_BYTES)
        self.erased: Counter[int] = Counter()

    def erase(self, cfg: Any, block: int) -> int:
        self.erased[block] += 1
        return super().erase(cfg, block)


def file_on_littlefs(flash: CountingFlash, blocks: int) -> Any:
    """A board's journal on a LittleFS with the sizes that MicroPython gives it on an ESP32."""
    system = LittleFS(
        context=flash,
        block_size=BLOCK_BYTES,
        block_count=blocks,
        read_size=32,
        prog_size=32,
        cache_size=128,
        lookahead_size=32,
        block_cycles=100,
    )
    module = board_module()

    def opened(path: str, mode: str) -> Any:
        try:
            return system.open(path, mode, buffering=0)
        except FileNotFoundError:
            if mode == "ab":  # which on a board makes the file
                return system.open(path, "wb", buffering=0)
            raise OSError(2, "ENOENT") from None

    module.open = opened
    module.os = SimpleNamespace(rename=system.rename)
    return module.JournalFile()
