"""Liveness: once the faults have stopped, how long until all is well again.

All is well when every node says that it is locked, and is; every glyph that was born and has not
ended is on one board and has just had its turn there, or stands stopped there; and nothing has
been on the move for longer than a move takes.
"""

from ascpi.sim.checker import shown
from ascpi.sim.machine import Machine
from ascpi.sim.world import World
from ascpi_core.fixed import TURN
from ascpi_core.glyphs.lifecycle import DEPARTED, FREE, HELD, STOPPED
from ascpi_core.phase import LOCKED

SECOND_US = 1_000_000
LOOK_EVERY_US = 100_000
LAST_RUN_US = 3 * SECOND_US
"""A glyph that runs every turn has run within so much."""
MOVE_US = 4 * SECOND_US
"""No transfer that goes on unhindered takes so long."""
STAYS_US = 5 * SECOND_US
"""Longer than all of these: a glyph that had its turn just before it was lost is missed."""
LOCKED_ARC = TURN // 100

_AT_REST = (FREE, HELD, STOPPED, DEPARTED)
"""DEPARTED waits for nothing but the next write."""


def unsettled(world: World) -> str:
    """What is not yet well, in words; nothing if all is."""
    for machine in world.machines:
        words = _unlocked(machine)
        if words:
            return words
    thetas = [_theta(machine) for machine in world.machines]
    for machine, theta in zip(world.machines, thetas, strict=True):
        off = (theta - thetas[0] + TURN // 2) % TURN - TURN // 2
        if abs(off) > LOCKED_ARC:
            return f"node {machine.node_id} is {off * 1000 // TURN} mturn off"
    return _moving(world) or _missing(world)


def _unlocked(machine: Machine) -> str:
    node = machine.node
    if node is None:
        return f"node {machine.node_id} has no power"
    return "" if node.field.lock.state == LOCKED else f"node {machine.node_id} is not locked"


def _theta(machine: Machine) -> int:
    node = machine.node
    assert node is not None
    return node.theta(machine.ticks())


def _moving(world: World) -> str:
    for machine in world.machines:
        for slot in world.checker.slots[machine.node_id]:
            if slot.standing not in _AT_REST and world.now_us - slot.since_us > MOVE_US:
                return f"glyph {shown(slot.name)} has been on the move on {machine.node_id}"
    return ""


def _missing(world: World) -> str:
    checker = world.checker
    names = dict.fromkeys(checker.alive)
    for machine in world.machines:
        for slot in checker.slots[machine.node_id]:
            if slot.standing in (HELD, STOPPED):
                names[slot.name] = None
    for name in names:
        owners = checker.running(name)
        if len(owners) > 1:
            return f"glyph {shown(name)} is on nodes {owners}"
        if not owners and name in checker.amnesty.optional:
            continue
        if _stands_stopped(world, name):
            continue
        last = world.course.runs.get(name)
        if last is None or world.now_us - last.true_us > LAST_RUN_US:
            where = f"on node {owners[0]}" if owners else "on no board"
            return f"glyph {shown(name)}, {where}, does not run"
    return ""


def _stands_stopped(world: World, name: tuple[int, int]) -> bool:
    for machine in world.machines:
        for slot in world.checker.slots[machine.node_id]:
            if slot.name == name and slot.standing == STOPPED:
                return True
    return False


def settle(world: World) -> tuple[int | None, str]:
    """Let time pass until all is well, and stays so for a while: after how many µs that was, and
    if not in time, what was not."""
    began_us = world.now_us
    until_us = began_us + world.options.bound_s * SECOND_US
    well_us: int | None = None
    words = ""
    while not world.checker.violations:
        world.run_until(world.now_us + LOOK_EVERY_US)
        words = unsettled(world)
        if words:
            well_us = None
        elif well_us is None:
            well_us = world.now_us
        elif world.now_us - well_us >= STAYS_US:
            return well_us - began_us, ""
        if well_us is None and world.now_us >= until_us:
            return None, words
    return None, words
