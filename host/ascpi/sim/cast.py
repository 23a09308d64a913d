"""The glyphs of a simulated world: which are born where and when, and what people do to them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ascpi.sim.dice import Dice
from ascpi.sim.machine import Machine
from ascpi.sim.options import SimOptions
from ascpi.sim.probe import kinds
from ascpi_core.circle import TURN
from ascpi_core.glyphs.glyph import HELD, LIFETIME_ENDLESS

if TYPE_CHECKING:
    from ascpi.sim.world import World

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

    def begin(self, world: "World") -> None:
        """Let it happen in this world."""
        for birth in self.births:
            _be_born(world, birth, birth.at_us)
        if self.move_every_us:
            _often(world, self.seed, "moves", self.move_every_us, _move)
        if self.kill_every_us:
            _often(world, self.seed, "kills", self.kill_every_us, _kill)


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


def _be_born(world: "World", birth: Birth, at_us: int) -> None:
    machine = world.machines[birth.place % len(world.machines)]

    def happen() -> None:
        motor = machine.motor
        if motor is None or world.now_us < machine.busy_until_us or machine.restored_us >= 0:
            # Not now; and a board whose births were forgotten would give the same names again.
            if machine.restored_us < 0 and world.now_us < LATEST_BIRTH_US * 2:
                _be_born(world, birth, world.now_us + SECOND_US // 10)
            return
        glyph = motor.bear(birth.kind, birth.theta, birth.energy)
        if glyph is not None:
            glyph.lifetime = birth.lifetime
        _done(world, machine, "order", f"birth of kind {birth.kind}")

    world.at(at_us, happen)


def _often(
    world: "World", seed: int, name: str, every_us: int, act: "Callable[[World, Dice], None]"
) -> None:
    dice = Dice(seed, name)

    def again() -> None:
        if world.is_calm:
            return
        act(world, dice)
        world.after(1 + dice.exponential(every_us), again)

    world.after(1 + dice.exponential(every_us), again)


def _move(world: "World", dice: Dice) -> None:
    """Somebody orders a glyph to another board."""
    machine = dice.choice(world.machines)
    target = 1 + dice.below(len(world.machines))
    place = dice.below(1 << 16)
    motor = machine.motor
    if motor is None or target == machine.node_id or world.now_us < machine.busy_until_us:
        return
    held = [glyph for glyph in motor.holding.slots if glyph.standing == HELD]
    if held:
        glyph = held[place % len(held)]
        outcome = motor.send(glyph, target, machine.ticks())
        _done(world, machine, "order", f"move to {target}: {outcome}")


def _kill(world: "World", dice: Dice) -> None:
    """Somebody ends a glyph."""
    machine = dice.choice(world.machines)
    place = dice.below(1 << 16)
    motor = machine.motor
    if motor is None or world.now_us < machine.busy_until_us:
        return
    held = [glyph for glyph in motor.holding.slots if glyph.standing == HELD]
    if held:
        motor.end(held[place % len(held)])
        _done(world, machine, "order", "kill")


def _done(world: "World", machine: Machine, what: str, words: str) -> None:
    world.trace.note(world, machine, what, words)
    machine.ask_to_flush()
    world.checker.look(machine, world.now_us)
