"""A spare board that times the pulses of others: `ascpi probe`, and what a test asks of it.

- lines.py    its lines, checked; reader.py follows them and notices what is lost
- clock.py    its ticks, unrolled, and when they were by this computer's clock
- probe.py    Probe: started, asked for edges, stopped
- turns.py    edges to turns, and each board's deviation in each; figures.py sums them up
- view.py, plot.py  a table and a picture of them; command.py: `ascpi probe`
- trial.py    virtual boards wired to a virtual probe
"""

from ascpi.probe.probe import Probe

__all__ = ["Probe"]
