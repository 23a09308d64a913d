"""Whether a board runs this checkout's firmware, file by file."""

from ascpi.flash import update
from ascpi.flash.application import MAIN_PATH, RUN_PATH, build
from ascpi.ports.repl import Repl


def differing(repl: Repl) -> list[str]:
    """Files of the checkout's program that the board lacks or has otherwise; and /ascpi_run, if
    it runs another."""
    wanted = build(update.chip_of(update.ask(repl)))
    name = wanted[RUN_PATH].decode()
    files = {path: data for path, data in wanted.items() if path not in (RUN_PATH, MAIN_PATH)}
    found = update.differing(repl, files)
    if update.running_program(repl)[:1] != (name,):
        found.append(RUN_PATH)
    return sorted(path.lstrip("/") for path in found)
