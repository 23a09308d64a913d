"""The ASCπ node: one implementation for MicroPython and CPython, integers only, no I/O of its own.

Nothing here imports a clock, a socket or anything else outside this package: time, randomness
and key material come in as arguments, packets and events go out as return values.
"""

VERSION = "0.1.0"
