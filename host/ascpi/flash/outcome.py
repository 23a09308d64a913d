"""What became of one board, and what a job tells on the way there."""

from collections.abc import Callable
from dataclasses import dataclass, field

FLASHED = "flashed"
UPDATED = "updated"
CURRENT = "up to date"
LEFT = "left alone"
FAILED = "failed"
REFUSED = "not overwritten"
ENDED = "interrupted"

GOOD = frozenset({FLASHED, UPDATED, CURRENT, LEFT})


@dataclass(frozen=True)
class Outcome:
    """`text`: one sentence. `digest`: of the program that is on it now, as far as that is known.

    `epoch`: of its first boot; None where it told none. `written_bytes`: of flash, or of files.
    """

    port: str
    state: str
    text: str
    mac: str = ""
    name: str = ""
    chip: str = ""
    seconds: float = 0.0
    epoch: int | None = None
    digest: str = ""
    written_bytes: int = 0
    notes: tuple[str, ...] = field(default=())

    @property
    def passed(self) -> bool:
        return self.state in GOOD

    def document(self) -> dict[str, object]:
        """For JSON."""
        return {
            "port": self.port,
            "mac": self.mac,
            "name": self.name,
            "chip": self.chip,
            "state": self.state,
            "passed": self.passed,
            "text": self.text,
            "seconds": round(self.seconds, 2),
            "epoch": self.epoch,
            "digest": self.digest,
            "written_bytes": self.written_bytes,
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class Status:
    """What a job does: `stage` in a word or two, and how much of it; of 0: nobody knows."""

    port: str
    label: str
    stage: str
    done: int = 0
    total: int = 0


# A job's status, from its thread
StatusListener = Callable[[Status], None]
# A question that is answered with yes or no; from a job's thread, which waits
Asker = Callable[[str], bool]
