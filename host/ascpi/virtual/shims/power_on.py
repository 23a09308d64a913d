"""What a board's process runs: when this ends, MicroPython enters its REPL.

The firmware is run with this file's names, emptied, as its own: the REPL finds what main.py left.
"""

import board_boot

board_boot.power_on(globals())
