"""What is seen of a field: every node's phase and state at every judgement, in bounded room.

An array each, 7 bytes for a node and an instant: a day of eight boards is 97 MB.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ascpi.simulation import Board
from ascpi_core.fixed import TURN
from ascpi_core.phase import ALONE
from ascpi_core.ssep import CLAIM_UNKNOWN

Numbers = npt.NDArray[np.float64]
Wholes = npt.NDArray[np.int64]
Truths = npt.NDArray[np.bool_]

_ABSENT = TURN
"""In the place of a phase: that board has no power."""


class Recorder:
    def __init__(self, count: int) -> None:
        self._count = count
        self._instants_us = array("q")
        self._thetas = array("I")
        self._states = array("B")
        self._claims_us = array("H")

    def watch(self, true_us: int, powered: Sequence[Board]) -> None:
        """A judgement of the field; boards without power leave a gap."""
        self._instants_us.append(true_us)
        expected = 1
        for board in powered:
            node = board.node
            assert node is not None
            while expected < board.node_id:
                self._leave_out()
                expected += 1
            self._thetas.append(node.theta(board.ticks(true_us)))
            self._states.append(node.field.lock.state)
            self._claims_us.append(node.field.claim_us())
            expected += 1
        while expected <= self._count:
            self._leave_out()
            expected += 1

    def _leave_out(self) -> None:
        self._thetas.append(_ABSENT)
        self._states.append(ALONE)
        self._claims_us.append(CLAIM_UNKNOWN)

    def seen(self) -> "Seen":
        shape = (len(self._instants_us), self._count)
        return Seen(
            np.array(self._instants_us, dtype=np.int64),
            np.array(self._thetas, dtype=np.uint32).reshape(shape),
            np.array(self._states, dtype=np.uint8).reshape(shape),
            np.array(self._claims_us, dtype=np.uint16).reshape(shape),
        )


@dataclass(frozen=True)
class Seen:
    """A row for each instant, a column for each node, 1 … n."""

    instants_us: Wholes
    thetas: npt.NDArray[np.uint32]
    states: npt.NDArray[np.uint8]
    claims_us: npt.NDArray[np.uint16]

    def turns(self, rows: slice = slice(None)) -> Numbers:
        """Phases in [0, 1) turn; nan where a board had no power."""
        thetas = self.thetas[rows]
        return np.where(thetas == _ABSENT, np.nan, thetas / TURN)

    def after(self, from_us: int, to_us: int | None = None) -> slice:
        """The rows with from_us ≤ instant < to_us."""
        first = int(np.searchsorted(self.instants_us, from_us))
        if to_us is None:
            return slice(first, None)
        return slice(first, int(np.searchsorted(self.instants_us, to_us)))


@dataclass(frozen=True)
class Recording:
    """One run. `deviations_us` are from the circular mean of all nodes with power, positive ahead.

    `sent_us`: when packets were sent. `wraps_us`: for each node, when its ticks began anew.
    `drifting`: where a node's crystal changed its rate at half its greatest pace or more.
    `took_s`: real time. `now_us`: virtual time when it ended.
    """

    seed: int
    seen: Seen
    deviations_us: Numbers
    coherence: Numbers
    crystals_ppm: tuple[float, ...]
    sent_us: Wholes
    wraps_us: tuple[tuple[int, ...], ...]
    drifting: Truths | None
    took_s: float
    now_us: int
    refused: dict[str, int] = field(default_factory=dict)

    @property
    def end_us(self) -> int:
        """The last instant."""
        return int(self.seen.instants_us[-1])
