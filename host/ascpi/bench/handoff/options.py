"""What is asked for. Everything is checked here, before a board is started."""

from dataclasses import dataclass

from ascpi.bench.ranges import require_within
from ascpi.errors import AscpiError
from ascpi.virtual.options import PPM_MAX

BOARDS_LEAST, BOARDS_MOST = 2, 16
COMETS_MOST = 32
SECONDS_LEAST = 5.0
AFTER_MOST_S = 600.0


@dataclass(frozen=True)
class HandOffOptions:
    """`comets` run round from board to board, one hop a turn each; `seconds` are counted from
    the first hop on; the comets are born `after_s` after all boards came up."""

    boards: int
    air: str
    comets: int
    seconds: float
    seed: int
    ppm: float
    after_s: float
    precedence: bool = True

    def __post_init__(self) -> None:
        require_within("--boards", self.boards, BOARDS_LEAST, BOARDS_MOST)
        require_within("--comets", self.comets, 1, COMETS_MOST)
        require_within("--ppm", self.ppm, 0.0, PPM_MAX)
        if not 0 <= self.after_s <= AFTER_MOST_S:
            raise AscpiError(
                f"--after {self.after_s:g} is out of range: give 0 to {AFTER_MOST_S:g} seconds"
            )
        if not self.seconds >= SECONDS_LEAST:
            raise AscpiError(
                f"--seconds {self.seconds:g} is too short to see hand-offs: give "
                f"{SECONDS_LEAST:g} or more"
            )
