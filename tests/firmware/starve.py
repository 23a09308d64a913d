"""`python -m tests.firmware.starve`: a board whose memory ends, now here and now there.

Boots a virtual board again and again, each time with a little more heap, so that each time another
allocation is the one that fails: while a file is loaded, while the node is made, as a glyph is
born, in the middle of a report. Whatever fails, the board must come to rest: it runs, with glyphs
or without, or it waits at the REPL and has said why. It must not restart for ever, and not be
silent. Ends with 1 if one does.
"""

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from ascpi.cli import guarded
from ascpi.files import require_writable
from ascpi.telemetry import Report, parse
from ascpi.virtual import VirtualBoard, VirtualBoardOptions
from tests.virtual.lab import Lines

RUNS = "runs"
POORER = "runs without glyphs"
WAITS = "waits at the REPL"
SILENT = "is silent"
LOOPS = "restarts for ever"
WRONG = (SILENT, LOOPS)

KIB = 1024
FEWEST_KIB = 120
MOST_KIB = 300
STEP_KIB = 2
DEADLINE_S = 60.0
STEADY_REPORTS = 15
"""So many of one boot: 1.5 s."""
BOOTS_MOST = 8
"""Three until safe mode, three until the REPL, and two."""


@dataclass(frozen=True)
class Trial:
    """What became of a board with so much memory."""

    heap_bytes: int
    end: str
    boots: int
    said: str


def starve(folder: Path, heap_bytes: int) -> Trial:
    """Boot a board and see what becomes of it."""
    options = VirtualBoardOptions(
        7, folder / str(heap_bytes), settings={"report_ms": 100}, heap_bytes=heap_bytes
    )
    board = VirtualBoard(options)
    lines = Lines(board)
    end, said = SILENT, ""
    with board:
        deadline_s = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline_s and end == SILENT:
            time.sleep(0.05)
            end, said = verdict(list(lines.seen), len(board.reset_causes))
        return Trial(heap_bytes, end, len(board.reset_causes), said)


def verdict(lines: Sequence[str], boots: int) -> tuple[str, str]:
    """What a board that said these lines has come to; SILENT while nobody knows."""
    said = next((line for line in reversed(lines) if "rror" in line and "report" not in line), "")
    if boots > BOOTS_MOST:
        return LOOPS, said
    reports = [line for text in lines if isinstance(line := parse(text), Report)]
    last = [report for report in reports if reports and report.epoch == reports[-1].epoch]
    if len(last) >= STEADY_REPORTS:
        return (RUNS if "glyphs" in last[-1].words else POORER), said
    if lines and lines[-1].startswith(("MicroPython ", 'Type "help()"')) and said:
        return WAITS, said
    return SILENT, said


def main(given: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.firmware.starve")
    parser.add_argument("--from", dest="fewest", type=int, default=FEWEST_KIB, metavar="KIB")
    parser.add_argument("--to", dest="most", type=int, default=MOST_KIB, metavar="KIB")
    parser.add_argument("--step", type=int, default=STEP_KIB, metavar="KIB")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there")
    arguments = parser.parse_args(given)
    require_writable(arguments.json)
    trials = []
    with tempfile.TemporaryDirectory() as name:
        for kib in range(arguments.fewest, arguments.most + 1, arguments.step):
            trial = starve(Path(name), kib * KIB)
            trials.append(trial)
            print(
                f"{kib:>6} KiB: {trial.end}, {trial.boots} boots  {trial.said[:110]}", flush=True
            )
    counts = Counter(trial.end for trial in trials)
    print("; ".join(f"{count} {end}" for end, count in counts.items()))
    if arguments.json is not None:
        document = {"trials": [asdict(trial) for trial in trials], "counts": counts}
        arguments.json.write_text(json.dumps(document, indent=2) + "\n", "utf-8")
    return 1 if any(counts[end] for end in WRONG) else 0


if __name__ == "__main__":
    sys.exit(guarded(main))
