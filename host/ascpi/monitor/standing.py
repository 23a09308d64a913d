"""How it stands with a board's connection, in a word or two."""

import re

# The sentences are those of `ascpi.ports`, which say what to do as well.
_SHORT = (
    (r"^there is no such port|^the board is gone", "unplugged"),
    (r"^another program has", "busy"),
    (r"^you may not open it", "no permission"),
    (r"^this is no serial port", "no serial port"),
    (r"^no connection", "no connection"),
    (r"^not open yet", "opening"),
    (r"^paused", "in use here"),
    (r"^moved", "unplugged"),
)


def short(state: str) -> str:
    """unplugged, busy, no permission … for why a port is not open; `cannot be used` for others."""
    for pattern, words in _SHORT:
        if re.search(pattern, state):
            return words
    return "cannot be used"


def short_port(port: str) -> str:
    """ttyUSB0 for /dev/ttyUSB0, pts-5 for /dev/pts/5, host:port for socket://host:port."""
    name = port.rpartition("://")[2]
    name = name.removeprefix("/dev/").strip("/")
    if name.startswith("pts/"):
        return name.replace("/", "-")
    return name.rpartition("/")[2] or "board"
