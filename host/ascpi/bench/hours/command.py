"""`ascpi bench hours`: options in, hours of virtual time, figures and an exit code out."""

import argparse
import sys
import time
from pathlib import Path

from ascpi.air.preset import PRESETS
from ascpi.bench.hours import document
from ascpi.bench.hours.limits import limits
from ascpi.bench.hours.options import (
    LAWS,
    WATCHED_S,
    WILD_KINDS,
    HoursOptions,
    Wild,
    wild_hours,
)
from ascpi.bench.hours.result import Result
from ascpi.bench.hours.workers import Show, run_all
from ascpi.bench.progress import Progress
from ascpi.bench.row import number, show
from ascpi.files import require_writable
from ascpi.interruption import Interruption

SUMMARY = "hours of a field in virtual time: drift, wraps, claims, wild nodes"

DETAILS = """\
Real nodes with simulated crystals, receivers and air: two hours of eight boards take about a
minute, and a seed is the same run to the bit. Every run has to keep every limit; exit code 1 says
that one was missed. With a wild board the limit is on how far it moves the others.

--wild KIND is one of
"""

DEFAULT = HoursOptions()
WILD_BOARDS = 5
WILD_MINUTE = 3.0
WILD_AHEAD_US = 2000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    kinds = [f"    {kind:<8} {meaning}" for kind, meaning in WILD_KINDS.items()]
    parser.description = f"{SUMMARY[0].upper()}{SUMMARY[1:]}."
    parser.epilog = DETAILS + "\n".join(kinds) + "\n\ndocs/bench.md says what each key means."
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    add = parser.add_argument
    add(
        "--hours",
        type=float,
        metavar="H",
        help=f"virtual time (default {DEFAULT.hours:g}; with --wild until {WATCHED_S:g} s after)",
    )
    add(
        "--boards",
        type=int,
        metavar="N",
        help=f"how many (default {DEFAULT.boards}; with --wild {WILD_BOARDS}, that one included)",
    )
    add("--air", choices=PRESETS, default=DEFAULT.air, help="between them (default: wifi)")
    _add_clocks(parser)
    add(
        "--seed",
        type=int,
        default=DEFAULT.seed,
        metavar="K",
        help="of all that is random (default 1)",
    )
    add(
        "--runs",
        type=int,
        default=DEFAULT.runs,
        metavar="R",
        help="so many, of seeds K, K+1 …, one a processor at a time (default 1)",
    )
    add("--law", choices=LAWS, help="the nodes' setting `law` (default: as the core has it)")
    add(
        "--after",
        type=float,
        default=DEFAULT.after_s,
        metavar="S",
        help=f"figures are taken from then on (default {DEFAULT.after_s:g})",
    )
    add("--wild", choices=WILD_KINDS, metavar="KIND", help="one of the boards goes wild")
    add(
        "--wild-minute",
        type=float,
        default=WILD_MINUTE,
        metavar="M",
        help=f"when (default {WILD_MINUTE:g})",
    )
    add(
        "--wild-ahead-us",
        type=int,
        default=WILD_AHEAD_US,
        metavar="A",
        help=f"how far ahead `chase` says it is (default {WILD_AHEAD_US})",
    )
    add(
        "--plot",
        type=Path,
        metavar="FILE",
        help="draw the worst run's errors: FILE.png, .svg or .pdf",
    )


def _add_clocks(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--ppm",
        type=float,
        default=DEFAULT.ppm,
        metavar="X",
        help=f"crystals lie evenly within ±X ppm (default {DEFAULT.ppm:g})",
    )
    add(
        "--temperature-ppm",
        type=float,
        default=DEFAULT.temperature_ppm,
        metavar="X",
        help="a temperature moves each by up to X ppm either way "
        f"(default {DEFAULT.temperature_ppm:g})",
    )
    add(
        "--temperature-period-s",
        type=float,
        default=DEFAULT.temperature_period_s,
        metavar="S",
        help=f"there and back in S seconds (default {DEFAULT.temperature_period_s:g})",
    )
    add(
        "--poll-us",
        type=int,
        default=DEFAULT.poll_us,
        metavar="U",
        help=f"a board reads its socket every U µs (default {DEFAULT.poll_us})",
    )
    add(
        "--relay-us",
        type=int,
        default=DEFAULT.relay_us,
        metavar="U",
        help="a relay adds up to U µs to every packet's way (default 0)",
    )


