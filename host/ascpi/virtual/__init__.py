"""Virtual boards: the firmware's own files in the real MicroPython, with a board's limbs.

- options.py: what a board is asked to be, checked
- flash.py: a folder as its flash; firmware and configuration are put there
- runtime.py finds MicroPython, bootstrap.py becomes it, process.py holds one life of it
- serial_line.py: its serial port (a PTY)
- supervisor.py: a thread for each board, on loop.py: power, resets, watchdog, bytes
- page.py: memory that board and host share: clock, watchdog, radio, pins
- ether.py: who is on the air where; what else they send goes through ascpi.air
- crystal.py: its clock's error, ticks <-> true time; true_time.py: what is true
- wires.py: from boards' outputs to another board's inputs; wiring.py: those of whole boards
- edges.py reads what its pins did
- board.py: VirtualBoard, what all others use; command.py: `ascpi board`
- shims/: MicroPython, the modules that a board has and the unix port has not
"""

from ascpi.virtual.board import VirtualBoard
from ascpi.virtual.crystal import Crystal
from ascpi.virtual.edges import Edge, EdgeReader
from ascpi.virtual.options import RadioOptions, VirtualBoardOptions
from ascpi.virtual.true_time import true_us
from ascpi.virtual.wires import Wires

__all__ = [
    "Crystal",
    "Edge",
    "EdgeReader",
    "RadioOptions",
    "VirtualBoard",
    "VirtualBoardOptions",
    "Wires",
    "true_us",
]
