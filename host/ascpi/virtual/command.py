"""`ascpi board`: one virtual board, until Ctrl-C."""

import argparse
import json
import queue
import signal
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from ascpi.errors import BoardFailed, BoardOptionError
from ascpi.virtual.board import VirtualBoard
from ascpi.virtual.options import VirtualBoardOptions
from ascpi.virtual.runtime import find_micropython
from ascpi_core.ssep import DEFAULT_PORT

POLL_S = 0.1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--id", type=int, default=1, metavar="N", help="the node's id (default: 1)")
    add("--bind", default="127.0.0.1:0", metavar="ADDR[:PORT]", help="its own address")
    add(
        "--broadcast",
        default=f"127.255.255.255:{DEFAULT_PORT}",
        metavar="ADDR[:PORT]",
        help="where it sends every packet: a broadcast address, or the air's",
    )
    add("--ppm", type=float, default=0.0, metavar="X", help="its crystal's error, + is fast")
    add("--phase", type=float, default=0.0, metavar="P", help="its first phase, in turns")
    add("--edges", type=Path, metavar="FILE", help="write what its pins do to this file")
    add("--seconds", type=float, metavar="S", help="end after so long (default: on Ctrl-C)")
    add("--flash", type=Path, metavar="DIR", help="its flash, a folder (default: a new one)")
    add("--serial", type=Path, metavar="LINK", help="a link to its serial port")
    add("--report-ms", type=int, metavar="N", help="how often it reports")
    add("--ticks-start", type=int, default=0, metavar="N", help="its ticks at power-on")
    add("--json", type=Path, metavar="F", help="at the end, write what was to a file")


def parse(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="ascpi board")
    add_arguments(parser)
    return parser.parse_args(words)


def run(arguments: argparse.Namespace) -> int:
    # First, as without it no other advice is of use.
    find_micropython()
    with _flash_folder(arguments.flash) as flash, _ending_on_signals() as ending:
        board = VirtualBoard(_options(arguments, flash))
        # No SimpleQueue, whose timed get may outlast a signal for ever (CPython 3.11).
        lines: queue.Queue[str] = queue.Queue()
        board.on_line(lambda line, _: lines.put(line))
        with board:
            print(f"serial port: {board.serial_path}", flush=True)
            counts = _follow(board, lines, ending, arguments.seconds)
            if arguments.json is not None:
                _write_summary(arguments.json, board, counts)
    return 0


def _options(arguments: argparse.Namespace, flash: Path) -> VirtualBoardOptions:
    settings: dict[str, object] = {}
    if arguments.report_ms is not None:
        settings["report_ms"] = arguments.report_ms
    return VirtualBoardOptions(
        node_id=arguments.id,
        flash=flash,
        bind=arguments.bind,
        broadcast=arguments.broadcast,
        ppm=arguments.ppm,
        phase=arguments.phase,
        edges=arguments.edges,
        serial_link=arguments.serial,
        ticks_start=arguments.ticks_start,
        settings=settings,
    )


def _follow(
    board: VirtualBoard,
    lines: queue.Queue[str],
    ending: threading.Event,
    seconds: float | None,
) -> Counter[str]:
    """Print the board's lines until it is time to end; how many there were of each kind."""
    counts: Counter[str] = Counter()
    end_s = None if seconds is None else time.monotonic() + seconds
    board.wait_running()
    while not ending.is_set() and (end_s is None or time.monotonic() < end_s):
        if board.failure:
            raise BoardFailed(f"board {board.options.node_id} failed: {board.failure}")
        try:
            line = lines.get(timeout=POLL_S)
        except queue.Empty:
            continue
        print(line, flush=True)
        words = line.split(maxsplit=2)
        counts[words[1] if words[:1] == ["ASCPI"] and len(words) > 1 else "other"] += 1
    return counts


def _write_summary(path: Path, board: VirtualBoard, counts: Counter[str]) -> None:
    summary = {
        "id": board.options.node_id,
        "serial": board.serial_path,
        "ppb": board.options.ppb,
        "reset_causes": list(board.reset_causes),
        "lines": dict(counts),
        **board.counters(),
    }
    try:
        path.write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise BoardOptionError(
            f"the summary {path} cannot be written ({error.strerror}): name another file"
        ) from None


@contextmanager
def _flash_folder(chosen: Path | None) -> Iterator[Path]:
    if chosen is not None:
        yield chosen
        return
    with tempfile.TemporaryDirectory(prefix="ascpi-board-") as folder:
        yield Path(folder) / "flash"


@contextmanager
def _ending_on_signals() -> Iterator[threading.Event]:
    """Ctrl-C and SIGTERM set the event, so that the board is switched off in an orderly way."""
    ending = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        ending.set()

    if threading.current_thread() is not threading.main_thread():
        yield ending
        return
    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield ending
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
