"""`ascpi bench firmware` and `ascpi bench codec`."""

import argparse
import json
from pathlib import Path

from ascpi.bench import codec, firmware
from ascpi.errors import AscpiError

BENCHES = {"firmware": firmware, "codec": codec}


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
    report, passed = BENCHES[arguments.bench].run(arguments)
    if arguments.json is not None:
        try:
            arguments.json.write_text(json.dumps(report, indent=2) + "\n", "utf-8")
        except OSError as error:
            raise AscpiError(f"{arguments.json} cannot be written: {error.strerror}") from None
    return 0 if passed else 1
