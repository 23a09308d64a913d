"""What can go wrong with a stand-in."""

from dataclasses import dataclass

NEVER = -1


@dataclass(frozen=True)
class Faults:
    """`deaf`: the loader does not answer. `mute`: the program never starts.

    `dies_after_bytes`: the cable comes out when so many more have come in.
    `stuck_byte`: the byte of the flash with this address always reads inverted.
    `deaf_above_baud`: the line does not work at a higher rate.
    """

    deaf: bool = False
    mute: bool = False
    dies_after_bytes: int = NEVER
    stuck_byte: int = NEVER
    deaf_above_baud: int = NEVER
