"""The folder that is the board's flash, as its file system."""

import os

from board_interrupt import check


class Flash(os.VfsPosix):
    """In MicroPython's preview of July 2026 VfsPosix forgets the first of two absolute paths."""

    def __init__(self, folder):
        super().__init__(folder)
        self._folder = folder
        self._host = os.VfsPosix()

    def _full(self, path):
        return self._folder + path if path.startswith("/") else path

    def stat(self, path):
        check()
        return super().stat(path)

    def open(self, path, mode):
        check()
        return super().open(path, mode)

    def rename(self, old, new):
        self._host.rename(self._full(old), self._full(new))
