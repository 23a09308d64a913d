"""What every program that takes part in a network is told: where to listen, where to send."""

import argparse
from pathlib import Path

from ascpi.address import Address, parse_address
from ascpi.desktop.network import LOOPBACK_BROADCAST, likely_broadcast, own_address
from ascpi.errors import NodeFailed
from ascpi.glyphs.types import FOLDER
from ascpi.key import KEY_VARIABLE
from ascpi_core.ssep import DEFAULT_PORT

TYPES_FOLDER = "glyphs"


def add_network_arguments(parser: argparse.ArgumentParser) -> None:
    """--bind, --broadcast, --cluster and --key-file."""
    parser.add_argument(
        "--bind",
        metavar="ADDR[:PORT]",
        help="where to listen (default: every address, or the loopback broadcast)",
    )
    parser.add_argument(
        "--broadcast",
        metavar="ADDR[:PORT]",
        help="where to send (default: the broadcast of this computer's network)",
    )
    parser.add_argument("--cluster", type=int, default=0, help="number of the cluster (default 0)")
    parser.add_argument(
        "--key-file",
        type=Path,
        metavar="F",
        help=f"the cluster's key, first line of a file (or the variable {KEY_VARIABLE})",
    )


def add_types_argument(parser: argparse.ArgumentParser) -> None:
    """--glyphs"""
    parser.add_argument(
        "--glyphs",
        type=Path,
        metavar="DIR",
        help=f"folder of glyph types of your own (default: ./{TYPES_FOLDER}, if there is one)",
    )


def types_folder(given: Path | None) -> Path:
    """The folder of users' own types: as given, or ./glyphs if there is one, or the checkout's.

    NodeFailed if the one that was given is no folder.
    """
    if given is None:
        here = Path(TYPES_FOLDER)
        return here if here.is_dir() else FOLDER
    if not given.is_dir():
        raise NodeFailed(f"--glyphs {given} is no folder: name the one with your types")
    return given


def addresses(arguments: argparse.Namespace) -> tuple[Address, Address]:
    """(where to listen, where to send). AddressError for what is none."""
    target = parse_address(arguments.broadcast or likely_broadcast(own_address()), "--broadcast")
    if arguments.bind:
        return parse_address(arguments.bind, "--bind"), target
    return _listening_address(target), target


def _listening_address(target: Address) -> Address:
    """To hear a broadcast on loopback one must be bound to it; elsewhere to every address.

    Another loopback address is that of an air, which sends to whoever sends to it.
    """
    host, port = target
    if not host.startswith("127."):
        return "0.0.0.0", port or DEFAULT_PORT
    return target if host == LOOPBACK_BROADCAST else ("127.0.0.1", 0)
