"""What a write to a flash means to the checks: which records became durable by it."""

from ascpi.sim.checker import DYING
from ascpi.sim.flash import CUT_AFTER, OK, REFUSED, Fate
from ascpi.sim.machine import Machine
from ascpi.sim.shadow import NAMES, Name, parsed
from ascpi.sim.stage import Stage


def note_write(world: Stage, machine: Machine, what: str, data: bytes, fate: Fate) -> None:
    """`data` was to be appended or to replace the file, with this fate; the flash is as it now
    is."""
    if fate.outcome == OK:
        world.writes += 1
    else:
        world.struck["refuse" if fate.outcome == REFUSED else "tear"] += 1
    before = list(machine.shadow.glyphs)
    records = parsed(data if fate.outcome in (OK, CUT_AFTER) else data[: fate.kept])
    if what == "append" and fate.outcome == OK:
        for record in records:
            machine.shadow.take(record)
    else:
        machine.shadow.read(machine.flash.content)
        _note_left_out(world, machine, before)
    world.course.wrote(machine, records, world.now_us)
    if world.trace.is_on:
        types = " ".join(NAMES[record.type] for record in parsed(data))
        world.trace.wrote(world.now_us, machine, what, types, fate)


def _note_left_out(world: Stage, machine: Machine, before: list[Name]) -> None:
    """A snapshot leaves out what has ended, and has no record of that."""
    checker = world.checker
    checker.touched.extend([*before, *machine.shadow.glyphs])
    for name in before:
        is_gone = name not in machine.shadow.glyphs
        if is_gone and checker.in_memory(machine, name) == DYING:
            checker.ended(name)
