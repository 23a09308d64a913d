"""Is an allocation found? The check of allocation on a core made worse: `-m … list|overflow`."""

import gc
import sys

from ascpi.runtimes.guest import allocation, steady
from ascpi_core.node import Node

_theta = Node.theta


def listing(self: Node, now: int) -> int:
    """Allocates on every runtime."""
    return [_theta(self, now)][0]


def overflowing(self: Node, now: int) -> int:
    """Allocates where a small integer has 31 bits, and there only in half of all moments."""
    return (_theta(self, now) << 3) & 0xFFFFFFF


def main() -> None:
    gc.disable()
    Node.theta = overflowing if sys.argv[1] == "overflow" else listing  # type: ignore[method-assign]
    tally = allocation.Tally()
    tally.row(steady.LOCKED, "as they are", [allocation.bases_by_eighths()], 1)
    if tally.failed:
        sys.exit(1)


if __name__ == "__main__":
    main()
