"""`ascpi bench lock`: options in, boards run, figures and an exit code out."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from ascpi.air.preset import PRESETS
from ascpi.bench.lock import document
from ascpi.bench.lock.document import Run
from ascpi.bench.lock.figures import RunFigures, run_figures
from ascpi.bench.lock.limits import limits
from ascpi.bench.lock.options import (
    BOARDS_LEAST,
    BOARDS_MOST,
    DOWN_S,
    LAWS,
    REPORT_MS_LEAST,
    REPORT_MS_MOST,
    LockOptions,
    parse_kill,
)
from ascpi.bench.lock.run import run_once
from ascpi.bench.progress import Progress
from ascpi.bench.row import show
from ascpi.files import require_writable
from ascpi.interruption import Interruption
from ascpi.virtual.runtime import find_micropython

SUMMARY = "how fast and how well virtual boards lock, in true time"

DETAILS = """\
Real virtual boards on one air, judged by what their crystals are known to be. Figures with a
limit are judged, and exit code 1 says that one was missed; all others are for information.

The JSON has, for each figure of the table, its median over the runs under its own name, and
    options      what was asked for             ranges   [least, most] over the runs
    lock_rate    "20 of 20"                     worst    over the runs
    limits       of these options               passed   whether they are kept
    runs         each run by itself: seed, window, every figure, nodes[] (ppm, rms_us,
                 claim_coverage, cpu), traffic, edges, restart, relay, cpu, notes
docs/bench.md says what each key means and how it is measured.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = f"{SUMMARY[0].upper()}{SUMMARY[1:]}."
    parser.epilog = DETAILS
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    add = parser.add_argument
    add(
        "--boards",
        type=int,
        default=4,
        metavar="N",
        help=f"how many, {BOARDS_LEAST} to {BOARDS_MOST} (default 4)",
    )
    add("--air", choices=PRESETS, default="wifi", help="between them (default: wifi)")
    add(
        "--ppm",
        type=float,
        default=40.0,
        metavar="X",
        help="crystals lie evenly within ±X ppm (default 40)",
    )
    add(
        "--seconds",
        type=float,
        default=60.0,
        metavar="S",
        help="how long, once all boards are running (default 60)",
    )
    add(
        "--seed",
        type=int,
        default=1,
        metavar="K",
        help="of phases, crystals' order and air (default 1)",
    )
    add("--runs", type=int, default=1, metavar="R", help="so many, of seeds K, K+1 … (default 1)")
    add("--law", choices=LAWS, help="the boards' setting `law` (default: as the firmware has it)")
    add(
        "--after",
        type=float,
        default=30.0,
        metavar="S",
        help="figures of the phases are taken from then on (default 30)",
    )
    add(
        "--report-ms",
        type=int,
        default=100,
        metavar="M",
        help=f"between a board's reports, {REPORT_MS_LEAST} to {REPORT_MS_MOST} (default 100)",
    )
    add(
        "--kill",
        metavar="ID@T[:DOWN]",
        help=f"cut the power of board ID after T s, for DOWN s (default {DOWN_S:g}); "
        "how far the others move in the 20 s from then on",
    )
    add(
        "--ordinary",
        action="store_true",
        help="boards as ordinary processes; else they go before what else the computer does, as "
        "a board has a processor of its own, where the system grants it (it does to root)",
    )
    add(
        "--plot",
        type=Path,
        metavar="FILE",
        help="draw the worst run's errors: FILE.png, .svg or .pdf",
    )


def run(arguments: argparse.Namespace) -> tuple[dict[str, object], bool]:
    options = LockOptions(
        boards=arguments.boards,
        air=arguments.air,
        ppm=arguments.ppm,
        seconds=arguments.seconds,
        seed=arguments.seed,
        law=arguments.law,
        report_ms=arguments.report_ms,
        runs=arguments.runs,
        after_s=arguments.after,
        kill=None if arguments.kill is None else parse_kill(arguments.kill),
        precedence=not arguments.ordinary,
    )
    plot: Path | None = arguments.plot
    if plot is not None:
        from ascpi.bench.drawing import require_plot

        require_plot(plot)
        require_writable(plot)
    find_micropython()
    with Interruption().watched() as interruption:
        runs = _runs(options, interruption, Progress(arguments.plain))
    if not runs:
        raise KeyboardInterrupt
    made = document.document(options, runs, interruption.asked)
    _print(options, runs, arguments.plain)
    if interruption.asked:
        _tell_interrupted(options, runs, arguments.json)
    if plot is not None:
        _draw(options, runs, plot)
    return made, bool(made["passed"])


