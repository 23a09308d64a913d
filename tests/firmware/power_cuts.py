"""`python -m tests.firmware.power_cuts`: power cuts in the midst of hand-offs, on virtual boards.

Three boards in the `wifi` air hand comets round and counters on. Again and again one of them loses
its power (SIGKILL) at a step of a hand-off, and comes back with its flash as it was. At the end
every glyph must be there exactly once and run, and all ledgers must balance. The steps are taken
in turn: four by what is heard on the air, the others as soon as a record is in a journal.
"""

import argparse
import json
import queue
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ascpi.cli import guarded
from ascpi.files import require_writable
from ascpi_core.glyphs.glyph import glyph_name
from ascpi_core.glyphs.lifecycle import RECORD_COMMITTED
from ascpi_core.glyphs.messages import Message
from ascpi_core.ssep import KIND_ACCEPT, KIND_COMMIT, KIND_DONE, KIND_OFFER
from tests.firmware.bench import Bench, await_report, reports
from tests.firmware.commander import Commander
from tests.firmware.cuts import SENDER, STEPS, Cut, Findings, Step, document, table
from tests.firmware.journals import JournalWatch, held, standing_of

BOARDS = (1, 2, 3)
PPM = {1: -20.0, 2: 5.0, 3: 30.0}
COMMANDER = 90
CALMER = 91
COMET = 4
COUNTER = 5
COMETS = 3
COUNTERS = 3
ENERGY = 100_000
SETTINGS = {"report_ms": 200, "writes_per_hour": 36_000}
# A board comes back, locks, and all are calm for 5 s before anything moves again.
STEP_DEADLINE_S = 60.0
SETTLE_DEADLINE_S = 60.0
LONGEST_PAUSE_S = 1.5
QUIET_S = 2.0
RUNS_S = 4.0


@dataclass(frozen=True)
class Seen:
    """Something of a hand-off that was heard or found: by whom to whom, and of which glyph."""

    packet: int
    written: int
    sender: int
    receiver: int
    glyph: str


