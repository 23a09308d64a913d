"""Makes the vectors: what the core should give, from sources other than the core.

Only the trace is a recording of the core itself, on CPython: it says that all runtimes agree and
that nothing has changed unnoticed, not that it is right.
"""
