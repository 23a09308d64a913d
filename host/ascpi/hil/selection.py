"""`--boards`: which boards a session is to have, as it is written.

virtual:4                      four virtual boards
/dev/ttyUSB0,/dev/ttyUSB1      boards on ports
socket://HOST:PORT             … or on any URL that pyserial knows
fleet.toml                     the boards of a fleet file, wherever they are plugged in
virtual:2,/dev/ttyUSB0         several of these
"""

from dataclasses import dataclass
from pathlib import Path

from ascpi.hil.errors import HilError

DEFAULT = "virtual:4"
VIRTUAL = "virtual"
VIRTUAL_MOST = 64


@dataclass(frozen=True)
class Selection:
    """`virtual` boards, boards on `ports`, and those of `fleets` (paths of fleet files)."""

    virtual: int = 0
    ports: tuple[str, ...] = ()
    fleets: tuple[Path, ...] = ()

    @property
    def is_physical(self) -> bool:
        return bool(self.ports or self.fleets)


def parse_selection(text: str) -> Selection:
    """HilError for what is no choice of boards."""
    virtual = 0
    ports: list[str] = []
    fleets: list[Path] = []
    for word in (part.strip() for part in text.split(",")):
        if not word:
            raise HilError(
                f"--boards {text!r}: a part of it is empty; write {DEFAULT}, a port, a URL or "
                "a fleet file, with commas between them"
            )
        name, colon, count = word.partition(":")
        if name == VIRTUAL:
            virtual += _count(word, count if colon else "1")
        elif word.endswith(".toml"):
            fleets.append(Path(word))
        elif word in ports:
            raise HilError(f"--boards {text}: {word} is named twice; name each port once")
        else:
            ports.append(word)
    return Selection(virtual, tuple(ports), tuple(fleets))


def _count(word: str, digits: str) -> int:
    if not (digits.isascii() and digits.isdigit() and 1 <= int(digits) <= VIRTUAL_MOST):
        raise HilError(f"--boards {word}: write {VIRTUAL}:N with N from 1 to {VIRTUAL_MOST}")
    return int(digits)
