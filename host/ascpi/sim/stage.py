"""A simulated world as those see it who act in it: people, the weather, whoever wipes a flash."""

from collections.abc import Callable
from typing import Protocol

from ascpi.sim.air import Sky
from ascpi.sim.checker import Checker
from ascpi.sim.course import Course
from ascpi.sim.faults import Mix
from ascpi.sim.machine import Machine
from ascpi.sim.trace import Trace


class Stage(Protocol):
    """See `world.World`, which is one."""

    seed: int
    now_us: int
    is_calm: bool
    writes: int
    mix: Mix
    sky: Sky
    struck: dict[str, int]
    recorded: list[bytes]
    machines: list[Machine]
    checker: Checker
    course: Course
    trace: Trace

    def at(self, true_us: int, call: Callable[[], None]) -> None: ...
    def after(self, delay_us: int, call: Callable[[], None]) -> None: ...
    def boot_later(self, machine: Machine, delay_us: int) -> None: ...
    def replay(self, machine: Machine, packet: bytes) -> None: ...
