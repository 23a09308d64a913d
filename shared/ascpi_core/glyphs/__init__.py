"""Glyphs: small processes bound to a phase, that run on one node and move to another.

glyph.py      one glyph: identity, state, where it stands; the glyphs of a node; its ledger
kind.py       what a type of glyph is, what it sees of its node, and what it may do
types/        the types built in
motor.py      all of it together: who is due, orders from a person, what is told to listeners
policy.py     which glyph moves where, and whether the network is calm enough for it
handoff.py    offer, accept, commit, done: both sides, exactly once
messages.py   the packets of hand-offs, descriptions and orders
journal.py    what survives a power cut: records on the flash, and how they are read back
telemetry.py  what a node writes of its glyphs on its serial line
"""
