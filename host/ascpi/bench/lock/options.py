"""What is asked for. Everything is checked here, before a board is started."""

import math
import re
from dataclasses import dataclass

from ascpi.air.preset import PRESETS
from ascpi.bench.ranges import require_within
from ascpi.errors import AscpiError
from ascpi.virtual.options import PPM_MAX

# A board remembers 32 others unless told otherwise.
BOARDS_LEAST, BOARDS_MOST = 2, 32
LAWS = ("full", "source")
# The firmware reports no faster. A node is given up after a second without a report, and a busy
# machine may hold up a few.
REPORT_MS_LEAST, REPORT_MS_MOST = 20, 250
RUNS_MOST = 1000
# How long the others are watched from a power cut on; the board's return is to be seen, too.
WATCHED_S = 20.0
DOWN_S = 3.0
DOWN_MOST_S = 15.0
KILL_FORM = re.compile(r"(\d+)@(\d+(?:\.\d+)?)(?::(\d+(?:\.\d+)?))?")


@dataclass(frozen=True)
class Kill:
    """Board `node_id` loses its power `at_s` after all were running, for `down_s`."""

    node_id: int
    at_s: float
    down_s: float


@dataclass(frozen=True)
class LockOptions:
    """`law` None: the firmware's own default, and no word of it in the configuration."""

    boards: int
    air: str
    ppm: float
    seconds: float
    seed: int
    law: str | None = None
    report_ms: int = 100
    runs: int = 1
    after_s: float = 30.0
    kill: Kill | None = None
    precedence: bool = True

    def __post_init__(self) -> None:
        require_within("--boards", self.boards, BOARDS_LEAST, BOARDS_MOST)
        require_within("--report-ms", self.report_ms, REPORT_MS_LEAST, REPORT_MS_MOST)
        require_within("--runs", self.runs, 1, RUNS_MOST)
        require_within("--ppm", self.ppm, 0.0, PPM_MAX)
        if self.air not in PRESETS:
            raise AscpiError(f"--air {self.air}: choose one of {', '.join(PRESETS)}")
        if self.law not in (None, *LAWS):
            raise AscpiError(f"--law {self.law}: choose one of {', '.join(LAWS)}")
        if not (math.isfinite(self.seconds) and self.seconds >= 1):
            raise AscpiError(
                f"--seconds {self.seconds:g} is no time to see a lock: give 1 or more"
            )
        if not (math.isfinite(self.after_s) and self.after_s >= 0):
            raise AscpiError(f"--after {self.after_s:g} is no time: give 0 or more seconds")
        if self.kill is not None:
            _check_kill(self.kill, self)

    @property
    def steady_end_s(self) -> float:
        """Until then nothing is done to the boards: to the end, or to the power cut."""
        return self.seconds if self.kill is None else self.kill.at_s


def parse_kill(text: str) -> Kill:
    """ID@T or ID@T:DOWN, in seconds."""
    match = KILL_FORM.fullmatch(text)
    if match is None:
        raise AscpiError(
            f"--kill {text!r} is not ID@T[:DOWN]: for board 2, 40 s after the start, "
            "without power for 3 s, give 2@40:3"
        )
    node_id, at_s, down_s = match.groups()
    return Kill(int(node_id), float(at_s), DOWN_S if down_s is None else float(down_s))


def _check_kill(kill: Kill, options: LockOptions) -> None:
    if not 1 <= kill.node_id <= options.boards:
        raise AscpiError(
            f"--kill: there is no board {kill.node_id}; they are numbered 1 to {options.boards}"
        )
    if not 0 < kill.down_s <= DOWN_MOST_S:
        raise AscpiError(
            f"--kill: {kill.down_s:g} s without power is out of range: more than 0, at most "
            f"{DOWN_MOST_S:g}, so that the return is seen in the {WATCHED_S:g} s that are watched"
        )
    if kill.at_s + WATCHED_S > options.seconds:
        raise AscpiError(
            f"--kill: the others are watched for {WATCHED_S:g} s from {kill.at_s:g} s on, but the "
            f"run ends at {options.seconds:g} s: give --seconds {kill.at_s + WATCHED_S:g} or more"
        )
