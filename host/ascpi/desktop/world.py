"""What glyphs act on here: this computer has no light and no pins, so it says what they do.

A desktop node's lines are read by people and programs; a glyph that talks without end must not
drown them. So only a few lines a second get through, and the others are counted.
"""

import time
from collections.abc import Callable

from ascpi_core.glyphs.kind import World
from ascpi_core.lines import TELEMETRY_PREFIX, note_line

LINES_PER_S = 8.0
LINES_AT_ONCE = 16


class DesktopWorld(World):
    """Lines of telemetry go to `say`; `clock_s` is a clock in seconds that never goes back."""

    def __init__(
        self, say: Callable[[str], None], clock_s: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__()
        self.dropped = 0
        self._say = say
        self._clock_s = clock_s
        self._left = float(LINES_AT_ONCE)
        self._looked_s = clock_s()

    def flash(self, red: int, green: int, blue: int, duration_ms: int) -> None:
        """Tell of it: an event that names the colour and its time."""
        self._tell(
            f"{TELEMETRY_PREFIX} event flash colour={red:02x}{green:02x}{blue:02x} "
            f"ms={duration_ms}"
        )

    def read(self, pin: int) -> int:
        """No pin can be read here: always a ValueError."""
        raise ValueError(f"pin {pin}: a desktop node has no pins; move the glyph to a board")

    def say(self, text: str) -> None:
        """A note, as the node's own."""
        self._tell(note_line(text))

    def _tell(self, line: str) -> None:
        now_s = self._clock_s()
        self._left = min(LINES_AT_ONCE, self._left + (now_s - self._looked_s) * LINES_PER_S)
        self._looked_s = now_s
        if self._left < 1:
            self.dropped += 1
            return
        self._left -= 1
        self._say(line)
