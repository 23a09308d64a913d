"""What many seeds came to: figures for a program, and a summary for people."""

from collections.abc import Sequence
from statistics import median

from ascpi.sim.faults import FAULTS
from ascpi.sim.options import SimOptions
from ascpi.sim.run import Result

MILLION = 1_000_000
SHOWN = 20


def document(options: SimOptions, results: Sequence[Result], asked: int) -> dict[str, object]:
    """Everything, with `failures` a list of what to type for each."""
    converged = [one.converged_us / MILLION for one in results if one.converged_us is not None]
    failed = [one for one in results if one.failed]
    return {
        "sim": options.words(),
        "nodes": options.nodes,
        "seeds": len(results),
        "seeds_asked": asked,
        "seconds": round(sum(one.simulated_us for one in results) / MILLION, 3),
        "speed": round(speed(results), 1),
        "violations": sum(len(one.violations) for one in results),
        "unconverged": sum(one.unconverged for one in results),
        "bound_s": options.bound_s,
        "converged_median_s": round(median(converged), 3) if converged else None,
        "converged_worst_s": round(max(converged), 3) if converged else None,
        "handoffs": sum(one.handoffs for one in results),
        "glyphs": sum(one.glyphs for one in results),
        "glyph_turns": sum(one.glyph_turns for one in results),
        "packets": sum(one.packets for one in results),
        "writes": sum(one.writes for one in results),
        "rolled_back_worst": max((one.rolled_back for one in results), default=0),
        "faults": {name: sum(one.struck[name] for one in results) for name in FAULTS},
        "seeds_with": {name: sum(name in one.names for one in results) for name in FAULTS},
        "failures": [
            {
                "seed": one.seed,
                "check": one.failure,
                "words": one.violations[0].words if one.violations else one.unsettled,
                "after_s": one.simulated_us / MILLION,
                "replay": options.replay(one.seed),
            }
            for one in failed
        ],
        "passed": not failed and bool(results),
    }


def speed(results: Sequence[Result]) -> float:
    """Simulated time by processor time of one core."""
    took_s = sum(one.took_s for one in results)
    return sum(one.simulated_us for one in results) / MILLION / took_s if took_s else 0.0


def summary(options: SimOptions, results: Sequence[Result]) -> list[str]:
    """The same in lines."""
    made = document(options, results, len(results))
    counts = made["faults"]
    assert isinstance(counts, dict)
    struck = ", ".join(f"{name} {count}" for name, count in counts.items() if count)
    lines = [
        f"{len(results)} seeds, {made['seconds']} s of virtual time, "
        f"{speed(results):.0f}× real time on one core",
        f"hand-offs {made['handoffs']}, glyph-turns {made['glyph_turns']}, "
        f"writes {made['writes']}, packets {made['packets']}",
        f"faults that struck: {struck or 'none'}",
    ]
    if made["converged_worst_s"] is not None:
        lines.append(
            f"after the faults all was well in {made['converged_median_s']} s (median), "
            f"{made['converged_worst_s']} s at worst, of {options.bound_s} s allowed"
        )
    lines.append(f"violations {made['violations']}, unconverged {made['unconverged']}")
    return lines


def failure_lines(options: SimOptions, results: Sequence[Result]) -> list[str]:
    """Each failing seed: what was wrong, and what to type to see it again."""
    failed = [one for one in results if one.failed]
    lines = []
    for one in failed[:SHOWN]:
        after_s = one.simulated_us / MILLION
        words = one.violations[0].words if one.violations else one.unsettled
        lines.append(f"seed {one.seed} {one.failure}: {words} (after {after_s:.3f} s)")
        lines.append(f"    {options.replay(one.seed)} --trace FILE")
    if len(failed) > SHOWN:
        lines.append(f"… and {len(failed) - SHOWN} more seeds")
    return lines
