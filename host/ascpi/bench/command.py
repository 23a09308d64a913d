"""`ascpi bench`: firmware, codec, duel, estimators, flash, handoff, hours, lock and receive."""

import argparse
import json
from pathlib import Path

from ascpi.bench import codec, firmware, receive
from ascpi.bench.duel import command as duel
from ascpi.bench.estimators import command as estimators
from ascpi.bench.flash import command as flash
from ascpi.bench.handoff import command as handoff
from ascpi.bench.hours import command as hours
from ascpi.bench.lock import command as lock
from ascpi.errors import AscpiError
from ascpi.files import require_writable

BENCHES = {
    "firmware": firmware,
    "codec": codec,
    "duel": duel,
    "estimators": estimators,
    "flash": flash,
    "handoff": handoff,
    "hours": hours,
    "lock": lock,
    "receive": receive,
}

# As a shell counts a program that ended by SIGINT.
EXIT_INTERRUPTED = 130


def add_arguments(parser: argparse.ArgumentParser) -> None:
    chosen = parser.add_subparsers(dest="bench", required=True, metavar="BENCH")
    for name, module in BENCHES.items():
        bench = chosen.add_parser(name, help=module.SUMMARY, description=module.SUMMARY)
        bench.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
        bench.add_argument(
            "--plain", action="store_true", help="no colour (there is none off a terminal)"
        )
        module.add_arguments(bench)


def run(arguments: argparse.Namespace) -> int:
    # Before the measurement, not after it.
    require_writable(arguments.json)
    report, passed = BENCHES[arguments.bench].run(arguments)
    if arguments.json is not None:
        try:
            arguments.json.write_text(json.dumps(report, indent=2) + "\n", "utf-8")
        except OSError as error:
            raise AscpiError(f"{arguments.json} cannot be written: {error.strerror}") from None
    if report.get("interrupted"):
        return EXIT_INTERRUPTED
    return 0 if passed else 1
