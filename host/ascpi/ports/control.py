"""The two control lines of a board's serial port, as its USB bridge wires them.

RTS active pulls the chip's EN low: in reset as long as that lasts. DTR active pulls the boot pin
low: a chip that leaves reset meanwhile starts its ROM loader. Both active cancel each other out.
"""

import time

import serial

# The capacitor at EN charges within a few ms.
RESET_S = 0.1


def reset(port: serial.Serial) -> None:
    """Press the reset button. Without effect where there are no such lines (a PTY, TCP)."""
    port.dtr = False
    port.rts = True
    time.sleep(RESET_S)
    port.rts = False
