"""Serial ports with boards on them: found, opened without a reset, read line by line, talked to.

- discovery.py  which ports there are, and the boards by their USB serial numbers
- opening.py    a port or URL opened so that no board resets; what goes wrong as one sentence
- splitter.py   bytes to lines
- line.py       a thread that follows a port, through unplugging too
- control.py    the two lines that reset a board or start its loader
- repl.py       files and code on a board, by MicroPython's raw REPL
"""

from ascpi.ports.discovery import FoundPort, find_ports
from ascpi.ports.line import SerialLine
from ascpi.ports.opening import PortError, open_port
from ascpi.ports.splitter import LineSplitter

__all__ = ["FoundPort", "LineSplitter", "PortError", "SerialLine", "find_ports", "open_port"]
