"""One run: boards and air are started, heard, and stopped, whatever happens."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

from ascpi.bench import usage
from ascpi.bench.lock.options import Kill, LockOptions
from ascpi.bench.lock.plan import plan
from ascpi.bench.lock.recorder import Recorder
from ascpi.bench.lock.recording import US_PER_TURN, Recording
from ascpi.bench.progress import Progress
from ascpi.cluster import Cluster
from ascpi.errors import BoardFailed
from ascpi.interruption import Interruption
from ascpi.virtual import EdgeReader, true_us

# Sixteen boards on one busy processor boot in less.
START_DEADLINE_US = 20_000_000
# At the end: until the last reports are in that say where everyone was.
SETTLE_US = 1_300_000
# Reports of a node are kept for a second at the least, and looked at well before that.
LOOK_S = 0.1
EDGES_US = 200_000
USAGE_US = 1_000_000


def run_once(
    options: LockOptions, seed: int, interruption: Interruption, progress: Progress, title: str
) -> Recording:
    """May end early: then the recording is not `complete`.

    Raises BoardFailed for a board that says nothing, KeyboardInterrupt before all have spoken.
    """
    with Cluster(plan(options, seed), options.air, seed) as cluster:
        run = _Run(options, seed, cluster, progress, title)
        run.wait_running()
        # From here on there is something to keep.
        interruption.patient = True
        run.listen(interruption)
        run.settle()
        notes = run.notes()
    return run.recording(cluster.air.stats, notes)


class _Run:
    def __init__(
        self, options: LockOptions, seed: int, cluster: Cluster, progress: Progress, title: str
    ) -> None:
        self._options = options
        self._cluster = cluster
        self._progress = progress
        self._title = title
        self._recorder = Recorder(seed, cluster.nodes, cluster.clocks, options.kill)
        self._readers = {
            node.node_id: EdgeReader(cluster.edges(node.node_id)) for node in cluster.nodes
        }
        self._edges_read_us = 0
        self._usage: list[usage.Sample] = []
        self._ended_us = 0
        self._complete = False
        self._power: list[tuple[int, bool]] = []

    def wait_running(self) -> None:
        """Until every board has reported."""
        end_us = true_us() + START_DEADLINE_US
        while self._recorder.running_us is None:
            self._hear()
            self._require_alive()
            if true_us() > end_us:
                raise BoardFailed(self._silence())
            self._tell(f"boards still to come up: {len(self._recorder.silent)}")
        self._progress.clear()

    def listen(self, interruption: Interruption) -> None:
        """Until the time is over, or a signal comes."""
        running_us = self._recorder.running_us
        assert running_us is not None
        until_us = running_us + round(self._options.seconds * 1e6)
        self._power = _schedule(self._options.kill, running_us)
        while (now_us := true_us()) < until_us and not interruption.asked:
            self._switch_power(now_us)
            self._hear()
            self._require_alive()
            self._measure_usage()
            self._tell(f"{max(0.0, (until_us - true_us()) / 1e6):.0f} s left  {self._state()}")
        self._ended_us = min(until_us, true_us())
        self._complete = true_us() >= until_us

    def settle(self) -> None:
        """Where all were at the end, they say after it."""
        until_us = self._ended_us + SETTLE_US
        while true_us() < until_us:
            latest = self._recorder.latest
            if latest is not None and latest.true_us >= self._ended_us:
                break
            self._hear()
        self._read_edges(everything=True)
        self._recorder.advance(true_us())
        self._progress.clear()

    def notes(self) -> list[str]:
        """What should not have happened, as long as the boards are there to tell."""
        found = []
        planned = sum(1 for _, on in _schedule(self._options.kill, 0) if on)
        for node in self._cluster.nodes:
            board = self._cluster.board(node.node_id)
            expected = 1
            if self._options.kill is not None and self._options.kill.node_id == node.node_id:
                expected += planned
            unasked = len(board.reset_causes) - expected
            if unasked > 0:
                found.append(f"board {node.node_id} restarted {unasked} times by itself")
            if self._options.precedence and not board.has_precedence:
                found.append(
                    f"board {node.node_id} ran as an ordinary process: whatever else this "
                    "computer does is in its figures (root could give it precedence)"
                )
            lost = board.counters()["dropped_datagrams"]
            if lost:
                found.append(f"board {node.node_id} read too late and lost {lost} packets")
        return found

    def recording(self, relay: Mapping[str, Any], notes: Sequence[str]) -> Recording:
        return self._recorder.recording(self._ended_us, self._complete, self._usage, relay, notes)

    def _hear(self) -> None:
        for heard in self._cluster.hear(LOOK_S):
            self._recorder.take(heard.node_id, heard.line, heard.at_us)
        self._read_edges()
        self._recorder.advance(true_us())

    def _read_edges(self, everything: bool = False) -> None:
        now_us = true_us()
        if not everything and now_us - self._edges_read_us < EDGES_US:
            return
        self._edges_read_us = now_us
        for node_id, reader in self._readers.items():
            self._recorder.take_edges(node_id, reader.read_edges())

    def _measure_usage(self) -> None:
        now_us = true_us()
        if self._usage and now_us - self._usage[-1].true_us < USAGE_US:
            return
        pids: dict[str, int | None] = {
            str(node.node_id): self._cluster.board(node.node_id).pid
            for node in self._cluster.nodes
        }
        self._usage.append(
            usage.sample(now_us, {**pids, "relay": self._cluster.air.pid, "host": os.getpid()})
        )

    def _switch_power(self, now_us: int) -> None:
        kill = self._options.kill
        if kill is None or not self._power or now_us < self._power[0][0]:
            return
        _, on = self._power.pop(0)
        board = self._cluster.board(kill.node_id)
        if on:
            board.restart()
            self._recorder.restarted(true_us())
        else:
            self._recorder.killed(true_us())
            board.kill()

    def _require_alive(self) -> None:
        self._cluster.require_alive()
        for node in self._cluster.nodes:
            failure = self._cluster.board(node.node_id).failure
            if failure:
                raise BoardFailed(f"board {node.node_id} only crashes. It said: {failure}")

    def _silence(self) -> str:
        silent = ", ".join(str(node_id) for node_id in self._recorder.silent)
        words = " ".join(self._recorder.complaints) or "nothing that tells why"
        return (
            f"no report of board {silent} within {START_DEADLINE_US / 1e6:.0f} s; "
            f"the boards said: {words}"
        )

    def _state(self) -> str:
        latest = self._recorder.latest
        if latest is None or not latest.deviations:
            return "nothing is certain yet"
        values = latest.deviations.values()
        spread_us = (max(values) - min(values)) * US_PER_TURN
        word = "locked" if self._recorder.locked else "not locked"
        missing = f"  {len(latest.missing)} missing" if latest.missing else ""
        return f"C {latest.coherence:.4f}  spread {spread_us:.0f} µs  {word}{missing}"

    def _tell(self, text: str) -> None:
        if self._progress.due():
            self._progress.show(f"{self._title}  {text}")


def _schedule(kill: Kill | None, running_us: int) -> list[tuple[int, bool]]:
    """(when, power on or off)"""
    if kill is None:
        return []
    off_us = running_us + round(kill.at_s * 1e6)
    return [(off_us, False), (off_us + round(kill.down_s * 1e6), True)]
