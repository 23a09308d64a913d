"""A failing case made smaller: fewer faults, nodes and glyphs, less time, and it still fails.

Greedy, and again until nothing more can go: each step runs the smaller case, and keeps it if it
fails by the same check. Names of faults stand for themselves, since every fault draws its strength
from a stream of its own.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from ascpi.sim.cast import cast_of
from ascpi.sim.faults import chosen
from ascpi.sim.options import SimOptions
from ascpi.sim.run import Result, run_seed

MILLION = 1_000_000
RUNS_MOST = 200


@dataclass(frozen=True)
class Shrunk:
    """The smallest case found, what it comes to, and how many runs that took."""

    options: SimOptions
    result: Result
    runs: int


def shrink(
    options: SimOptions,
    failing: Result,
    show: Callable[[str], None] = lambda words: None,
    runs_most: int = RUNS_MOST,
) -> Shrunk:
    """`failing` is what `options` came to."""
    seed = failing.seed
    best = replace(
        options,
        faults=chosen(options.faults, seed),
        glyphs=options.glyphs or len(cast_of(options, seed).births),
    )
    result, runs = failing, 0
    smaller = True
    while smaller and runs < runs_most:
        smaller = False
        for candidate in _candidates(best, result):
            if runs >= runs_most:
                break
            runs += 1
            found = run_seed(candidate, seed)
            if found.failure == failing.failure:
                best, result, smaller = candidate, found, True
                show(f"{runs} runs: {best.words()}")
                break
    return Shrunk(best, result, runs)


def _candidates(options: SimOptions, result: Result) -> Iterator[SimOptions]:
    """Smaller cases, the boldest first."""
    if result.violations:
        # Nothing after the violation matters.
        needed_s = result.simulated_us // MILLION + 1
        if needed_s < options.seconds:
            yield replace(options, seconds=needed_s)
    elif options.seconds > 1:
        yield replace(options, seconds=max(1, options.seconds // 2))
    for name in options.faults:
        yield replace(options, faults=tuple(other for other in options.faults if other != name))
    for nodes in sorted({2, options.nodes // 2, options.nodes - 1}):
        if 2 <= nodes < options.nodes:
            yield replace(options, nodes=nodes)
    for glyphs in sorted({1, options.glyphs // 2, options.glyphs - 1}):
        if 1 <= glyphs < options.glyphs:
            yield replace(options, glyphs=glyphs)
    if not result.violations:
        for seconds in (options.seconds * 3 // 4, options.seconds - 1):
            if 1 <= seconds < options.seconds:
                yield replace(options, seconds=seconds)
