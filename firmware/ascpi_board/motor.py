"""A board's motor, made with what its flash holds."""

import binascii
import os

from ascpi_core.fixed import const
from ascpi_core.glyphs.motor import Motor
from ascpi_core.glyphs.types import BuiltIn
from ascpi_core.lines import error_line

from .boot import forget
from .clock import clock
from .journal_file import JournalFile
from .world import BoardWorld

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ascpi_core.settings import BoardSettings

TYPES_FOLDER = const("/glyphs")


def load_motor(config: "BoardSettings", world: BoardWorld, seed: int, capacity: int) -> Motor:
    """The motor with what the journal brings back; types that cannot be loaded are told."""
    from ascpi_core.glyphs.loading import load_user_types
    from ascpi_core.glyphs.replay import Fold

    registry = BuiltIn()
    for mistake in load_user_types(registry, _type_files(), _import_type):
        print(error_line(mistake))
    motor = Motor(
        config.node,
        registry,
        world,
        JournalFile(),
        binascii.crc32,
        seed,
        clock.ticks_us(),
        config.writes_per_hour,
        capacity,
    )
    forget(Fold.__module__)
    return motor


def _type_files() -> "list[str]":
    try:
        return os.listdir(TYPES_FOLDER)
    except OSError:
        return []  # there are none


def _import_type(name: str) -> object:
    return __import__("glyphs." + name, None, None, ("GlyphType",))
