"""`python -m tests.runtimes.golden`: are the vectors and the tables in docs/ssep.md up to date?

With --write they are brought up to date. Do that only for a change that was meant, and read the
difference: every implementation of SSEP is measured by these files.
"""

import argparse
import sys
from pathlib import Path

from ascpi.paths import REPOSITORY
from tests.runtimes.golden import files


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.runtimes.golden")
    parser.add_argument("--write", action="store_true", help="bring the files up to date")
    write = parser.parse_args().write
    stale = [path for path, text in files.everything().items() if files.differs(path, text)]
    for path in stale:
        if write:
            path.write_text(files.everything()[path], "utf-8")
        print(f"{'written' if write else 'out of date'}: {_short(path)}")
    if stale and not write:
        print("if the change is meant: python -m tests.runtimes.golden --write")
        return 1
    if not stale:
        print(f"{len(files.everything())} files are up to date")
    return 0


def _short(path: Path) -> str:
    return str(path.relative_to(REPOSITORY))


if __name__ == "__main__":
    sys.exit(main())
