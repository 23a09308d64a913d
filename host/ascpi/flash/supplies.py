"""Images and programs for a run, each made once for all boards of a chip."""

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Generic, TypeVar

from ascpi.errors import AscpiError
from ascpi.flash.application import build
from ascpi.flash.chips import Chip
from ascpi.flash.image import Image
from ascpi.flash.releases import find_image

Thing = TypeVar("Thing")


class Once(Generic[Thing]):
    """Makes a thing for each key once, whoever asks first; the others wait, or hear why not."""

    def __init__(self, make: Callable[[Chip], Thing]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self._made: dict[str, Thing] = {}
        self._failed: dict[str, AscpiError] = {}

    def get(self, chip: Chip) -> Thing:
        with self._lock:
            lock = self._locks.setdefault(chip.name, threading.Lock())
        with lock:
            if chip.name in self._failed:
                raise self._failed[chip.name]
            if chip.name not in self._made:
                try:
                    self._made[chip.name] = self._make(chip)
                except AscpiError as error:
                    self._failed[chip.name] = error
                    raise
            return self._made[chip.name]


class Supplies:
    """`image`: the file or folder of --image, or None for the pinned release in `cache`.

    `types`: the folder with users' own types of glyphs, or None.
    """

    def __init__(
        self, image: Path | None, cache: Path, program: str, types: Path | None = None
    ) -> None:
        self.cache = cache
        self.program = program
        self._images = Once(lambda chip: find_image(chip, image, cache))
        self._programs: Once[Mapping[str, bytes]] = Once(
            lambda chip: build(chip, program, types=types)
        )

    def image(self, chip: Chip) -> Image:
        return self._images.get(chip)

    def application(self, chip: Chip) -> Mapping[str, bytes]:
        """The compiled files, by their path on the board."""
        return self._programs.get(chip)
