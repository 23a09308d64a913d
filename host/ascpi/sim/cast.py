"""The glyphs of a simulated world: which are born where and when, as a seed draws them."""

from dataclasses import dataclass

from ascpi.sim.dice import Dice
from ascpi.sim.options import SimOptions
from ascpi.sim.probe import kinds
from ascpi_core.fixed import TURN
from ascpi_core.glyphs.glyph import LIFETIME_ENDLESS

SECOND_US = 1_000_000
GLYPHS_DRAWN = 10
LATEST_BIRTH_US = 30 * SECOND_US
KEYED = 600_000
MORTAL = 150_000
"""Of a million glyphs, those that have a short life, and as many are poor."""
ENERGY = (60, 4000)
POOR = (9, 80)
LIFETIME = (10, 100)


@dataclass(frozen=True)
class Birth:
    """Of a glyph: `place` among the machines; its first energy and lifetime."""

    at_us: int
    place: int
    kind: int
    theta: int
    energy: int
    lifetime: int


@dataclass(frozen=True)
class Cast:
    """`key` is empty in an open field. `move_every_us`, `kill_every_us`: orders; 0: none."""

    key: bytes
    births: tuple[Birth, ...]
    move_every_us: int
    kill_every_us: int
    seed: int


def cast_of(options: SimOptions, seed: int) -> Cast:
    """What this seed draws. The first glyphs are the same, however many are asked for."""
    dice = Dice(seed, "cast")
    key = b"the cluster of seed %d" % seed if dice.strikes(KEYED) else b""
    count = 1 + dice.below(GLYPHS_DRAWN)
    move_every_us = dice.scaled(SECOND_US // 2, 20 * SECOND_US)
    kill_every_us = dice.scaled(20 * SECOND_US, 200 * SECOND_US) if dice.strikes(250_000) else 0
    births = [_birth(Dice(seed, "birth", number)) for number in range(options.glyphs or count)]
    return Cast(key, tuple(births), move_every_us, kill_every_us, seed)


def _birth(dice: Dice) -> Birth:
    at_us = dice.scaled(SECOND_US, LATEST_BIRTH_US)
    place = dice.below(1 << 16)
    kind = dice.choice(kinds()).NUMBER
    theta = dice.below(TURN)
    energy = dice.scaled(*(POOR if dice.strikes(MORTAL) else ENERGY))
    lifetime = dice.between(*LIFETIME) if dice.strikes(MORTAL) else LIFETIME_ENDLESS
    return Birth(at_us, place, kind, theta, energy, lifetime)
