"""A flash whose history is wiped: an old backup is put back, or it is erased.

What this does to glyphs is worked out here, from all flashes as they are, so that the checks go on
with what can be asked of the cluster afterwards.
"""

from ascpi.sim.checker import COUNTING, LEAVING, NOTHING
from ascpi.sim.machine import Machine
from ascpi.sim.shadow import LEFT, Name
from ascpi.sim.stage import Stage


def wipe(world: Stage, machine: Machine, content: bytes) -> None:
    """The board loses its power, and comes back with this on its flash."""
    checker = world.checker
    concerned = dict.fromkeys(machine.shadow.glyphs)
    for other in world.machines:
        for name, entry in other.shadow.glyphs.items():
            if entry.standing == LEFT and entry.peer == machine.node_id:
                concerned[name] = None
        # What it had done with, and others have yet to hear of.
        for name in checker.names(other):
            if other is not machine and checker.in_memory(other, name) == LEAVING:
                concerned[name] = None
    machine.flash.content = content
    machine.shadow.read(content)
    concerned.update(dict.fromkeys(machine.shadow.glyphs))
    machine.restored_us = world.now_us
    checker.amnesty.is_granted = True
    for name in concerned:
        checker.amnesty.grant(name, world.now_us, _is_optional(world, name))
    for name in concerned:
        if not _holders(world, name):
            checker.ended(name)
    if machine.node is not None:
        machine.cut("its flash is wiped")


def _holders(world: Stage, name: Name) -> list[int]:
    """How each board that has it would have it after a power cut."""
    hows = [world.checker.on_flash(machine, name) for machine in world.machines]
    return [how for how in hows if how != NOTHING]


def _is_optional(world: Stage, name: Name) -> bool:
    """Whether it may as well be on no board in the end: it had ended already, or nobody is sure
    to have it still."""
    return name not in world.checker.alive or COUNTING not in _holders(world, name)
