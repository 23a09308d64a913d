"""A stand-in for a board on a serial port, for tests, benches and whoever has no board at hand.

It is a process with a PTY. At first it is a chip's ROM loader, which esptool takes for a real one
(the package esp32-mock-bootloader); what is written goes to its flash, a file. When the port is
closed it is reset: a flash with a MicroPython image boots, its file system in the real MicroPython
as a virtual board, on the same port. As soon as esptool calls, it is the loader again. Linux only.

- handle.py    StandIn: starts the process, gives it faults, ends it
- process.py   the process: loader, board, loader …
- line.py      the port; notices each closing, however short
- loader.py    the mock's server behind that port, with an identity and a flash of its own
- memory.py    the flash, as a file
- running.py   the flash's contents as a virtual board
- faults.py    what can go wrong with it
- synthetic.py a small image that looks like MicroPython's

Try it: `python -m ascpi.flash.stand_in.process --chip esp32c3 --mac 02:a5:00:00:00:07 --folder F`.
"""

from ascpi.flash.stand_in.faults import Faults
from ascpi.flash.stand_in.handle import StandIn, StandInFailed, require_stand_in

__all__ = ["Faults", "StandIn", "StandInFailed", "require_stand_in"]
