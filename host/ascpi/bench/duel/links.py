"""The other side: Ableton Link's peers, each a process in its namespace.

They all read the same clock, this machine's: to Link their crystals have no error at all, which is
in its favour. True time is that clock, CLOCK_MONOTONIC_RAW on Linux: it is not steered by NTP, as
CLOCK_MONOTONIC is, and the two drift apart, but nothing here compares them.
"""

import queue
import subprocess
import sys
import threading
import time
from collections import deque
from pathlib import Path

from ascpi.bench.duel.contender import Sighting
from ascpi.bench.duel.ethernet import Ethernet
from ascpi.bench.duel.recording import GRID_US
from ascpi.errors import AscpiError

PEER_SCRIPT = Path(__file__).with_name("link_peer.py")
STOP_DEADLINE_S = 5.0
LAST_WORDS_LINES = 3


class LinkPeers:
    key = "link"
    name = "Ableton Link"

    def __init__(self, peers: int) -> None:
        self._count = peers
        self._processes: dict[int, subprocess.Popen[str]] = {}
        self._readers: list[threading.Thread] = []
        self._lines: queue.SimpleQueue[tuple[int, str]] = queue.SimpleQueue()
        self._recent: dict[int, deque[str]] = {}
        self._up_us: dict[int, int] = {}
        # Link's clock minus CLOCK_MONOTONIC, as the first peer found it.
        self.clock_ahead_us: int | None = None

    def start(self, ethernet: Ethernet, folder: Path) -> None:
        for peer in range(1, self._count + 1):
            process = subprocess.Popen(
                [*ethernet.inside(peer), sys.executable, str(PEER_SCRIPT), str(GRID_US)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                errors="replace",
                cwd=folder,
                # A Ctrl-C is for the command, which then stops them.
                start_new_session=True,
            )
            self._processes[peer] = process
            self._recent[peer] = deque(maxlen=LAST_WORDS_LINES)
            reader = threading.Thread(target=self._read, args=(peer, process), daemon=True)
            self._readers.append(reader)
            reader.start()

    def hear(self, longest_s: float) -> list[Sighting]:
        seen: list[Sighting] = []
        end_s = time.monotonic() + longest_s
        wait_s = max(0.0, longest_s)
        while True:
            try:
                peer, line = self._lines.get(timeout=wait_s)
            except queue.Empty:
                self._require_alive()
                return seen
            sighting = self._look(peer, line)
            if sighting is not None:
                seen.append(sighting)
            wait_s = 0.0 if seen else max(0.0, end_s - time.monotonic())

    def now_us(self) -> int:
        return time.monotonic_ns() // 1000 + (self.clock_ahead_us or 0)

    def last_words(self, peer: int) -> str:
        return " / ".join(self._recent.get(peer, ())) or "nothing"

    def stop(self) -> None:
        for process in self._processes.values():
            assert process.stdin is not None
            process.stdin.close()
        deadline_s = time.monotonic() + STOP_DEADLINE_S
        for process in self._processes.values():
            try:
                process.wait(max(0.0, deadline_s - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for reader in self._readers:
            reader.join(STOP_DEADLINE_S)
        self._processes.clear()

    def _require_alive(self) -> None:
        for peer, process in self._processes.items():
            if process.poll() is not None:
                raise AscpiError(
                    f"Link's peer {peer} has ended with {process.returncode}: "
                    f"{self.last_words(peer)}"
                )

    def _read(self, peer: int, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                self._lines.put((peer, line))

    def _look(self, peer: int, line: str) -> Sighting | None:
        match line.split():
            case ["phase", link_us, phase, others] if peer in self._up_us:
                up_us = self._up_us[peer]
                return Sighting(peer, int(link_us), up_us, float(phase), int(others))
            case ["start", link_us, monotonic_us]:
                self._up_us[peer] = int(link_us)
                if self.clock_ahead_us is None:
                    self.clock_ahead_us = int(link_us) - int(monotonic_us)
            case _:
                self._recent[peer].append(line.strip())
        return None
