"""Boards side by side: how much longer do several take than one?

Each run is the command itself, `ascpi flash`, from its start to its end: MicroPython and the
program onto stand-ins with an erased flash, verified, started, and heard. What the stand-ins cost,
a ROM loader each and then the real MicroPython, counts on both sides. Their lines have no baud
rate: on a real one the wire takes most of the time, and boards do not share it.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ascpi.bench.progress import Progress
from ascpi.bench.row import Row, report, show
from ascpi.errors import AscpiError
from ascpi.flash.chips import CHIPS
from ascpi.flash.releases import CACHE_VARIABLE
from ascpi.flash.secrets import PASSWORD_VARIABLE
from ascpi.flash.stand_in import StandIn, require_stand_in
from ascpi.flash.stand_in.synthetic import USUAL_BYTES, synthetic_image

SUMMARY = "flashing boards side by side: the time of several against that of one"

# Six boards on two cores; one after the other they would take six times as long.
RATIO_MOST = 2.0
BOARDS_MOST = 16
DEADLINE_S = 120.0
NETWORK = "bench"
POLL_US = 10_000
PASSWORD = "not a secret"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--boards", type=int, default=6, metavar="N", help="side by side (default: 6)")
    add("--runs", type=int, default=5, metavar="N", help="of which the median is (default: 5)")
    add("--chip", choices=tuple(CHIPS), default="esp32", help="of all boards (default: esp32)")
    add(
        "--bytes",
        type=int,
        default=USUAL_BYTES,
        metavar="N",
        help=f"of the MicroPython image (default: {USUAL_BYTES})",
    )


def run(arguments: argparse.Namespace) -> tuple[dict[str, object], bool]:
    if not 2 <= arguments.boards <= BOARDS_MOST:
        raise AscpiError(f"--boards {arguments.boards}: give 2 to {BOARDS_MOST}")
    if arguments.runs < 1:
        raise AscpiError(f"--runs {arguments.runs} measures nothing")
    require_stand_in()
    rows = measure(arguments, Progress(arguments.plain))
    show(rows, arguments.plain)
    result = report(rows)
    for name in ("boards", "runs", "chip", "bytes"):
        result[name] = getattr(arguments, name)
    result["processors"] = os.cpu_count()
    return result, all(row.passed for row in rows)


def measure(arguments: argparse.Namespace, progress: Progress) -> list[Row]:
    boards = arguments.boards
    ones: list[float] = []
    manies: list[float] = []
    with tempfile.TemporaryDirectory(prefix="ascpi-bench-") as name:
        folder = Path(name)
        image = folder / "image.bin"
        image.write_bytes(synthetic_image(CHIPS[arguments.chip], arguments.bytes))
        for number in range(arguments.runs):
            progress.show(f"run {number + 1} of {arguments.runs}: one board, then {boards}")
            for count, seconds in ((1, ones), (boards, manies)):
                with plugged_in(folder / f"{number}-{count}", arguments.chip, count) as ports:
                    seconds.append(flash(ports, image, folder))
    progress.clear()
    ratios = tuple(many / one for one, many in zip(ones, manies, strict=True))
    return [
        Row("one_s", "one board: the whole command, in s", tuple(ones)),
        Row("all_s", f"{boards} boards side by side, in s", tuple(manies)),
        Row("parallel_ratio", f"{boards} boards against one", ratios, RATIO_MOST),
    ]


@contextmanager
def plugged_in(folder: Path, chip: str, count: int) -> Iterator[list[str]]:
    """The ports of so many new stand-ins, each ready."""
    boards = [StandIn(folder / str(number), chip, number) for number in range(1, count + 1)]
    with ExitStack() as stack:
        for board in boards:
            board.start()
            stack.callback(board.stop)
        for board in boards:
            board.wait_for("loader")
        yield [board.port for board in boards]


def flash(ports: Sequence[str], image: Path, folder: Path) -> float:
    """The seconds that `ascpi flash` takes for these boards. AscpiError if one fails."""
    words = [sys.executable, "-m", "ascpi", "flash", "--plain", "--image", str(image)]
    # A real board looks for packets with a processor of its own: those here share ours.
    words += ["--ssid", NETWORK, "--set", f"poll_us={POLL_US}"]
    for port in ports:
        words += ["--port", port]
    variables = {CACHE_VARIABLE: str(folder / "cache"), PASSWORD_VARIABLE: PASSWORD}
    began_s = time.monotonic()
    done = subprocess.run(
        words,
        env={**os.environ, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
    seconds = time.monotonic() - began_s
    if done.returncode != 0:
        raise AscpiError(f"`ascpi flash` failed: {(done.stdout + done.stderr).strip()}")
    return seconds
