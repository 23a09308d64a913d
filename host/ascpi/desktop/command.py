"""`ascpi node`: take part in a field from this computer."""

import argparse
import asyncio
import contextlib
import signal
import sys
from pathlib import Path

from ascpi.desktop.epoch import default_path, journal_path, next_epoch
from ascpi.desktop.motor import GlyphOptions
from ascpi.desktop.node import DesktopNode, DesktopOptions
from ascpi.desktop.options import (
    add_network_arguments,
    add_types_argument,
    addresses,
    types_folder,
)
from ascpi.errors import NodeFailed
from ascpi.key import read_key
from ascpi_core.settings import LAWS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ascpi node`."""
    parser.add_argument("--id", type=int, default=1, help="this node's number (default 1)")
    add_network_arguments(parser)
    parser.add_argument("--phase", type=float, default=0.0, help="phase at the start, in turns")
    parser.add_argument("--dphi", type=float, help="phase tension, 0 up to 1")
    parser.add_argument("--kappa", type=float, help="coupling, 0 up to 1")
    parser.add_argument(
        "--law", choices=LAWS, help="full, or the source's: without steering the rate"
    )
    parser.add_argument("--report-ms", type=int, default=1000, help="ms between reports")
    parser.add_argument("--seconds", type=float, help="end after so long (default: Ctrl-C)")
    parser.add_argument(
        "--state",
        type=Path,
        metavar="F",
        help="file that counts the starts; beside it one keeps the glyphs",
    )
    parser.add_argument("--no-glyphs", action="store_true", help="hold none, and take none")
    add_types_argument(parser)
    parser.add_argument("--seed", type=int, help="of the jitter of the sending times")


def run(arguments: argparse.Namespace) -> int:
    """Run until Ctrl-C, SIGTERM or the end of --seconds."""
    node = DesktopNode(_options(arguments), _say)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_run(node, arguments.seconds))
    _say_end(node)
    return 0


async def _run(node: DesktopNode, seconds: float | None) -> None:
    task = asyncio.ensure_future(node.run(seconds))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, task.cancel)
        except NotImplementedError:  # Windows: Ctrl-C raises KeyboardInterrupt instead
            break
    with contextlib.suppress(asyncio.CancelledError):
        await task


def _options(arguments: argparse.Namespace) -> DesktopOptions:
    if arguments.report_ms < 20:
        raise NodeFailed(f"--report-ms {arguments.report_ms} is too short: give 20 or more")
    bind, target = addresses(arguments)
    state = arguments.state or default_path(arguments.id)
    glyphs = _glyphs(arguments, state)
    settings = {
        "id": arguments.id,
        "cluster": arguments.cluster,
        "key": read_key(arguments.key_file),
        "phase": arguments.phase,
    }
    for name in ("dphi", "kappa", "law"):
        if getattr(arguments, name) is not None:
            settings[name] = getattr(arguments, name)
    return DesktopOptions(
        bind=bind,
        broadcast=target,
        epoch=next_epoch(state),
        settings=settings,
        report_ms=arguments.report_ms,
        seed=arguments.seed,
        glyphs=glyphs,
    )


def _glyphs(arguments: argparse.Namespace, state: Path) -> GlyphOptions | None:
    """Where the glyphs of this node are kept, and its own types; None if it is to hold none."""
    if arguments.no_glyphs:
        if arguments.glyphs is not None:
            raise NodeFailed("--no-glyphs and --glyphs contradict each other: give one of them")
        return None
    return GlyphOptions(journal_path(state), types_folder(arguments.glyphs))


def _say(line: str) -> None:
    print(line, flush=True)


def _say_end(node: DesktopNode) -> None:
    peers = len(node.node.field.membership.present)
    print(
        f"ASCPI note ended after {node.up_ms() / 1000:.1f} s with {peers} other nodes present",
        file=sys.stdout,
        flush=True,
    )
