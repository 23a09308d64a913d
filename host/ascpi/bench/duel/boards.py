"""Our side: virtual boards, each in its namespace, with the firmware as it is.

They are seen from their telemetry: (ticks, Θ) pairs, carried to true time by the crystal that each
was given. What they believe of their own error is not looked at.
"""

import queue
import random
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from ascpi import telemetry
from ascpi.bench.duel.contender import Sighting
from ascpi.bench.duel.ethernet import BROADCAST, Ethernet
from ascpi.cluster import spread_ppm
from ascpi.cluster.members import CONNECT_US
from ascpi.cluster.plan import REPORT_MS
from ascpi.virtual import VirtualBoard, VirtualBoardOptions, true_us
from ascpi.virtual.options import RadioOptions
from ascpi_core.ssep import DEFAULT_PORT

LAST_WORDS_LINES = 3


class Boards:
    key = "ascpi"
    name = "ASCπ"

    def __init__(self, peers: int, ppm: float, seed: int) -> None:
        chance = random.Random(seed)
        # Evenly over ±ppm, in an order that the seed decides, as it does the phases.
        self._ppm = [spread_ppm(index, peers, ppm) for index in range(peers)]
        chance.shuffle(self._ppm)
        # A setting of a board has six decimals of a turn.
        self._phases = [chance.randrange(1_000_000) / 1e6 for _ in range(peers)]
        self._boards: dict[int, VirtualBoard] = {}
        self._lines: queue.SimpleQueue[tuple[int, str, int]] = queue.SimpleQueue()
        self._recent: dict[int, list[str]] = {}
        self._stack = ExitStack()

    def start(self, ethernet: Ethernet, folder: Path) -> None:
        for peer, (ppm, phase) in enumerate(zip(self._ppm, self._phases, strict=True), start=1):
            board = VirtualBoard(
                VirtualBoardOptions(
                    node_id=peer,
                    flash=folder / f"board-{peer}",
                    bind=f"0.0.0.0:{DEFAULT_PORT}",
                    broadcast=f"{BROADCAST}:{DEFAULT_PORT}",
                    ppm=ppm,
                    phase=phase,
                    settings={"report_ms": REPORT_MS},
                    radio=RadioOptions(connect_us=CONNECT_US),
                    command_prefix=ethernet.inside(peer),
                )
            )
            board.on_line(partial(self._take, peer))
            self._boards[peer] = board
            self._stack.callback(board.stop)
            board.start()

    def hear(self, longest_s: float) -> list[Sighting]:
        seen: list[Sighting] = []
        end_s = time.monotonic() + longest_s
        wait_s = max(0.0, longest_s)
        while True:
            try:
                peer, line, at_us = self._lines.get(timeout=wait_s)
            except queue.Empty:
                return seen
            sighting = self._look(peer, line, at_us)
            if sighting is not None:
                seen.append(sighting)
            wait_s = 0.0 if seen else max(0.0, end_s - time.monotonic())

    def now_us(self) -> int:
        return true_us()

    def last_words(self, peer: int) -> str:
        return " / ".join(self._recent.get(peer, ())) or "nothing"

    def stop(self) -> None:
        self._stack.close()

    def _take(self, peer: int, line: str, at_us: int) -> None:
        self._lines.put((peer, line, at_us))

    def _look(self, peer: int, line: str, at_us: int) -> Sighting | None:
        said = telemetry.parse(line)
        if not isinstance(said, telemetry.Report):
            recent = self._recent.setdefault(peer, [])
            recent.append(line.strip())
            del recent[:-LAST_WORDS_LINES]
            return None
        seen_us = self._boards[peer].crystal.true_us(said.ticks, at_us)
        up_us = seen_us - said.up_ms * 1000
        return Sighting(peer, seen_us, up_us, said.theta, said.peers, said.epoch)