def options_of(arguments: argparse.Namespace) -> HoursOptions:
    """Checked; with a board that goes wild, other defaults."""
    wild = None
    hours, boards = DEFAULT.hours, DEFAULT.boards
    if arguments.wild is not None:
        wild = Wild(arguments.wild, arguments.wild_minute, arguments.wild_ahead_us)
        hours, boards = wild_hours(arguments.wild_minute), WILD_BOARDS
    return HoursOptions(
        hours=hours if arguments.hours is None else arguments.hours,
        boards=boards if arguments.boards is None else arguments.boards,
        air=arguments.air,
        ppm=arguments.ppm,
        temperature_ppm=arguments.temperature_ppm,
        temperature_period_s=arguments.temperature_period_s,
        poll_us=arguments.poll_us,
        relay_us=arguments.relay_us,
        seed=arguments.seed,
        runs=arguments.runs,
        law=arguments.law,
        after_s=arguments.after,
        wild=wild,
    )


def run(arguments: argparse.Namespace) -> tuple[dict[str, object], bool]:
    options = options_of(arguments)
    plot: Path | None = arguments.plot
    if plot is not None:
        from ascpi.bench.drawing import require_plot

        require_plot(plot)
        require_writable(plot)
    progress = Progress(arguments.plain)
    seeds = range(options.seed, options.seed + options.runs)
    with Interruption().watched() as interruption:
        interruption.patient = True
        results = run_all(options, seeds, _shown(options, progress), lambda: interruption.asked)
    progress.clear()
    if not results:
        raise KeyboardInterrupt
    made = document.document(options, results, interruption.asked)
    _print(options, results, arguments.plain)
    if interruption.asked:
        kept = sum(one.complete for one in results)
        print(f"ascpi: interrupted; {kept} of {options.runs} runs are complete", file=sys.stderr)
    if plot is not None:
        from ascpi.bench.hours.plot import draw

        worst = _worst(results)
        draw(options, worst, plot)
        print(f"drawn: {plot} (seed {worst.seed})")
    return made, bool(made["passed"])


def _shown(options: HoursOptions, progress: Progress) -> Show:
    """A line now and then: virtual minutes, and the real time that is left."""
    began_s = time.monotonic()
    total_us = options.end_us * options.runs

    def show_it(complete: int, passed_us: int) -> None:
        if not progress.due() or not passed_us:
            return
        left_s = (time.monotonic() - began_s) * (total_us / passed_us - 1)
        words = f"{passed_us / 60e6:.0f} of {total_us / 60e6:.0f} virtual minutes"
        if options.runs > 1:
            words += f", {complete} of {options.runs} runs complete"
        progress.show(f"{words}, {left_s:.0f} s left")

    return show_it


def _worst(results: list[Result]) -> Result:
    def badness(one: Result) -> float:
        if one.run.time_to_lock_s is None:
            return float("inf")
        if one.displaced is not None:
            return one.displaced.moved_apart_us
        return 0.0 if one.run.figures is None else one.run.figures.worst_us

    return max(document.counted(results), key=badness)


def _print(options: HoursOptions, results: list[Result], plain: bool) -> None:
    print(heading(options))
    made = document.rows(options, results)
    show(made, plain)
    for one in results:
        print(_sentence(one))
    for name in document.unmeasured(options, made):
        print(f"FAILED: {name} has a limit, and no run a figure for it")
    if not limits(options):
        print("no limits for these options: all is for information")


def heading(options: HoursOptions) -> str:
    """What was run."""
    law = "" if options.law is None else f", law {options.law}"
    seeds = f"seed {options.seed}"
    if options.runs > 1:
        seeds += f" to {options.seed + options.runs - 1}"
    wild = ""
    if options.wild is not None:
        wild = f", one wild ({options.wild.kind}) from {options.wild.minute * 60:g} s on"
    return (
        f"{options.boards} boards{wild}, crystals ±{options.ppm:g} ppm and "
        f"±{options.temperature_ppm:g} ppm in {options.temperature_period_s:g} s, "
        f"air {options.air}{law}, {options.hours:.3g} h of virtual time, {seeds}"
    )


def _sentence(one: Result) -> str:
    if one.run.time_to_lock_s is None:
        return f"seed {one.seed}: not locked"
    ended = "" if one.complete else f" (ended after {one.seconds / 60:.0f} min)"
    if one.displaced is not None:
        moved = number(one.displaced.moved_us)
        return f"seed {one.seed}: the others moved by {moved} µs{ended}"
    figures = one.run.figures
    if figures is None:
        return f"seed {one.seed}: no figures{ended}"
    return (
        f"seed {one.seed}: rms {number(figures.rms_us)} µs, worst {number(figures.worst_us)} µs: "
        f"board {figures.worst_id} after {figures.worst_s / 60:.1f} min{ended}"
    )
