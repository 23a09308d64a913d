"""Whether there is room for glyphs: what runs them takes half as much memory as all the rest.

A board whose memory does not suffice is told so, and goes on without glyphs: it keeps its phase.
"""

import sys

from ascpi_core.telemetry import error_line

from .health import collect

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ascpi_core.glyphs.motor import Motor
    from ascpi_core.settings import BoardSettings

    from .light import Overlay
    from .world import BoardWorld

_RADIO_BYTES = 48 * 1024
"""ESP-IDF takes so much for Wi-Fi from the same memory, later: 40 KB by MicroPython's reports."""


def make_motor(
    config: "BoardSettings", overlay: "Overlay", seed: int
) -> "tuple[Motor, BoardWorld] | None":
    """A motor and its world; None, and it is said, if there is no room for them."""
    before = list(sys.modules)
    made: "tuple[Motor, BoardWorld] | None" = None
    try:
        from . import engine, world

        board_world = world.BoardWorld(overlay, config)
        made = engine.make_motor(config, board_world, seed), board_world
        free = collect()
        if sys.platform != "esp32" or free >= _RADIO_BYTES:
            return made
        reason = "%d bytes would be left" % free
    except MemoryError as error:
        reason = str(error)
    made = None
    for name in list(sys.modules):
        if name not in before:
            del sys.modules[name]
    collect()
    print(
        error_line(
            'there is no room for glyphs (%s): this board holds none; set "glyphs": false, or '
            "take a board with more memory" % reason
        )
    )
    return None
