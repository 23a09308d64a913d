"""The two control lines of a board's serial port, as its USB bridge wires them.

RTS active pulls the chip's EN low: in reset as long as that lasts. DTR active pulls the boot pin
low: a chip that leaves reset meanwhile starts its ROM loader. Both active cancel each other out.
"""

import time

import serial

# The capacitor at EN charges within a few ms.
RESET_S = 0.1


def has_lines(port: serial.Serial) -> bool:
    """Whether there are such lines: on a PTY and on a bare TCP connection there are none."""
    name = str(port.name or port.port or "")
    if "://" in name:
        return name.startswith("rfc2217://")
    try:
        port.cts  # noqa: B018  asking is what fails
    except (serial.SerialException, OSError):
        return False
    return True


def hold(port: serial.Serial, in_reset: bool) -> None:
    """Keep the board in reset, or let it go: as good as its power switched off and on."""
    port.dtr = False
    port.rts = in_reset


def reset(port: serial.Serial) -> None:
    """Press the reset button. Without effect where there are no such lines (a PTY, TCP)."""
    port.dtr = False
    port.rts = True
    time.sleep(RESET_S)
    port.rts = False
