"""A whole field in virtual time: real nodes, crystals that differ, and the air between them.

Everything is an event at an integer µs of *true* time, and everything random comes from one seed,
so a run repeats to the bit. Nodes see true time only through their crystals, as on boards. A
field is judged in true time, which no node knows.

    crystal.py   ticks as an exact function of true time, with temperature, and back
    board.py     one board: its crystal, and its node while it has power
    receiver.py  how late a board reads what has reached it
    sample.py    all phases at one true time, and what they make of a field
    field.py     boards on one air, and time that moves on
"""

from ascpi.simulation.board import Board, make_node
from ascpi.simulation.crystal import Crystal, Temperature
from ascpi.simulation.field import JUDGE_EVERY_US, SECOND_US, Field
from ascpi.simulation.receiver import Receiver
from ascpi.simulation.sample import LOCKED_ARC, LOCKED_COHERENCE, Sample, resultant, shortest

__all__ = [
    "JUDGE_EVERY_US",
    "LOCKED_ARC",
    "LOCKED_COHERENCE",
    "SECOND_US",
    "Board",
    "Crystal",
    "Field",
    "Receiver",
    "Sample",
    "Temperature",
    "make_node",
    "resultant",
    "shortest",
]
