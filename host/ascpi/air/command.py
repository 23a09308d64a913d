"""`ascpi air`: run the relay until it is told to stop.

The first line on stdout tells where it listens: {"air": "127.0.0.1:PORT", "preset": …, "seed": …}.
The last one is {"stats": …}. With --control, JSON lines on stdin strike faults (see control.py).
"""

import argparse
import json
import secrets
import signal
import sys
from contextlib import ExitStack
from pathlib import Path

from ascpi.address import format_address, parse_address
from ascpi.air.control import Control
from ascpi.air.model import Air
from ascpi.air.preset import PRESETS
from ascpi.air.punctual import monotonic_us
from ascpi.air.relay import Relay, open_socket
from ascpi.air.trace import Trace
from ascpi.errors import AscpiError

# Short enough to be typed again.
SEED_LIMIT = 1_000_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--preset", choices=PRESETS, default="wifi", help="what the air is like (default: wifi)"
    )
    parser.add_argument(
        "--bind",
        default="127.0.0.1:0",
        metavar="ADDR[:PORT]",
        help="where to listen; port 0 is any free one (default: 127.0.0.1:0)",
    )
    parser.add_argument(
        "--seed", type=int, help="what decides every datagram's fate (default: a new one)"
    )
    parser.add_argument("--seconds", type=float, help="stop after so long (default: never)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the statistics there")
    parser.add_argument(
        "--any", action="store_true", help="relay for stations beyond this machine too"
    )
    parser.add_argument(
        "--trace", type=Path, metavar="FILE", help="write there when each datagram came and went"
    )
    parser.add_argument(
        "--control",
        action="store_true",
        help="take commands as JSON lines on stdin, and stop where they end",
    )


def run(arguments: argparse.Namespace) -> int:
    if arguments.seconds is not None and arguments.seconds <= 0:
        raise AscpiError(f"--seconds {arguments.seconds} is no time to relay anything")
    seed = secrets.randbelow(SEED_LIMIT) if arguments.seed is None else arguments.seed
    with ExitStack() as stack:
        sock = stack.enter_context(open_socket(parse_address(arguments.bind), arguments.any))
        trace = None
        if arguments.trace is not None:
            trace = Trace(arguments.trace)
            stack.callback(trace.close)
        relay = Relay(sock, Air(PRESETS[arguments.preset], seed), arguments.any, trace)
        control = Control(sys.stdin if arguments.control else None)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: control.stop())
        _print({"air": format_address(relay.address), "preset": arguments.preset, "seed": seed})
        until_us = None
        if arguments.seconds is not None:
            until_us = monotonic_us() + round(arguments.seconds * 1e6)
        relay.serve(control, until_us)
    report = relay.report()
    _print({"stats": report})
    if arguments.json is not None:
        _write(arguments.json, report)
    return 0


def _print(line: dict[str, object]) -> None:
    print(json.dumps(line), flush=True)


def _write(path: Path, report: dict[str, object]) -> None:
    try:
        path.write_text(json.dumps(report, indent=2) + "\n", "utf-8")
    except OSError as error:
        raise AscpiError(f"{path} cannot be written: {error.strerror}") from None
