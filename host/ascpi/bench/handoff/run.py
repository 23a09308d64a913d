"""One run: boards lock, comets are born, and run round while everything is written down."""

import random
import time
from collections.abc import Callable
from pathlib import Path

from ascpi.address import format_address
from ascpi.bench.handoff.options import HandOffOptions
from ascpi.bench.lock.recorder import Recorder
from ascpi.bench.lock.recording import Recording
from ascpi.bench.progress import Progress
from ascpi.cluster import BOARD, Cluster, NodePlan, spread_ppm, trial_phase
from ascpi.errors import BoardFailed
from ascpi.glyphs.actions import Birth, spawn
from ascpi.glyphs.conversation import Conversation
from ascpi.glyphs.observer import Field, Observer
from ascpi.glyphs.station import Station
from ascpi.interruption import Interruption
from ascpi.virtual import true_us
from ascpi_core.fixed import TURN
from ascpi_core.glyphs.glyph import LIFETIME_ENDLESS
from ascpi_core.glyphs.types.comet import Comet

START_DEADLINE_US = 20_000_000
LOCK_DEADLINE_US = 30_000_000
FIRST_HOP_DEADLINE_US = 60_000_000
"""From the births on: the network is called stable after 5 s without anybody coming or going, and
once the claims are under 2 ms."""
SPAWN_DEADLINE_S = 10.0
SETTLE_US = 1_300_000
LOOK_S = 0.1
OBSERVER_ID = 1 << 29
ENERGY = 100_000
WRITES_PER_HOUR = 36_000
"""Comets that hop each turn would use up a flash; here they are to."""


def run_once(
    options: HandOffOptions, folder: Path, interruption: Interruption, progress: Progress
) -> tuple[Recording, Path]:
    """The recording, and the air's diary. BoardFailed for a board or a field that fails."""
    diary = folder / "air"
    with Cluster(_plan(options), options.air, options.seed, trace=diary) as cluster:
        run = _Run(options, cluster, progress)
        run.wait_locked()
        run.wait_steady(interruption)
        interruption.patient = True
        run.bear()
        run.listen(interruption)
        run.settle()
    return run.recording(), diary


def _plan(options: HandOffOptions) -> list[NodePlan]:
    chance = random.Random(options.seed)
    return [
        NodePlan(
            number,
            f"board {number}",
            BOARD,
            spread_ppm(number - 1, options.boards, options.ppm),
            trial_phase(chance),
            settings={"writes_per_hour": WRITES_PER_HOUR},
            precedence=options.precedence,
        )
        for number in range(1, options.boards + 1)
    ]


class _Run:
    def __init__(self, options: HandOffOptions, cluster: Cluster, progress: Progress) -> None:
        self._options = options
        self._cluster = cluster
        self._progress = progress
        self._recorder = Recorder(options.seed, cluster.nodes, cluster.clocks)
        self._hops = 0
        self._ended_us = 0
        self._complete = False

    def wait_locked(self) -> None:
        """Until every board has reported, and all are locked."""
        self._wait(
            lambda: self._recorder.running_us is not None, START_DEADLINE_US, "the boards' reports"
        )
        self._wait(lambda: self._recorder.locked, LOCK_DEADLINE_US, "the lock")

    def wait_steady(self, interruption: Interruption) -> None:
        """Until the boards have been up for as long as was asked."""
        running_us = self._recorder.running_us
        assert running_us is not None
        until_us = running_us + round(self._options.after_s * 1e6)
        while true_us() < until_us and not interruption.asked:
            self._hear()
            self._cluster.require_alive()
            self._tell(f"comets in {max(0.0, (until_us - true_us()) / 1e6):.0f} s")

    def bear(self) -> None:
        """Comets spread over the boards and over the circle."""
        air = self._cluster.air.address
        field = Field(("127.0.0.1", 0), air)
        with Observer(field, Station(OBSERVER_ID, 1)) as observer:
            talk = Conversation(observer)
            for number in range(self._options.comets):
                until_s = time.monotonic() + SPAWN_DEADLINE_S
                node_id = number % self._options.boards + 1
                peer = talk.require_node(node_id, until_s, f"air {format_address(air)}")
                theta = number * TURN // self._options.comets
                birth = Birth(Comet.NUMBER, theta, ENERGY, LIFETIME_ENDLESS, None, None, b"")
                born = spawn(talk, peer, birth, until_s)
                if not born.done:
                    raise BoardFailed(born.text)
                self._hear()

    def listen(self, interruption: Interruption) -> None:
        """From the first hop on, until the time is over or a signal comes."""
        self._wait(lambda: self._hops > 0, FIRST_HOP_DEADLINE_US, "the first hop of a comet")
        until_us = true_us() + round(self._options.seconds * 1e6)
        while true_us() < until_us and not interruption.asked:
            self._hear()
            self._cluster.require_alive()
            self._tell(f"{max(0.0, (until_us - true_us()) / 1e6):.0f} s left  {self._hops} hops")
        self._complete = not interruption.asked
        self._ended_us = true_us()

    def settle(self) -> None:
        """Where all were at the end, they say after it."""
        until_us = true_us() + SETTLE_US
        while true_us() < until_us:
            self._hear()
        self._progress.clear()

    def recording(self) -> Recording:
        return self._recorder.recording(self._ended_us, self._complete, [], {}, [])

    def _wait(self, holds: Callable[[], bool], longest_us: int, what: str) -> None:
        end_us = true_us() + longest_us
        while not holds():
            self._hear()
            self._cluster.require_alive()
            if true_us() > end_us:
                complaints = " ".join(self._recorder.complaints) or "nothing that tells why"
                raise BoardFailed(
                    f"{what} did not come within {longest_us / 1e6:.0f} s; "
                    f"the boards said: {complaints}"
                )
            self._tell(f"waiting for {what}")

    def _hear(self) -> None:
        for heard in self._cluster.hear(LOOK_S):
            self._recorder.take(heard.node_id, heard.line, heard.at_us)
            self._hops += " event glyph_arrived " in heard.line
        self._recorder.advance(true_us())

    def _tell(self, text: str) -> None:
        if self._progress.due():
            self._progress.show(text)
