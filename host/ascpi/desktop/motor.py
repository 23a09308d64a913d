"""The motor of a desktop node, made with what its disk holds."""

import binascii
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ascpi.desktop.clock import ticks_us
from ascpi.desktop.world import DesktopWorld
from ascpi.glyphs.journal_file import JournalFile
from ascpi.glyphs.types import FOLDER, load_types
from ascpi_core.glyphs.motor import Motor
from ascpi_core.lines import error_line
from ascpi_core.settings import NodeSettings


@dataclass(frozen=True)
class GlyphOptions:
    """`journal`: the file that keeps the glyphs; `types`: the folder of users' own types."""

    journal: Path
    types: Path = FOLDER


class LoadedMotor:
    """`motor` is the core's; types that cannot be loaded are told to `say`."""

    def __init__(
        self, settings: NodeSettings, options: GlyphOptions, seed: int, say: Callable[[str], None]
    ) -> None:
        self._files = JournalFile(options.journal)
        registry, mistakes = load_types(options.types)
        self.motor = Motor(
            settings,
            registry,
            DesktopWorld(say),
            self._files,
            binascii.crc32,
            seed,
            ticks_us(),
        )
        for mistake in mistakes:
            say(error_line(mistake))

    def close(self) -> None:
        """Let another process have the journal."""
        self._files.close()
