"""`ascpi bench estimators`: candidates and studies, as tables, JSON and a plot."""

import argparse
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from ascpi.air.preset import PRESETS
from ascpi.bench.drawing import require_plot
from ascpi.bench.estimators import plot, studies, table
from ascpi.bench.estimators.contest import Result, contest
from ascpi.bench.estimators.exchange import Setting
from ascpi.bench.estimators.studies import Row
from ascpi.errors import AscpiError
from ascpi.files import require_writable

SUMMARY = "which estimator of two clocks' offset is the best, computed over thousands of pairs"

DETAILS = """\
Studies:
    contest   every candidate: RMS error of the offset after 5 … 120 s
    windows   how long to look back, without and with drift (--drift-ppm, else 5)
    bounds    how often the claimed error holds, in every air, at the rate and a quarter of it
    step      a peer whose frequency jumps by 20 ppm
    field     N nodes that each move to the mean of what they measure, N = 4 and --nodes
docs/estimator.md says what was learned from them.
"""

POLL_US = (0, 200)
# Setting and pairs for the core → rows.
STUDIES: dict[str, Callable[[Setting, int], Iterator[Row]]] = {
    "windows": lambda setting, _: studies.windows(setting),
    "bounds": studies.bounds,
    "step": lambda setting, _: studies.step(setting),
    "field": lambda setting, _: studies.field(setting),
}
CONTEST = "contest"

PAIRS_MOST = 20_000
POLL_MOST_US = 10_000
SECONDS = 125.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = f"{SUMMARY[0].upper()}{SUMMARY[1:]}."
    parser.epilog = DETAILS
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    add = parser.add_argument
    add("--study", choices=(CONTEST, *STUDIES), default=CONTEST, help="(default: contest)")
    add("--air", choices=PRESETS, default="wifi", help="between the nodes (default: wifi)")
    add(
        "--poll-us",
        type=int,
        nargs="+",
        default=list(POLL_US),
        metavar="US",
        help="receivers look every so many µs; several: one table each (default: 0 200)",
    )
    add("--rate", type=float, default=10.0, metavar="HZ", help="beacons a second (default 10)")
    add("--ppm", type=float, default=40.0, help="crystals lie within ±PPM (default 40)")
    add("--drift-ppm", type=float, default=0.0, metavar="PPM", help="over 10 min (default 0)")
    add("--nodes", type=int, default=8, metavar="N", help="in the field, 2 to 64 (default 8)")
    add("--pairs", type=int, default=2000, metavar="N", help="pairs of nodes (default 2000)")
    add("--seed", type=int, default=1, metavar="K", help="of everything random (default 1)")
    add("--ideal", action="store_true", help="no process is ever scheduled late")
    add(
        "--core", type=int, default=200, metavar="N", help="pairs for the node's own (default 200)"
    )
    add(
        "--yardstick",
        type=int,
        default=60,
        metavar="N",
        help="pairs for what can be known at all; slow (default 60)",
    )
    add("--plot", type=Path, metavar="FILE", help="draw the contest (PNG, SVG or PDF)")


def setting_of(arguments: argparse.Namespace) -> Setting:
    """Raises AscpiError for what cannot be computed."""
    ranges = (
        ("--pairs", arguments.pairs, 10, PAIRS_MOST),
        ("--nodes", arguments.nodes, 2, 64),
        ("--rate", arguments.rate, 0.5, 50),
        ("--ppm", arguments.ppm, 0, 40),
        ("--drift-ppm", arguments.drift_ppm, 0, 20),
        ("--core", arguments.core, 0, PAIRS_MOST),
        ("--yardstick", arguments.yardstick, 0, PAIRS_MOST),
        ("--seed", arguments.seed, 0, 2**63 - 1),
        *(("--poll-us", poll_us, 0, POLL_MOST_US) for poll_us in arguments.poll_us),
    )
    for option, value, least, most in ranges:
        if not math.isfinite(value) or not least <= value <= most:
            raise AscpiError(f"{option} {value:g}: give a number from {least:g} to {most:g}")
    return Setting(
        PRESETS[arguments.air],
        late=not arguments.ideal,
        rate_hz=arguments.rate,
        crystal_ppm=arguments.ppm,
        drift_ppm=arguments.drift_ppm,
        nodes=arguments.nodes,
        seconds=SECONDS,
        pairs=arguments.pairs,
        seed=arguments.seed,
    )


def run(arguments: argparse.Namespace) -> tuple[dict[str, object], bool]:
    setting = setting_of(arguments)
    if arguments.plot is not None:
        if arguments.study != CONTEST:
            raise AscpiError(f"--plot draws the contest; {arguments.study} has only a table")
        require_plot(arguments.plot)
        require_writable(arguments.plot)
    report: dict[str, object] = {
        "bench": "estimators",
        "study": arguments.study,
        "options": {
            "air": arguments.air,
            "poll_us": arguments.poll_us,
            "late": setting.late,
            "rate_hz": setting.rate_hz,
            "ppm": setting.crystal_ppm,
            "drift_ppm": setting.drift_ppm,
            "nodes": setting.nodes,
            "pairs": setting.pairs,
            "seed": setting.seed,
        },
    }
    print(table.heading(setting, arguments.air))
    results: dict[int, list[Result]] = {}
    rows: list[dict[str, object]] = []
    for poll_us in arguments.poll_us:
        one = replace(setting, poll_us=poll_us)
        print(f"\nreceivers look every {poll_us} µs" if poll_us else "\nreceivers look at once")
        if arguments.study == CONTEST:
            table.show_header(one)
            results[poll_us] = contest(one, arguments.core, arguments.yardstick, table.show_result)
            rows += [{"poll_us": poll_us, **result.as_json()} for result in results[poll_us]]
        else:
            rows += [
                {"poll_us": poll_us, **row}
                for row in table.show_rows(STUDIES[arguments.study](one, arguments.core))
            ]
    report["rows"] = rows
    if arguments.plot is not None:
        plot.draw(table.heading(setting, arguments.air), results, arguments.plot)
    return report, True
