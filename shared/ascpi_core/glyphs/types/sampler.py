"""Sampler: reads a pin at θ, on whichever board it is, and keeps a running mean.

Several of them on a common phase read at the same moment, on as many boards.
"""

from ...fixed import const
from ..kind import Kind, get_word, put_word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..glyph import Glyph
    from ..kind import World

WINDOW = const(1024)
"""The mean of all samples up to so many; from then on each new one counts for 1/1024."""

SAMPLER_FLASH_MS = const(30)

_MEAN = const(4)
_SAMPLES_MAXIMUM = const(0xFFFFFF)


class Sampler(Kind):
    """State: 0 pin · 1 samples (24 bits, then it stays) · 4 mean (0 … 65535 in 2^-14: 30 bits)."""

    NAME = "sampler"
    NUMBER = 6

    def step(self, glyph: "Glyph", world: "World") -> None:
        """Take a sample; a green flash as bright as what it read. Stopped where there is no such
        pin: a mean of readings that never were is worse than none."""
        state = glyph.state
        value = world.read(state[0])
        if value < 0 or value > 0xFFFF:
            raise ValueError("pin %d reads %d, which is not 0 to 65535" % (state[0], value))
        samples = state[1] | state[2] << 8 | state[3] << 16
        if samples < _SAMPLES_MAXIMUM:
            samples += 1
            state[1] = samples & 0xFF
            state[2] = samples >> 8 & 0xFF
            state[3] = samples >> 16
        weight = min(samples, WINDOW)
        mean = get_word(state, _MEAN)
        # Worst: 65535 · 2^14 + 512 < 2^30.
        put_word(state, _MEAN, mean + ((value << 14) - mean + (weight >> 1)) // weight)
        world.flash(0, value >> 8, 0, SAMPLER_FLASH_MS)

    def describe(self, state: bytes | bytearray) -> str:
        mean = get_word(state, _MEAN)
        samples = state[1] | state[2] << 8 | state[3] << 16
        hundredths = (mean & 0x3FFF) * 100 >> 14
        return "pin=%d mean=%d.%02d samples=%d" % (state[0], mean >> 14, hundredths, samples)
