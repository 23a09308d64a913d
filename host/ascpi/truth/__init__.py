"""What really happened: phases of all nodes on one clock, and whether they were one.

Nodes report their phase at ticks of their own clock. Whoever knows those clocks (a virtual
board's crystal; this computer's own) can say where each phase was at a true instant, and judge by
that instead of by what the nodes believe. True time is CLOCK_MONOTONIC in µs; no I/O here.

    circle.py   mean, deviation and coherence of phases
    clock.py    ticks → true time
    track.py    one node's phase at any instant, from its reports
    field.py    all nodes' phases at the instants of a grid
    judge.py    locked or not, and since when
"""

from ascpi.truth.circle import arc, circular_mean, coherence
from ascpi.truth.clock import Clock, MonotonicClock
from ascpi.truth.field import Field, Moment
from ascpi.truth.judge import LockJudge
from ascpi.truth.track import Track

__all__ = [
    "Clock",
    "Field",
    "LockJudge",
    "Moment",
    "MonotonicClock",
    "Track",
    "arc",
    "circular_mean",
    "coherence",
]
