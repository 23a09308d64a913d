"""`ascpi bench duel`: ASCπ and Ableton Link in the same air.

For every seed our boards, then Link's peers: both see the same load of the machine, and the same
air. Exit code 0: our boards became one in time in every run; 1: they did not.
"""

import argparse
import math
import sys
from pathlib import Path

from ascpi.air.preset import PRESETS
from ascpi.bench.duel import needs
from ascpi.bench.progress import Progress
from ascpi.bench.ranges import require_within
from ascpi.errors import AscpiError
from ascpi.files import require_writable
from ascpi.interruption import Interruption
from ascpi.virtual.options import PPM_MAX

SUMMARY = "our boards and Ableton Link's peers in the same air, side by side (Linux, root)"

PEERS_LEAST, PEERS_MOST = 2, 16
SEEDS_MOST = 1000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--air", choices=PRESETS, default="wifi", help="the air between them (default: wifi)"
    )
    parser.add_argument(
        "--peers", type=int, default=4, metavar="N", help="on each side, 2 to 16 (default 4)"
    )
    parser.add_argument(
        "--seconds", type=float, default=60.0, metavar="S", help="of each run (default 60)"
    )
    parser.add_argument(
        "--after",
        type=float,
        default=30.0,
        metavar="S",
        help="errors count from there on, and all must be one by then (default 30)",
    )
    parser.add_argument(
        "--seeds", type=int, default=5, metavar="N", help="runs of each side (default 5)"
    )
    parser.add_argument(
        "--seed", type=int, default=1, metavar="K", help="the first seed (default 1)"
    )
    parser.add_argument(
        "--ppm",
        type=float,
        default=40.0,
        metavar="P",
        help="our crystals lie over ±P (default 40); Link's peers share one clock",
    )
    parser.add_argument(
        "--plot", type=Path, metavar="FILE.png", help="draw the errors over time there"
    )


def run(arguments: argparse.Namespace) -> tuple[dict[str, object], bool]:
    check(arguments)
    needs.require_machine()
    link_version = needs.require_contenders()
    with Interruption().watched():
        return _fight(arguments, link_version)


def check(arguments: argparse.Namespace) -> None:
    """Before minutes are spent."""
    require_within("--peers", arguments.peers, PEERS_LEAST, PEERS_MOST)
    require_within("--seeds", arguments.seeds, 1, SEEDS_MOST)
    require_within("--ppm", arguments.ppm, 0.0, PPM_MAX)
    if not (math.isfinite(arguments.seconds) and 0 <= arguments.after < arguments.seconds):
        raise AscpiError(
            f"--after {arguments.after:g}, --seconds {arguments.seconds:g}: errors are taken "
            "between the two, so give 0 or more for the first and more than that for the second"
        )
    if arguments.plot is not None:
        from ascpi.bench.drawing import require_plot

        require_plot(arguments.plot)
        require_writable(arguments.plot)


def _fight(arguments: argparse.Namespace, link_version: str) -> tuple[dict[str, object], bool]:
    # Only here: what they need is on Linux alone, and the other benches run elsewhere too.
    from ascpi.bench.duel.bout import Rules
    from ascpi.bench.duel.contest import Contest
    from ascpi.bench.duel.outcome import document, table

    rules = Rules(arguments.peers, arguments.air, arguments.seconds, arguments.after)
    seeds = range(arguments.seed, arguments.seed + arguments.seeds)
    progress = Progress(arguments.plain)
    try:
        sides = Contest(rules, seeds, arguments.ppm, progress).hold(link_version)
    except KeyboardInterrupt:
        progress.clear()
        print("ascpi: interrupted; nothing is kept, nothing is left", file=sys.stderr)
        raise
    print("\n".join(["", *table(rules, sides)]))
    if arguments.plot is not None:
        from ascpi.bench.duel.plot import draw

        draw(arguments.plot, rules, sides)
    ours = sides[0].summary
    return document(rules, seeds, arguments.ppm, sides), ours.succeeded == ours.runs
