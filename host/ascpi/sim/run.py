"""One seed from its beginning to its end, and what came of it."""

import time
from dataclasses import dataclass, field

from ascpi.sim.checker import Violation
from ascpi.sim.options import SimOptions
from ascpi.sim.settle import SECOND_US, settle
from ascpi.sim.trace import NO_TRACE, Trace
from ascpi.sim.world import World


@dataclass(frozen=True)
class Result:
    """`converged_us` after the faults had stopped; None: not within the bound, or not got to, and
    `unsettled` says what was missing. `simulated_us` in `took_s` of this process's time."""

    seed: int
    violations: tuple[Violation, ...]
    converged_us: int | None
    unsettled: str
    handoffs: int
    glyph_turns: int
    packets: int
    writes: int
    glyphs: int
    rolled_back: int
    simulated_us: int
    took_s: float
    names: tuple[str, ...]
    struck: dict[str, int] = field(default_factory=dict)

    @property
    def unconverged(self) -> bool:
        """It was safe, and did not come to rest in time."""
        return not self.violations and self.converged_us is None

    @property
    def failed(self) -> bool:
        return bool(self.violations) or self.converged_us is None

    @property
    def failure(self) -> str:
        """The check that it failed by; "" if it did not."""
        if self.violations:
            return self.violations[0].check
        return "unconverged" if self.converged_us is None else ""


def run_seed(options: SimOptions, seed: int, trace: Trace = NO_TRACE) -> Result:
    """Both phases; it ends at the first violation."""
    began_s = time.process_time()
    world = World(options, seed, trace)
    world.run_until(options.seconds * SECOND_US)
    converged_us, words = None, ""
    if not world.checker.violations:
        world.calm()
        converged_us, words = settle(world)
    for violation in world.checker.violations:
        trace.note(world.now_us, None, "VIOLATION", f"{violation.check}: {violation.words}")
    if words:
        trace.note(world.now_us, None, "UNCONVERGED", words)
    return Result(
        seed,
        tuple(world.checker.violations),
        converged_us,
        words,
        world.course.handoffs,
        world.course.glyph_turns,
        world.packets,
        world.writes,
        len(world.cast.births),
        world.course.rolled_back,
        world.now_us,
        time.process_time() - began_s,
        world.mix.names,
        world.count_struck(),
    )
