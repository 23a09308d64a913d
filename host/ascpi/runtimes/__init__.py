"""One program on several Pythons: CPython, and MicroPython with 64-bit and with 32-bit words."""
