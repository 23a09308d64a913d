"""One seed's trace under every CPython from 3.10 to 3.14 that is here, and whether they agree.

    python -m tests.sim.versions [--seed K] [--seconds S] [--python PATH …] [--pyodide FOLDER]

Looks for python3.10 … python3.14 on the PATH and among pyenv's. A Python that cannot be installed
natively may be had as WebAssembly: `npm install pyodide` in a folder, and --pyodide names it (it
needs node; Pyodide 314 is CPython 3.14, on a machine of 32 bits). Exit code 0: all agree.
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
MINORS = (10, 11, 12, 13, 14)
DEADLINE_S = 600.0

PROGRAM = """
import sys
sys.path[:0] = [sys.argv[1] + "/host", sys.argv[1] + "/shared"]
from ascpi.sim.options import SimOptions
from ascpi.sim.run import run_seed
from ascpi.sim.trace import Trace
trace = Trace()
run_seed(SimOptions(seconds=int(sys.argv[3])), int(sys.argv[2]), trace)
print(".".join(map(str, sys.version_info[:3])), trace.lines, trace.digest)
"""

NODE = """
import { createRequire } from "node:module";
const require = createRequire(process.argv[1] + "/");
const { loadPyodide } = require("pyodide");
const python = await loadPyodide();
python.FS.mkdirTree("/checkout");
python.FS.mount(python.FS.filesystems.NODEFS, { root: process.argv[2] }, "/checkout");
python.globals.set("words", python.toPy(["", "/checkout", ...process.argv.slice(3, 5)]));
python.runPython("import sys; sys.argv = list(words)\\n" + process.argv[5]);
"""


def commands(seed: int, seconds: int, named: Sequence[str]) -> Iterator[list[str]]:
    """For each Python: what runs the seed in it."""
    words = [str(CHECKOUT), str(seed), str(seconds)]
    found = [*named]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for minor in MINORS:
        natives = sorted(pyenv.glob(f"3.{minor}.*/bin/python3.{minor}"))
        on_path = shutil.which(f"python3.{minor}")
        found += [str(path) for path in natives] or ([on_path] if on_path else [])
    for python in dict.fromkeys(found):
        yield [python, "-c", PROGRAM, *words]


def pyodide(seed: int, seconds: int, folder: Path) -> list[str]:
    """The same in WebAssembly."""
    words = [str(folder.resolve()), str(CHECKOUT), str(seed), str(seconds), PROGRAM]
    return ["node", "--input-type=module", "-e", NODE, "--", *words]


def ask(command: Sequence[str]) -> str:
    """ "3.12.1 15068 2687…" of one Python; "" if it does not run."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=DEADLINE_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m tests.sim.versions")
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--python", action="append", default=[], metavar="PATH")
    parser.add_argument("--pyodide", type=Path, metavar="FOLDER")
    arguments = parser.parse_args(words)
    seed, seconds = arguments.seed, arguments.seconds
    asked = [*commands(seed, seconds, arguments.python)]
    if arguments.pyodide is not None:
        asked.append(pyodide(seed, seconds, arguments.pyodide))
    digests: dict[str, list[str]] = {}
    for command in asked:
        answer = ask(command)
        version, lines, digest = (*answer.split(), "", "", "")[:3]
        print(f"{version or 'does not run':<12} {lines:>8} {digest}  {Path(command[0]).name}")
        if digest:
            digests.setdefault(digest, []).append(version)
    if not digests:
        print("versions: no Python from 3.10 to 3.14 was found", file=sys.stderr)
        return 2
    agree = len(digests) == 1
    print(f"{sum(map(len, digests.values()))} agree" if agree else "they DIFFER")
    return 0 if agree else 1


if __name__ == "__main__":
    sys.exit(main())
