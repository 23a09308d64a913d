"""Tests with boards: the same test for virtual ones and for those on a desk.

- plugin.py      the pytest plugin: options, the fixtures `boards` and `cluster`
- options.py     what is asked for, checked; selection.py: `--boards`
- location.py    the ports they are on; identity.py: who is there; checkout.py: and what runs
- update.py      the checkout's firmware onto one of them
- board.py       Board: power, flash, REPL, telemetry, edges, faults
- virtual.py     … of a virtual board; physical.py: … of one on a serial port
- rack.py        all boards of a session, found, checked and started
- serial_clock.py  a board's clock through a serial line, between hard bounds
- watch.py       all phases on one clock
- cluster.py     what is asserted of them; streaks.py, steadiness.py, pulse_turns.py: how
- faults.py      what is done to them; network.py, console.py: by whom
- probing.py     pulses of physical boards, by a probe
- failure.py     what a failure shows; shown.py: as text, plot.py: as a picture
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ascpi.hil.board import Board
    from ascpi.hil.cluster import BoardCluster
    from ascpi.hil.errors import HilError, Impossible, NotSo

__all__ = ["Board", "BoardCluster", "HilError", "Impossible", "NotSo"]

_HOMES = {"Board": "board", "BoardCluster": "cluster"}


def __getattr__(name: str) -> object:
    """Imported when asked for: every pytest loads this package, with tests of boards or not."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'errors')}"), name)