def _runs(options: LockOptions, interruption: Interruption, progress: Progress) -> list[Run]:
    """One after the other; a signal ends them, and what has been measured is kept."""
    runs: list[Run] = []
    for number in range(options.runs):
        seed = options.seed + number
        title = f"seed {seed}" if options.runs == 1 else f"run {number + 1} of {options.runs}"
        try:
            # While boards start there is nothing to keep: a signal stops them at once.
            interruption.patient = False
            recording = run_once(options, seed, interruption, progress, title)
        except KeyboardInterrupt:
            progress.clear()
            if not runs:
                print("ascpi: interrupted before all boards ran; nothing to keep", file=sys.stderr)
            return runs
        finally:
            interruption.patient = True
        figures = run_figures(recording, options.after_s)
        runs.append(Run(recording, figures))
        if options.runs > 1:
            print(_line(seed, figures, recording.complete), flush=True)
        _lighten(runs)
        if interruption.asked:
            return runs
    return runs


def _lighten(runs: list[Run]) -> None:
    """Of all runs but the worst only what the report tells: a recording is large."""
    worst = _worst(runs)
    for index, one in enumerate(runs):
        if one is not worst:
            runs[index] = replace(
                one, recording=replace(one.recording, reports={}, edges=(), usage=())
            )


def _worst(runs: list[Run]) -> Run:
    def badness(one: Run) -> tuple[bool, float]:
        deviations = one.figures.deviations
        return not one.figures.locked, 0.0 if deviations is None else deviations.rms_us

    return max(document.counted(runs), key=badness)


def _line(seed: int, figures: RunFigures, complete: bool) -> str:
    lock_s, deviations = figures.time_to_lock_s, figures.deviations
    words = "not locked" if lock_s is None else f"locked after {lock_s:.2f} s"
    if deviations is not None:
        words += f", rms {deviations.rms_us:.0f} µs, spread p95 {deviations.spread_p95_us:.0f} µs"
    return f"seed {seed}: {words}{'' if complete else ' (interrupted)'}"


def _print(options: LockOptions, runs: list[Run], plain: bool) -> None:
    law = "" if options.law is None else f", law {options.law}"
    print(
        f"{options.boards} boards, crystals ±{options.ppm:g} ppm, air {options.air}{law}, "
        f"{options.seconds:g} s, seed {options.seed}"
        + (f" to {options.seed + options.runs - 1}" if options.runs > 1 else "")
    )
    made = document.rows(options, runs)
    show(made, plain)
    print(f"locked: {document.lock_rate([one.figures for one in document.counted(runs)])}")
    for sentence in _sentences(options, runs):
        print(sentence)
    for name in document.unmeasured(options, made):
        print(f"FAILED: {name} has a limit, and no run a figure for it")
    if not limits(options):
        print("no limits for these options: all is for information")


def _sentences(options: LockOptions, runs: list[Run]) -> list[str]:
    """The window, and what should not have happened."""
    found = []
    windows = [one.figures.window for one in runs if one.figures.window is not None]
    for as_asked in (True, False):
        some = [window for window in windows if window.as_asked == as_asked]
        if some:
            begin = _span([window.from_s for window in some])
            end = _span([window.to_s for window in some])
            why = "" if as_asked else f", from the lock on: not steady past {options.after_s:g} s"
            found.append(f"figures of phases, packets and processors: {begin} … {end} s{why}")
    for one in runs:
        found += [f"seed {one.recording.seed}: {note}" for note in one.recording.notes]
    return found


def _span(values: list[float]) -> str:
    least, most = f"{min(values):.1f}", f"{max(values):.1f}"
    return least if least == most else f"({least} to {most})"


def _tell_interrupted(options: LockOptions, runs: list[Run], path: Path | None) -> None:
    complete = sum(one.recording.complete for one in runs)
    last = runs[-1].recording
    part = ""
    if not last.complete:
        part = f", and {(last.ended_us - last.running_us) / 1e6:.0f} s of seed {last.seed}"
    where = "shown above" if path is None else f"shown above and written to {path}"
    print(
        f"ascpi: interrupted; kept: {complete} of {options.runs} runs{part}; {where}",
        file=sys.stderr,
    )


def _draw(options: LockOptions, runs: list[Run], path: Path) -> None:
    from ascpi.bench.lock.plot import draw

    worst = _worst(runs)
    draw(options, worst.recording, worst.figures, path)
    print(f"drawn: {path} (seed {worst.recording.seed})")
