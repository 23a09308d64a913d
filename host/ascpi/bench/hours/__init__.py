"""`ascpi bench hours`: a field over hours of virtual time, and what one wild node does to it.

The nodes are the core's own, as on boards; crystals, air and receivers are simulated
(`ascpi.simulation`), so hours pass in a minute or so and a seed is the same run to the bit.

    options.py    what is asked for, checked before anything runs
    recorder.py   every node's phase, claim and state, every 50 ms of true time
    run.py        one field from its start to its end
    figures.py    what a recording comes to
    wild.py       nodes that lie or whose crystal is broken
    displaced.py  how far a wild node moved the others
    result.py     what is kept of a run
    limits.py     what figures may be
    document.py   the figures as a table and as JSON
    workers.py    several runs at a time
    plot.py       the picture
"""
