"""Make tools/requirements*.txt anew from pyproject.toml: `.venv/bin/python tools/lock.py`.

One resolution serves CPython 3.10 to 3.14 on every platform, with markers where versions must
differ; uv does that (install it where this runs: `pip install uv`). A pin that is written already
stays unless `--upgrade` is given.
"""

import subprocess
import sys
from pathlib import Path

TOOLS = Path(__file__).resolve().parent

# File → what it holds besides the project's own dependencies.
LOCKS = {
    "requirements.txt": [],
    "requirements-dev.txt": ["--extra", "dev", "--extra", "plot"],
    # Installed over one of the others: what both have is the same there.
    "requirements-duel.txt": ["--extra", "duel", "--constraint", "tools/requirements.txt"],
}

OPTIONS = [
    "--universal",
    "--python-version=3.10",
    "--no-python-downloads",
    "--no-annotate",
    "--quiet",
    "--custom-compile-command=python tools/lock.py",
]


def main(arguments: list[str]) -> int:
    for name, extra in LOCKS.items():
        command = [sys.executable, "-m", "uv", "pip", "compile", *OPTIONS, *extra, *arguments]
        code = subprocess.call(
            [*command, "pyproject.toml", "-o", f"tools/{name}"], cwd=TOOLS.parent
        )
        if code != 0:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
