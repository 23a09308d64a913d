"""What boards and Link's peers have in common: started, heard, stopped. Peers count from 1."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ascpi.bench.duel.ethernet import Ethernet


@dataclass(frozen=True)
class Sighting:
    """Where a peer was, in its contender's true time, and with how many others by its own word.

    `up_us`: since when it has been up. `epoch` changes with a restart.
    """

    peer: int
    true_us: int
    up_us: int
    phase: float
    others: int
    epoch: int = 0


class Contender(Protocol):
    """Use it in a `with`: on the way out every peer is stopped, also if a start failed."""

    # What it is called in JSON, and by people.
    key: str
    name: str

    def start(self, ethernet: Ethernet, folder: Path) -> None:
        """Start all peers, and do not wait for them. `folder` is theirs."""
        ...

    def hear(self, longest_s: float) -> list[Sighting]:
        """What has come in; waits for the first, if need be. AscpiError if a peer has ended."""
        ...

    def now_us(self) -> int:
        """True time, to some milliseconds: to know which sightings are still to come."""
        ...

    def last_words(self, peer: int) -> str:
        """What a peer said last, for a sentence that says why it is silent."""
        ...

    def stop(self) -> None: ...