class Field:
    """The boards, who gives them their glyphs, and what is seen of their hand-offs."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.bench = Bench(folder, "wifi")
        self.chance = random.Random(seed)
        self.seen: queue.SimpleQueue[Seen] = queue.SimpleQueue()
        self.commander = Commander(COMMANDER, self.bench.air.address)
        self.commander.on_packet = self._heard
        self.flashes = {node_id: self.bench.options(node_id).flash for node_id in BOARDS}
        self._watch = JournalWatch(self.flashes, self._written)
        self.glyphs: list[str] = []

    def __enter__(self) -> "Field":
        for node_id in BOARDS:
            self.bench.board(
                node_id,
                ppm=PPM[node_id],
                phase=self.chance.random(),
                settings=SETTINGS,
            )
        self.commander.__enter__()
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._watch.stop()
        self.commander.__exit__(None, None, None)
        self.bench.close()

    def populate(self) -> None:
        """Comets and counters, spread over the turn and the boards."""
        for number in range(COMETS + COUNTERS):
            kind = COMET if number < COMETS else COUNTER
            theta = (number + 0.5) / (COMETS + COUNTERS)
            to = BOARDS[number % len(BOARDS)]
            self.glyphs.append(self.commander.spawn(to, kind, theta, ENERGY))

    def cut(self, step: Step) -> Cut:
        """Wait for this step of any hand-off, and cut one's power."""
        while not self.seen.empty():
            self.seen.get()
        end_s = time.monotonic() + STEP_DEADLINE_S
        while True:
            found = self.seen.get(timeout=max(0.001, end_s - time.monotonic()))
            hit = found.packet == step.packet if step.packet else found.written == step.written
            victim = found.sender if step.victim == SENDER else found.receiver
            if hit and victim in self.flashes:
                break
        self.bench.boards[victim].kill()
        on_flash = standing_of(self.flashes[victim], found.glyph)
        cut = Cut(step, victim, on_flash)
        pause = self.chance.random() * LONGEST_PAUSE_S
        time.sleep(pause)
        began_s = time.monotonic()
        self.bench.boards[victim].restart()
        lines = self.bench.lines[victim]
        before = max(report.epoch for report in reports(lines))
        await_report(
            lines,
            lambda report: report.epoch > before and report.state == "locked",
            f"board {victim} is locked again",
            STEP_DEADLINE_S,
        )
        cut.back_s = time.monotonic() - began_s
        return cut

    def settle(self, findings: Findings) -> None:
        """A node that comes new makes all restless for 5 s: what moves arrives, and nothing more
        is moved; so all can be counted."""
        for node_id in BOARDS:
            await_report(
                self.bench.lines[node_id],
                lambda report: report.words["stable"] == "stable",
                f"board {node_id} is calm",
                SETTLE_DEADLINE_S,
            )
        with Commander(CALMER, self.bench.air.address):
            for node_id in BOARDS:
                await_report(
                    self.bench.lines[node_id],
                    lambda report: report.words["stable"] == "restless",
                    f"board {node_id} notices the newcomer",
                )
            time.sleep(QUIET_S)
            self._count(findings)

    def _heard(self, message: Message) -> None:
        kind = message.message_kind
        if kind in (KIND_OFFER, KIND_COMMIT):
            sender, receiver = message.node_id, message.to
        elif kind in (KIND_ACCEPT, KIND_DONE):
            sender, receiver = message.to, message.node_id
        else:
            return
        named = kind in (KIND_OFFER, KIND_ACCEPT)
        glyph = glyph_name(message.birth_node, message.birth_count) if named else ""
        self.seen.put(Seen(kind, 0, sender, receiver, glyph))

    def _written(self, node_id: int, kind: int, peer: int, glyph: str) -> None:
        sender, receiver = (node_id, peer) if kind == RECORD_COMMITTED else (peer, node_id)
        self.seen.put(Seen(0, kind, sender, receiver, glyph))

    def _count(self, findings: Findings) -> None:
        wrong = findings.wrong
        found: dict[str, list[int]] = {glyph: [] for glyph in self.glyphs}
        for node_id in BOARDS:
            for glyph in held(self.flashes[node_id]):
                found.setdefault(glyph, []).append(node_id)
        wrong += [
            f"{glyph} is on {nodes or 'no board'}"
            for glyph, nodes in found.items()
            if len(nodes) != 1
        ]
        last = [reports(self.bench.lines[node_id])[-1] for node_id in BOARDS]
        words = ("glyphs", "energy", "born", "received", "spent", "sent_energy")
        sums = {word: sum(int(report.words[word]) for report in last) for word in words}
        findings.sums = sums
        if sums["glyphs"] != len(self.glyphs):
            wrong.append(f"the boards tell of {sums['glyphs']} glyphs, and {len(self.glyphs)} are")
        if sums["born"] != ENERGY * len(self.glyphs) or sums["born"] != (
            sums["energy"] + sums["spent"]
        ):
            wrong.append(f"energy is not conserved: {sums}")
        if sums["received"] != sums["sent_energy"]:
            wrong.append(f"what was sent was not received: {sums}")
        time.sleep(RUNS_S)
        for node_id, report in zip(BOARDS, last, strict=True):
            now = reports(self.bench.lines[node_id])[-1]
            ran = int(now.words["spent"]) - int(report.words["spent"])
            turns = (now.up_ms - report.up_ms) // 1000
            if ran < int(report.words["glyphs"]) * (turns - 1):
                wrong.append(f"board {node_id}: {ran} steps in {turns} turns, {report.words}")

    def judge_ledgers(self, findings: Findings) -> None:
        """In every report of the whole run: born + received = held + spent + sent."""
        for node_id in BOARDS:
            for report in reports(self.bench.lines[node_id]):
                word = {name: int(report.words[name]) for name in _LEDGER}
                if word["born"] + word["received"] != (
                    word["energy"] + word["spent"] + word["sent_energy"]
                ):
                    findings.wrong.append(f"board {node_id} at {report.up_ms} ms: {word}")


_LEDGER = ("born", "received", "energy", "spent", "sent_energy")


def run(
    times: int,
    seed: int,
    folder: Path,
    progress: bool = True,
    steps: Sequence[Step] = STEPS,
) -> Findings:
    """So many cuts, at these steps in turn."""
    findings = Findings(seed)
    with Field(folder, seed) as boards:
        boards.populate()
        for number in range(times):
            cut = boards.cut(steps[number % len(steps)])
            findings.cuts.append(cut)
            if progress:
                print(
                    f"{number + 1:>3} of {times}: {cut.step.name}, board {cut.board} "
                    f"({cut.step.victim}): {cut.on_flash}; locked again in {cut.back_s:.1f} s",
                    flush=True,
                )
        boards.settle(findings)
        boards.judge_ledgers(findings)
    return findings


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.firmware.power_cuts")
    parser.add_argument("--times", type=int, default=50, metavar="N", help="cuts (default: 50)")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there")
    arguments = parser.parse_args(words)
    require_writable(arguments.json)
    with tempfile.TemporaryDirectory(prefix="ascpi-cuts-") as folder:
        findings = run(arguments.times, arguments.seed, Path(folder))
    print("\n".join(table(findings)))
    print(" ".join(f"{word}={value}" for word, value in findings.sums.items()))
    for sentence in findings.wrong:
        print(sentence)
    print(f"{len(findings.cuts)} power cuts, seed {findings.seed}: {len(findings.wrong)} wrong")
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(document(findings), indent=2) + "\n", "utf-8")
    return 1 if findings.wrong else 0


if __name__ == "__main__":
    sys.exit(guarded(main))
