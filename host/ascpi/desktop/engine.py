"""The motor of a desktop node, with the two tasks that it needs: one runs glyphs, one writes.

Both live in the node's event loop. A write to the disk holds the loop up for as long as the disk
takes, which a desktop's receive times survive: they are read off the clock, and a late step of
the node changes nothing but the delay.
"""

import asyncio
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

LOOK_US = 20_000
"""A change of phase, or a glyph that has just come, is noticed after so long."""
SPIN_US = 1_500
"""The event loop wakes on whole milliseconds: the rest is waited for by going round it."""
LONGEST_WAIT_S = 1.0


@dataclass(frozen=True)
class GlyphOptions:
    """`journal`: the file that keeps the glyphs; `types`: the folder of users' own types."""

    journal: Path
    types: Path = FOLDER


class Engine:
    """`motor` is the core's. `send` (set by the node) sends what is due at once."""

    def __init__(
        self, settings: NodeSettings, options: GlyphOptions, seed: int, say: Callable[[str], None]
    ) -> None:
        self.world = DesktopWorld(say)
        self.send: Callable[[], None] = lambda: None
        self._say = say
        self._wake = asyncio.Event()
        self._trouble = ""
        self._files = JournalFile(options.journal)
        registry, mistakes = load_types(options.types)
        self.motor = Motor(
            settings,
            registry,
            self.world,
            self._files,
            binascii.crc32,
            seed,
            ticks_us(),
        )
        for mistake in mistakes:
            say(error_line(mistake))
        self._tell_trouble()

    def close(self) -> None:
        """Let another process have the journal."""
        self._files.close()

    def look(self) -> None:
        """Something was received, or decided: send and write what cannot wait."""
        if self.motor.hurried(ticks_us()):
            self.send()
        if self.motor.holding.pending:
            self._wake.set()

    async def run(self) -> None:
        """Let glyphs have their steps when they are due, for ever."""
        motor = self.motor
        while True:
            wait_us = motor.time_until_due(ticks_us())
            if wait_us > SPIN_US:
                await asyncio.sleep(min(LOOK_US, wait_us - SPIN_US) / 1e6)
                continue
            if wait_us <= 0:
                motor.run(ticks_us(), ticks_us)
                self.look()
            await asyncio.sleep(0)

    async def write(self) -> None:
        """Bring to the disk what waits for it, for ever."""
        motor = self.motor
        while True:
            motor.flush(ticks_us())
            self._tell_trouble()
            self.look()
            wait_s = min(LONGEST_WAIT_S, motor.journal.checkpoint_due_in(ticks_us()) / 1e6)
            self._wake.clear()
            if motor.holding.pending and not motor.journal.trouble:
                continue
            try:
                await asyncio.wait_for(self._wake.wait(), wait_s)
            except asyncio.TimeoutError:
                continue

    def _tell_trouble(self) -> None:
        trouble = self.motor.journal.trouble
        if trouble != self._trouble:
            self._trouble = trouble
            if trouble:
                self._say(error_line(trouble))
