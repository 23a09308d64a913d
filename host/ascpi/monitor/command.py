"""`ascpi monitor`: all boards in one window.

    ascpi monitor                          every board that is plugged in, now and later
    ascpi monitor --udp                    by air: what the nodes of this network broadcast
    ascpi monitor --virtual 4              four virtual boards, to try it
    ascpi monitor --json | jq .            one JSON object a line

Opening a port resets no board, and listening by air sends nothing.
"""

import argparse
import secrets
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console

from ascpi.address import parse_address
from ascpi.errors import AscpiError
from ascpi.files import require_writable
from ascpi.interruption import Interruption
from ascpi.key import KEY_VARIABLE, read_key
from ascpi.monitor import plain
from ascpi.monitor.ear import Ear
from ascpi.monitor.heard import Inbox
from ascpi.monitor.log import LogFolder
from ascpi.monitor.record import WallClock
from ascpi.monitor.roster import Roster
from ascpi.monitor.session import Session
from ascpi.monitor.sources import Air, Finder, Ports
from ascpi.monitor.trial import BOARDS_MOST, virtual_boards
from ascpi.ports.discovery import find_boards
from ascpi_core.phase import RATE_MAXIMUM_MHZ, RATE_MINIMUM_MHZ
from ascpi_core.ssep import DEFAULT_PORT

EVERY_ADDRESS = "0.0.0.0"
SEED_LIMIT = 10_000
CLUSTER_MOST = 0xFFFF


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ascpi monitor`."""
    add = parser.add_argument
    add("--port", action="append", metavar="PORT", help="a port or pyserial URL; may be repeated")
    add(
        "--all",
        action="store_true",
        help="every board that is found, now and later (so it is if nothing else is named)",
    )
    add(
        "--udp",
        nargs="?",
        const=EVERY_ADDRESS,
        metavar="ADDR[:PORT]",
        help="by air, without taking part; ADDR: every address, or a broadcast address "
        f"(default: {EVERY_ADDRESS}:{DEFAULT_PORT})",
    )
    add("--virtual", type=_boards, metavar="N", help=f"start 1 to {BOARDS_MOST} virtual boards")
    add("--seed", type=int, metavar="K", help="of the virtual boards (default: a new one)")
    add("--cluster", type=_cluster, default=0, metavar="N", help="by air: its number (default 0)")
    add(
        "--key-file",
        type=Path,
        metavar="F",
        help=f"by air: the cluster's key, first line of a file (or the variable {KEY_VARIABLE})",
    )
    add("--rate-mhz", type=_rate, default=1000, metavar="N", help="turns in 1000 s (default 1000)")
    add("--log", type=Path, metavar="DIR", help="a file for each board there, with the time")
    add("--filter", default="", metavar="TEXT", help="only lines with this in them")
    add("--plain", action="store_true", help="lines instead of a window; so it is in a pipe, too")
    add("--json", action="store_true", help="one JSON object a line")
    add("--seconds", type=float, metavar="S", help="end after so long (default: q, or Ctrl-C)")
    add("--screenshot", type=Path, metavar="FILE.svg", help="a picture of the window at the end")


def run(arguments: argparse.Namespace) -> int:
    """Until the user has seen enough. AscpiError for what cannot be, before anything starts."""
    _check(arguments)
    if hasattr(sys.stdout, "reconfigure"):
        # A terminal or file of another encoding shows ? for what it does not have.
        sys.stdout.reconfigure(errors="replace")
    ear = None
    if arguments.udp is not None:
        ear = Ear(arguments.cluster, read_key(arguments.key_file))
    clock = WallClock()
    with Interruption().watched() as interruption, ExitStack() as stack:
        log = None
        if arguments.log is not None:
            log = LogFolder(arguments.log, clock)
            stack.callback(log.close)
        inbox = Inbox()
        session = Session(inbox, Roster(arguments.rate_mhz, ear), log)
        ports = _listen(arguments, session, stack)
        return _show(arguments, session, ports, interruption, stack)


def _check(arguments: argparse.Namespace) -> None:
    if arguments.seconds is not None and not arguments.seconds > 0:
        raise AscpiError(f"--seconds {arguments.seconds:g} is no time to see anything")
    if arguments.screenshot is not None:
        if arguments.plain or arguments.json:
            raise AscpiError("--screenshot takes a picture of the window: without --plain, --json")
        if arguments.seconds is None:
            raise AscpiError("--screenshot needs --seconds: how long to watch before the picture")
        require_writable(arguments.screenshot)


def _listen(arguments: argparse.Namespace, session: Session, stack: ExitStack) -> Ports:
    """Everything that is asked for, listening; stopped with the stack."""
    if arguments.udp is not None:
        # First: it may be refused.
        air = Air(parse_address(arguments.udp, "--udp"), session.inbox)
        stack.callback(air.stop)
        air.start()
    named = list(arguments.port or [])
    if arguments.virtual is not None:
        seed = secrets.randbelow(SEED_LIMIT) if arguments.seed is None else arguments.seed
        named += stack.enter_context(virtual_boards(arguments.virtual, seed))
    everything = arguments.all or not (named or arguments.udp is not None)
    finder: Finder | None = find_boards if everything else None
    ports = Ports(session.inbox, finder)
    stack.callback(ports.stop)
    for port in named:
        ports.follow(port)
    ports.start()
    return ports


def _show(
    arguments: argparse.Namespace,
    session: Session,
    ports: Ports,
    interruption: Interruption,
    stack: ExitStack,
) -> int:
    interruption.patient = True
    until_s = None
    if arguments.seconds is not None:
        until_s = time.monotonic() + arguments.seconds
    if arguments.screenshot is None and (
        arguments.plain or arguments.json or not _has_window(Console())
    ):
        plain.follow(
            session,
            sys.stdout,
            json_lines=arguments.json,
            wanted=arguments.filter,
            until_s=until_s,
            is_over=lambda: interruption.asked,
        )
        return 0
    # Only here: the library of windows takes half a second to load.
    from ascpi.monitor.window import run_window

    return run_window(
        session,
        ports,
        wanted=arguments.filter,
        until_s=until_s,
        is_over=lambda: interruption.asked,
        abandon=stack.close,
        picture=arguments.screenshot,
    )


def _has_window(console: Console) -> bool:
    """A terminal that moves its cursor, and keys to press. The library draws on stderr."""
    terminals = all(stream.isatty() for stream in (sys.stdin, sys.stderr))
    return terminals and console.is_terminal and not console.is_dumb_terminal


def _number(text: str, least: int, most: int) -> int:
    if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
        raise argparse.ArgumentTypeError(f"{text!r} is no number from {least} to {most}")
    return int(text)


def _boards(text: str) -> int:
    return _number(text, 1, BOARDS_MOST)


def _cluster(text: str) -> int:
    return _number(text, 0, CLUSTER_MOST)


def _rate(text: str) -> int:
    return _number(text, RATE_MINIMUM_MHZ, RATE_MAXIMUM_MHZ)
