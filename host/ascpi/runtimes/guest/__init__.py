"""Programs for MicroPython: they import the core, and nothing that only CPython has."""
