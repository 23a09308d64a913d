"""A crystal's temperature in integers: the same to the bit whatever the platform's sine."""

from ascpi.sim.dice import Dice
from ascpi.sim.faults import Mix
from ascpi.simulation.crystal import Crystal, Temperature
from ascpi_core.ticks import TICKS_MASK


class Triangle(Temperature):
    """An error that goes from −amplitude to +amplitude and back in straight lines.

    `phase` is not used: `shift_us` says where in its period it is at true time 0.
    """

    shift_us = 0

    @classmethod
    def made(cls, amplitude_ppb: int, period_us: int, shift_us: int) -> "Triangle":
        triangle = cls(amplitude_ppb, period_us)
        object.__setattr__(triangle, "shift_us", shift_us)
        return triangle

    def gain(self, true_us: int) -> int:
        """The integral, in 10^-9 µs: two parabolas, which a period leaves at 0."""
        half = self.period_us // 2
        within = (true_us + self.shift_us) % (2 * half)
        amplitude = self.amplitude_ppb
        if within < half:
            return amplitude * within * within // half - amplitude * within
        within -= half
        return amplitude * within - amplitude * within * within // half


def crystal_of(mix: Mix, seed: int, node_id: int) -> Crystal:
    """This board's crystal."""
    dice = Dice(seed, "crystal", node_id)
    ppb = dice.between(-mix.crystal_ppb, mix.crystal_ppb)
    shift_us = dice.below(mix.temperature_us + 1)
    if not mix.temperature_ppb:
        return Crystal(ppb)
    return Crystal(ppb, Triangle.made(mix.temperature_ppb, mix.temperature_us, shift_us))


def start_of(mix: Mix, seed: int, node_id: int) -> int:
    """What this board's ticks show at every boot."""
    dice = Dice(seed, "ticks", node_id)
    anywhere = dice.below(TICKS_MASK + 1)
    until_us = dice.between(mix.wrap_us // 2, mix.wrap_us)
    return TICKS_MASK + 1 - until_us if mix.wrap_us else anywhere
