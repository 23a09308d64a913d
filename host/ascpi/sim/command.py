"""`ascpi sim`: glyphs on boards to which everything happens, in virtual time."""

import argparse
import json
import sys
import time
from pathlib import Path

from ascpi.bench.progress import Progress
from ascpi.errors import AscpiError
from ascpi.files import require_writable
from ascpi.interruption import Interruption
from ascpi.sim import document
from ascpi.sim.faults import FAULTS, NONE, SWARM, check_faults
from ascpi.sim.mutants import MUTANTS, motor_of
from ascpi.sim.options import SimOptions, check_seeds
from ascpi.sim.run import Result, run_seed
from ascpi.sim.shrink import shrink
from ascpi.sim.trace import Trace
from ascpi.sim.workers import processors, run_seeds

EXIT_INTERRUPTED = 130
DEFAULT = SimOptions()

DETAILS = """\
The nodes, the hand-off and the journal are the very ones of the boards. First everything goes
wrong for a while; what must never be false is checked after every event. Then the faults stop, and
within a bound every node must be locked and every glyph run, once. Exit code 1: it did not. A seed
and its options are the same run to the bit, on every Python.

"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    faults = "faults:\n" + "".join(f"  {name:<10} {says}\n" for name, says in FAULTS.items())
    mutants = "mutants:\n" + "".join(f"  {name:<24} {says}\n" for name, says in MUTANTS.items())
    parser.epilog = f"{DETAILS}{faults}\n{mutants}\ndocs/sim.md says more."
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    add = parser.add_argument
    add("--nodes", type=int, default=DEFAULT.nodes, metavar="N", help="2 to 32 (default 5)")
    add(
        "--faults",
        default=SWARM,
        metavar="NAMES",
        help="swarm: a mix of its own for each seed (default); none; or names with commas",
    )
    add("--seeds", metavar="A:B", help="from A up to but not B (default 0:20)")
    add(
        "--seconds",
        type=int,
        default=DEFAULT.seconds,
        metavar="S",
        help=f"virtual time with faults (default {DEFAULT.seconds})",
    )
    add(
        "--bound",
        type=int,
        default=DEFAULT.bound_s,
        metavar="S",
        help=f"virtual time to come to rest afterwards (default {DEFAULT.bound_s})",
    )
    add("--glyphs", type=int, default=0, metavar="N", help="how many (default: the seed says)")
    add("--mutant", default="", metavar="NAME", help="break the hand-off; ends at the first catch")
    add("--replay", type=int, metavar="SEED", help="run this one seed")
    add(
        "--trace",
        nargs="?",
        const="-",
        metavar="FILE",
        help="with --replay: write everything that happens, to a file or the screen",
    )
    add("--no-shrink", action="store_true", help="do not look for the smallest case that fails")
    add("--jobs", type=int, metavar="N", help="processes (default: one for each processor)")
    add("--json", type=Path, metavar="FILE", help="write the figures there")
    add("--plain", action="store_true", help="progress in lines, as off a terminal")


def run(arguments: argparse.Namespace) -> int:
    options = SimOptions(
        nodes=arguments.nodes,
        faults=check_faults(arguments.faults or NONE),
        seconds=arguments.seconds,
        bound_s=arguments.bound,
        glyphs=arguments.glyphs,
        mutant=arguments.mutant,
    )
    motor_of(options.mutant)
    _check(arguments)
    require_writable(arguments.json)
    progress = Progress(arguments.plain)
    if arguments.replay is not None:
        results, asked, interrupted = [_replay(options, arguments)], 1, False
    else:
        seeds = check_seeds(arguments.seeds or "0:20")
        asked = len(seeds)
        results, interrupted = _run_all(options, seeds, arguments, progress)
    if not results:
        return EXIT_INTERRUPTED
    for line in document.summary(options, results):
        print(line)
    # Before a failing case is made smaller: that may take a while, and be interrupted.
    _write(arguments.json, document.document(options, results, asked))
    _tell_failures(options, results, arguments, progress, interrupted)
    if interrupted:
        print(f"ascpi: interrupted after {len(results)} of {asked} seeds", file=sys.stderr)
        return EXIT_INTERRUPTED
    return 1 if any(one.failed for one in results) else 0


def _check(arguments: argparse.Namespace) -> None:
    if arguments.replay is not None:
        if arguments.seeds is not None:
            raise AscpiError("--replay runs one seed and --seeds many; give one of the two")
        check_seeds(f"{arguments.replay}:{arguments.replay + 1}")
    elif arguments.trace is not None:
        raise AscpiError("--trace needs --replay SEED: one seed has a million lines or so")
    if arguments.jobs is not None and not 1 <= arguments.jobs <= 256:
        raise AscpiError(f"--jobs {arguments.jobs} is not possible; give 1 to 256")


def _run_all(
    options: SimOptions, seeds: range, arguments: argparse.Namespace, progress: Progress
) -> tuple[list[Result], bool]:
    """All seeds; with a mutant until the first catch. And whether somebody interrupted."""
    results: list[Result] = []
    began_s = time.monotonic()
    with Interruption().watched() as interruption:
        interruption.patient = True

        def waiting() -> bool:
            if progress.due():
                progress.show(_progress_words(results, len(seeds), time.monotonic() - began_s))
            return not interruption.asked

        jobs = arguments.jobs or processors()
        for result in run_seeds(options, seeds, jobs, waiting):
            results.append(result)
            if options.mutant and result.failed:
                break
    progress.clear()
    results.sort(key=lambda one: one.seed)
    return results, interruption.asked


def _progress_words(results: list[Result], asked: int, passed_s: float) -> str:
    failed = sum(one.failed for one in results)
    words = f"{len(results)} of {asked} seeds, {sum(one.handoffs for one in results)} hand-offs"
    words += f", {failed} failed"
    if results:
        words += f", {passed_s * (asked / len(results) - 1):.0f} s left"
    return words


def _replay(options: SimOptions, arguments: argparse.Namespace) -> Result:
    seed: int = arguments.replay
    if arguments.trace is None:
        trace = Trace()
        result = run_seed(options, seed, trace)
    elif arguments.trace == "-":
        trace = Trace(sys.stdout.write)
        result = run_seed(options, seed, trace)
    else:
        path = Path(arguments.trace)
        require_writable(path)
        with path.open("w", encoding="utf-8", newline="\n") as file:
            trace = Trace(file.write)
            result = run_seed(options, seed, trace)
    print(f"trace of seed {seed}: {trace.lines} lines, SHA-256 {trace.digest}")
    return result


def _tell_failures(
    options: SimOptions,
    results: list[Result],
    arguments: argparse.Namespace,
    progress: Progress,
    interrupted: bool,
) -> None:
    failed = [one for one in results if one.failed]
    if not failed:
        if options.mutant and not interrupted:
            print(f"NOT CAUGHT: {options.mutant}")
        return
    for line in document.failure_lines(options, results):
        print(line)
    if options.mutant:
        first = failed[0]
        print(f"caught: {options.mutant} by the check {first.failure} at seed {first.seed}")
    if arguments.no_shrink or interrupted:
        return
    shrunk = shrink(options, failed[0], progress.show)
    progress.clear()
    print(f"smallest case found, in {shrunk.runs} runs:")
    print(f"    {shrunk.options.replay(failed[0].seed)}")


def _write(path: Path | None, made: dict[str, object]) -> None:
    if path is None:
        return
    try:
        path.write_text(json.dumps(made, indent=2) + "\n", "utf-8")
    except OSError as error:
        raise AscpiError(f"{path} cannot be written: {error.strerror}") from None
