"""What people do in a simulated world: they give birth to glyphs, move them about, end some."""

from collections.abc import Callable

from ascpi.sim.cast import LATEST_BIRTH_US, SECOND_US, Birth, Cast
from ascpi.sim.dice import Dice
from ascpi.sim.machine import Machine
from ascpi.sim.stage import Stage
from ascpi_core.glyphs.lifecycle import HELD


def play(cast: Cast, world: Stage) -> None:
    """Let it happen in this world."""
    for birth in cast.births:
        _be_born(world, birth, birth.at_us)
    if cast.move_every_us:
        _often(world, cast.seed, "moves", cast.move_every_us, _move)
    if cast.kill_every_us:
        _often(world, cast.seed, "kills", cast.kill_every_us, _kill)


def _be_born(world: Stage, birth: Birth, at_us: int) -> None:
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
    world: Stage, seed: int, name: str, every_us: int, act: Callable[[Stage, Dice], None]
) -> None:
    dice = Dice(seed, name)

    def again() -> None:
        if world.is_calm:
            return
        act(world, dice)
        world.after(1 + dice.exponential(every_us), again)

    world.after(1 + dice.exponential(every_us), again)


def _move(world: Stage, dice: Dice) -> None:
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


def _kill(world: Stage, dice: Dice) -> None:
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


def _done(world: Stage, machine: Machine, what: str, words: str) -> None:
    world.trace.note(world.now_us, machine, what, words)
    machine.ask_to_flush()
    world.checker.look(machine, world.now_us)
