"""The command `ascpi`: a table of subcommands, of which only the chosen one is imported.

A subcommand is a module with `add_arguments(parser)` and `run(arguments) -> int`, the exit code.
What goes wrong in a way that the user can mend is an AscpiError: one sentence, exit code 2.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, cast

from ascpi.errors import AscpiError

EXIT_USAGE = 2
# As a shell counts a program that ended by SIGINT.
EXIT_INTERRUPTED = 130


@dataclass(frozen=True)
class Command:
    module: str
    summary: str


COMMANDS = {
    "demo": Command("ascpi.demo.command", "boards that lock, on this machine, before your eyes"),
    "flash": Command("ascpi.flash.command", "onto boards: MicroPython, the program, settings"),
    "board": Command("ascpi.virtual.command", "a virtual board: the firmware as a process"),
    "node": Command("ascpi.desktop.command", "a desktop node: this computer joins the field"),
    "glyph": Command("ascpi.glyphs.command", "processes that move: list, spawn, move, watch"),
    "monitor": Command("ascpi.monitor.command", "all boards in one window, by cable or by air"),
    "probe": Command("ascpi.probe.command", "boards' pulses compared, by a spare board"),
    "air": Command("ascpi.air.command", "the air between nodes: delay, loss and worse"),
    "sim": Command("ascpi.sim.command", "glyphs in a world where everything goes wrong"),
    "bench": Command("ascpi.bench.command", "what the firmware and its parts cost"),
    "check": Command("ascpi.check.command", "lint, types and tests: the one check"),
}


class CommandModule(Protocol):
    def add_arguments(self, parser: argparse.ArgumentParser) -> None: ...
    def run(self, arguments: argparse.Namespace) -> int: ...


def load(name: str) -> CommandModule:
    return cast(CommandModule, importlib.import_module(COMMANDS[name].module))


def build_parser() -> argparse.ArgumentParser:
    """The parser of `ascpi` itself; a subcommand's own arguments are left to its module."""
    lines = [f"  {name:<8} {command.summary}" for name, command in COMMANDS.items()]
    parser = argparse.ArgumentParser(
        prog="ascpi",
        description="Boards that move as one: a shared phase over Wi-Fi.",
        epilog="commands:\n" + "\n".join(lines) + "\n\n`ascpi COMMAND --help` tells more of one.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND", help="one of those below")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    return parser


def execute(words: Sequence[str]) -> int:
    chosen = build_parser().parse_args(words)
    module = load(chosen.command)
    parser = argparse.ArgumentParser(
        prog=f"ascpi {chosen.command}", description=COMMANDS[chosen.command].summary
    )
    module.add_arguments(parser)
    return module.run(parser.parse_args(chosen.arguments))


def guarded(action: Callable[[], int]) -> int:
    """The exit code of `action`; its failures become a sentence, or silence where none is due."""
    try:
        code = action()
        sys.stdout.flush()
        return code
    except AscpiError as error:
        print(f"ascpi: {error}", file=sys.stderr)
        return EXIT_USAGE
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has enough (`ascpi … | head`). Nothing may be written at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def main(words: Sequence[str] | None = None) -> int:
    return guarded(lambda: execute(sys.argv[1:] if words is None else words))
