"""`ascpi bench handoff`: how fast glyphs move between real virtual boards, and what it disturbs.

options.py    what is asked for
run.py        boards on one air, comets that run round, and the air's diary of every packet
transfers.py  packets of the diary → transfers: offer, accept, commit, done
figures.py    how long they took, and how far the receivers' phases moved
command.py    options in, exit code out
"""
