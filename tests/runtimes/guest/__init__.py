"""The checkers of the vectors: one source for CPython and MicroPython."""
