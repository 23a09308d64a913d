"""Glyphs: small processes bound to a phase, that run on one node and move to another.

glyph.py      one glyph: identity, state, and where it stands on this node
holding.py    the glyphs of one node: up to 32, found by id; digest, energy and averages
ledger.py     the energy of one node: born + received = held + spent + sent
kind.py       what a type of glyph is: a class with one `step`; the registry of types
kinds/        the types built in
users.py      the types that users wrote, a file each
world.py      what a glyph sees of its node, and how it acts on it
guard.py      what a type may do to its glyph, and what becomes of it if it raises
schedule.py   who is due, as Θ_local passes its θ; the mode, cost, lifetime and failures
journal.py    what survives a power cut: records on the flash, and how they are read back
record.py     the bytes of one record
page.py       the records of one write, made from the slots
fold.py       what the records say together
budget.py     how often the journal may write
stability.py  whether the network is calm enough to move a glyph, in numbers
policy.py     which glyph moves where, and never back and forth
packets.py    the packets of hand-offs, glyphs' descriptions and orders
              (their bytes: transfer_packets.py those of a move, public_packets.py the others)
layout.py     the tables of these bytes, for documents and tests; never loaded by a board
transfer.py   what both sides of a hand-off share: saying it again
departure.py  the sending side
handoff.py    both sides: offer, accept, commit, done; exactly once
replies.py    answers that wait to be sent
telling.py    what a node tells of its glyphs to whoever listens
orders.py     orders from a person: spawn, kill, move; each carried out once
motor.py      all of it together: a node's engine
"""
