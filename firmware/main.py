"""What a board runs after boot.py: the program that /ascpi_run names. Ctrl-C leaves the REPL.

A new program is on trial: `NEW OLD untried` becomes `NEW OLD trying` as it is started for the
first time, and `NEW` once its tasks have run for 10 s. Found trying again, it has failed: then it
is `OLD NEW failed`, and OLD is started, which says so.
"""

import os
import sys


def choose() -> bool:
    """Find the program; whether it is on trial."""
    try:
        with open("/ascpi_run") as file:
            words = file.read().split()
    except OSError:
        words = []
    if not words:
        print("ASCPI error /ascpi_run names no program: flash this board again")
        return False
    state = words[2] if len(words) > 2 else ""
    if state == "trying":
        words = [words[1], words[0], "failed"]
    elif state == "untried":
        words[2] = "trying"
    if state in ("trying", "untried"):
        with open("/ascpi_run.new", "w") as file:
            file.write(" ".join(words))
        os.rename("/ascpi_run.new", "/ascpi_run")
    sys.path.insert(0, words[0])
    return state == "untried"


trial = choose()
try:
    from ascpi_boot import main  # type: ignore[import-not-found]  # on the board
except Exception as error:
    sys.print_exception(error)
    if trial:
        import machine

        machine.reset()
    raise
main()
