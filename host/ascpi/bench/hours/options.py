"""What is asked for. Everything is checked here, before a field is made."""

import math
from dataclasses import dataclass

from ascpi.air.preset import PRESETS
from ascpi.bench.ranges import require_within
from ascpi.errors import AscpiError
from ascpi.simulation import SECOND_US

BOARDS_LEAST, BOARDS_MOST = 2, 500
HOURS_MOST = 1000.0
PPM_MOST = 150.0
"""Two crystals then differ by more than any that are sold; the core's bounds still hold."""
RUNS_MOST = 1000
LATE_MOST_US = 200_000
LAWS = ("full", "source")

WILD_KINDS = {
    "phase": "a wandering phase, up to 0.1 turn off, that jumps now and then",
    "rate": "a phase that runs 500 ppm fast",
    "crystal": "no lie: its crystal breaks, and is 300 ppm off",
    "chase": "always a little ahead of where the others truly are",
}
FIT_S = 30.0
"""The line that the others were on is fitted to so long a time before."""
WATCHED_S = 60.0
"""From its beginning on, the others are watched for so long."""


@dataclass(frozen=True)
class Wild:
    """Board `node_id` goes wild at `minute`; `ahead_us` is for a `chase` only.

    The lowest id: a field without a direction follows it, so it could do the most harm.
    """

    kind: str
    minute: float = 3.0
    ahead_us: int = 2000
    node_id: int = 1

    @property
    def begin_us(self) -> int:
        return round(self.minute * 60 * SECOND_US)


@dataclass(frozen=True)
class HoursOptions:
    """`law` None: the core's own default."""

    hours: float = 2.0
    boards: int = 8
    air: str = "wifi"
    ppm: float = 40.0
    temperature_ppm: float = 5.0
    temperature_period_s: float = 600.0
    poll_us: int = 200
    relay_us: int = 0
    seed: int = 1
    runs: int = 1
    law: str | None = None
    after_s: float = 60.0
    wild: Wild | None = None

    def __post_init__(self) -> None:
        require_within("--boards", self.boards, 3 if self.wild else BOARDS_LEAST, BOARDS_MOST)
        require_within("--runs", self.runs, 1, RUNS_MOST)
        require_within("--ppm", self.ppm, 0, PPM_MOST)
        require_within("--temperature-ppm", self.temperature_ppm, 0, PPM_MOST)
        require_within("--temperature-period-s", self.temperature_period_s, 1, 1e6)
        require_within("--poll-us", self.poll_us, 0, LATE_MOST_US)
        require_within("--relay-us", self.relay_us, 0, LATE_MOST_US)
        require_within("--after", self.after_s, 0, 3600 * HOURS_MOST)
        require_within("--hours", self.hours, 0, HOURS_MOST)
        if self.air not in PRESETS:
            raise AscpiError(f"--air {self.air}: choose one of {', '.join(PRESETS)}")
        if self.law not in (None, *LAWS):
            raise AscpiError(f"--law {self.law}: choose one of {', '.join(LAWS)}")
        if self.hours * 3600 < self.after_s + 1:
            raise AscpiError(
                f"--hours {self.hours:g} end before the figures begin, at {self.after_s:g} s: "
                "give more hours, or an earlier --after"
            )
        if self.wild is not None:
            _check_wild(self.wild, self)

    @property
    def end_us(self) -> int:
        return round(self.hours * 3600 * SECOND_US)


def wild_hours(minute: float) -> float:
    """As long as a run has to be in which a board goes wild at this minute."""
    return (minute * 60 + WATCHED_S) / 3600


def _check_wild(wild: Wild, options: HoursOptions) -> None:
    if wild.kind not in WILD_KINDS:
        raise AscpiError(f"--wild {wild.kind}: choose one of {', '.join(WILD_KINDS)}")
    require_within("--wild-ahead-us", wild.ahead_us, -500_000, 500_000)
    # Locked by then, and long enough for the line that the others are on.
    least = (options.after_s + FIT_S) / 60
    require_within("--wild-minute", wild.minute, least, HOURS_MOST * 60)
    needed = wild_hours(wild.minute)
    if options.hours < needed - 1e-9:
        raise AscpiError(
            f"--hours {options.hours:g} end before the others were watched for {WATCHED_S:g} s: "
            f"give {math.ceil(needed * 1e4) / 1e4:g} or more"
        )
