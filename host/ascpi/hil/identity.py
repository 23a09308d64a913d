"""Who is on a port: asked by the REPL, which interrupts whatever runs there.

Of the board's configuration only what a test needs is read, and no secret ever leaves the board.
"""

import json
from dataclasses import dataclass, replace

from ascpi.hil.checkout import differing
from ascpi.hil.errors import HilError
from ascpi.ports.repl import Repl

NOT_THERE = "none"

_QUESTION = """
import json, machine, sys
try:
    with open("/ascpi_run") as file:
        sys.path.insert(0, file.read().split()[0])
    from ascpi_boot import VERSION
except (OSError, ImportError, IndexError):
    VERSION = None
try:
    with open("/ascpi.json") as file:
        given = json.load(file)
except (OSError, ValueError):
    given = {}
told = {
    name: given[name]
    for name in ("name", "board", "harness", "report_ms", "rate_mhz", "phase_offset")
    if name in given
}
mac = ":".join(["%02x" % byte for byte in machine.unique_id()])
print(json.dumps({"mac": mac, "version": VERSION, "settings": told}))
"""


@dataclass(frozen=True)
class Identity:
    """`version` of the firmware, empty without one; the settings that a test needs to know.

    `report_ms`: ms between reports; `rate_mhz`: turns in 1000 s; `phase_offset`: turns.
    `differing`: files of its firmware that are not the checkout's.
    """

    port: str
    mac: str
    version: str
    name: str
    harness: bool
    report_ms: int
    rate_mhz: int
    phase_offset: float
    differing: tuple[str, ...] = ()


def identify(port: str) -> Identity:
    """The board on a port, which is reset by that. PortError, HilError."""
    with Repl(port) as repl:
        answer = repl.execute(_QUESTION).strip().splitlines()
        found = read_answer(port, answer[-1] if answer else "")
        if found.version:
            found = replace(found, differing=tuple(differing(repl)))
    return found


def read_answer(port: str, answer: str) -> Identity:
    try:
        told = json.loads(answer)
        settings = told["settings"]
        return Identity(
            port,
            str(told["mac"]),
            str(told["version"] or ""),
            str(settings.get("name", "")),
            settings.get("harness") is True,
            int(settings.get("report_ms", 1000)),
            int(settings.get("rate_mhz", 1000)),
            float(settings.get("phase_offset", 0)),
        )
    except (ValueError, KeyError, TypeError):
        raise HilError(
            f"{port}: a MicroPython answers there, but not who it is ({answer[:60]!r}); "
            "`ascpi flash` makes an ASCπ board of it"
        ) from None
