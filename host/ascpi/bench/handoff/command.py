"""`ascpi bench handoff`: options in, boards run, figures and an exit code out."""

import argparse
import math
import tempfile
from pathlib import Path

from ascpi.air.preset import PRESETS
from ascpi.air.trace import read_trace
from ascpi.bench.handoff.figures import LIMITS, handoff_figures, rows
from ascpi.bench.handoff.options import BOARDS_LEAST, BOARDS_MOST, HandOffOptions
from ascpi.bench.handoff.run import run_once
from ascpi.bench.handoff.transfers import transfers
from ascpi.bench.progress import Progress
from ascpi.bench.row import Row, report, show
from ascpi.interruption import Interruption
from ascpi.virtual.runtime import find_micropython

SUMMARY = "how fast glyphs move between virtual boards, and what it disturbs"


def add_arguments(parser: argparse.ArgumentParser) -> None:
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
        "--comets",
        type=int,
        default=4,
        metavar="N",
        help="glyphs that hop from board to board, each once a turn (default 4)",
    )
    add(
        "--seconds",
        type=float,
        default=60.0,
        metavar="S",
        help="how long, from the first hop on (default 60)",
    )
    add(
        "--after",
        type=float,
        default=30.0,
        metavar="S",
        help="the comets are born so long after all boards came up: by then phases are steady, "
        "and what moves them is seen (default 30)",
    )
    add("--seed", type=int, default=1, metavar="K", help="of phases and air (default 1)")
    add("--ppm", type=float, default=40.0, metavar="X", help="crystals lie within ±X (default 40)")
    add(
        "--ordinary",
        action="store_true",
        help="boards as ordinary processes; else they go before what else the computer does",
    )


def run(arguments: argparse.Namespace) -> tuple[dict[str, object], bool]:
    options = HandOffOptions(
        boards=arguments.boards,
        air=arguments.air,
        comets=arguments.comets,
        seconds=arguments.seconds,
        seed=arguments.seed,
        ppm=arguments.ppm,
        after_s=arguments.after,
        precedence=not arguments.ordinary,
    )
    find_micropython()
    with (
        tempfile.TemporaryDirectory(prefix="ascpi-handoff-") as folder,
        Interruption().watched() as interruption,
    ):
        progress = Progress(arguments.plain)
        recording, diary = run_once(options, Path(folder), interruption, progress)
        found = transfers(read_trace(diary))
    made = rows(handoff_figures(found, recording))
    print(
        f"{options.boards} boards, crystals ±{options.ppm:g} ppm, air {options.air}, "
        f"{options.comets} comets, {options.seconds:g} s, seed {options.seed}"
    )
    show([row for row in made if not math.isnan(row.value)], arguments.plain)
    missing = [row.key for row in made if row.key in LIMITS and math.isnan(row.value)]
    for key in missing:
        print(f"FAILED: {key} has a limit, and there was nothing to take it from")
    return _document(options, made, not missing, interruption.asked)


def _document(
    options: HandOffOptions, made: list[Row], measured: bool, interrupted: bool
) -> tuple[dict[str, object], bool]:
    document: dict[str, object] = {
        "options": {
            "boards": options.boards,
            "air": options.air,
            "comets": options.comets,
            "seconds": options.seconds,
            "seed": options.seed,
            "ppm": options.ppm,
            "after_s": options.after_s,
        },
        **report([row for row in made if not math.isnan(row.value)]),
    }
    document["passed"] = bool(document["passed"]) and measured
    if interrupted:
        document["interrupted"] = True
    return document, bool(document["passed"])
