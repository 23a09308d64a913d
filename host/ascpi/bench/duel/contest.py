"""All runs: for each seed ours, then Link's, so that both see the machine as it is just then."""

from collections.abc import Sequence
from functools import partial

from ascpi.bench.duel.boards import Boards
from ascpi.bench.duel.bout import Rules, fight
from ascpi.bench.duel.contender import Contender
from ascpi.bench.duel.figures import run_figures
from ascpi.bench.duel.links import LinkPeers
from ascpi.bench.duel.outcome import Fought, Side, run_line
from ascpi.bench.duel.recording import US_PER_TURN, Recorder
from ascpi.bench.progress import Progress
from ascpi.virtual.runtime import find_micropython

# What a run takes besides its own time, to say how long all will take.
BESIDE_S = 2.0


class Contest:
    def __init__(self, rules: Rules, seeds: Sequence[int], ppm: float, progress: Progress) -> None:
        self._rules = rules
        self._seeds = seeds
        self._ppm = ppm
        self._progress = progress
        self._clock_ahead_us: int | None = None

    def hold(self, link_version: str) -> tuple[Side, Side]:
        """(ours, Link's). Says how far it is all the while, and each run's end."""
        minutes = 2 * len(self._seeds) * (self._rules.seconds + BESIDE_S) / 60
        print(
            f"{len(self._seeds)} runs of {self._rules.seconds:g} s on each side, "
            f"about {minutes:.0f} min in all",
            flush=True,
        )
        ours: list[Fought] = []
        theirs: list[Fought] = []
        for seed in self._seeds:
            ours.append(self._fought(Boards(self._rules.peers, self._ppm, seed), seed))
            link = LinkPeers(self._rules.peers)
            theirs.append(self._fought(link, seed))
            if self._clock_ahead_us is None:
                self._clock_ahead_us = link.clock_ahead_us
        return (
            Side(Boards.key, Boards.name, ours, {"micropython": find_micropython().version}),
            Side(
                LinkPeers.key,
                LinkPeers.name,
                theirs,
                {
                    "linkpython_extern": link_version,
                    "clock": "one for all peers: no crystal error",
                    "clock_ahead_of_monotonic_us": self._clock_ahead_us,
                },
            ),
        )

    def _fought(self, contender: Contender, seed: int) -> Fought:
        name = f"seed {seed}, {contender.name}"
        bout = fight(contender, self._rules, seed, partial(self._watch, name))
        figures = run_figures(
            seed, bout.recording, self._rules.after_s, bout.whole_run, bout.after
        )
        self._progress.clear()
        print(f"{name}: {run_line(figures)}", flush=True)
        peers = () if figures.succeeded else range(1, self._rules.peers + 1)
        words = {peer: contender.last_words(peer) for peer in peers}
        return Fought(figures, bout.recording, bout.switch, words)

    def _watch(self, name: str, elapsed_s: float | None, recorder: Recorder) -> None:
        if not self._progress.due():
            return
        latest = recorder.latest
        if elapsed_s is None or latest is None:
            self._progress.show(f"{name}: starting")
            return
        word = "one" if recorder.is_one(latest) else "not one"
        self._progress.show(
            f"{name}: {elapsed_s:.0f} of {self._rules.seconds:g} s, {word}, "
            f"worst {latest.worst * US_PER_TURN:,.0f} µs"
        )
