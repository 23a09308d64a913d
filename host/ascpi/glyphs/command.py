"""`ascpi glyph`: the glyphs of a running field, seen and moved from this computer.

    ascpi glyph list                        all of them: where each is, and what its state says
    ascpi glyph spawn counter --on 3        a new one
    ascpi glyph move 3.129 5                to another node
    ascpi glyph kill 3.129                  its end
    ascpi glyph watch                       live

Listening sends nothing, and giving orders disturbs nobody: this computer is an observer of the
field, not one of its nodes.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from ascpi.desktop.options import (
    add_network_arguments,
    add_types_argument,
    addresses,
    types_folder,
)
from ascpi.files import require_writable
from ascpi.glyphs import actions, arguments, watch
from ascpi.glyphs.actions import Outcome
from ascpi.glyphs.conversation import Conversation, GlyphError
from ascpi.glyphs.listing import take_stock
from ascpi.glyphs.observer import Field, Observer
from ascpi.glyphs.report import ENDLESS, OPEN, as_json, line, summary, table
from ascpi.glyphs.station import IDS_FIRST, open_station
from ascpi.glyphs.types import load_types
from ascpi.interruption import Interruption
from ascpi.key import read_key
from ascpi_core.glyphs.kind import Registry
from ascpi_core.ssep import WORD_MAXIMUM

DEADLINE_S = 10.0
MOVE_DEADLINE_S = 30.0
ENERGY_DEFAULT = 1000

PIPE_COLUMNS = 200

DONE, NOT_DONE = 0, 1

CLUSTER_MOST = 0xFFFF


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ascpi glyph`, verb by verb."""
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    listed = _verb(verbs, "list", "all glyphs: where they are, and what their state says")
    listed.add_argument("--json", type=Path, metavar="F", help="write the list to a file, too")
    listed.add_argument("--plain", action="store_true", help="one line a glyph, for programs")
    born = _verb(verbs, "spawn", "a new glyph")
    born.add_argument("kind", metavar="TYPE", help="its type: counter, pulse, comet … or a number")
    _add_birth(born)
    ended = _verb(verbs, "kill", "the end of a glyph")
    ended.add_argument("glyph", metavar="ID", help="which one, such as 7.129")
    moved = _verb(verbs, "move", "a glyph to another node", MOVE_DEADLINE_S)
    moved.add_argument("glyph", metavar="ID", help="which one, such as 7.129")
    moved.add_argument("node", metavar="NODE", help="where to")
    watched = _verb(verbs, "watch", "glyphs as they hop, live", None)
    watched.add_argument("--plain", action="store_true", help="lines; so it is in a pipe, too")


def run(given: argparse.Namespace) -> int:
    """The exit code: 0 done and well, 1 not done, or not all is well."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    return _RUNNERS[given.verb](given)


def _verb(
    verbs: "argparse._SubParsersAction[argparse.ArgumentParser]",
    verb: str,
    summary_line: str,
    deadline_s: float | None = DEADLINE_S,
) -> argparse.ArgumentParser:
    parser = verbs.add_parser(verb, help=summary_line, description=summary_line)
    add_network_arguments(parser)
    parser.add_argument(
        "--id",
        type=int,
        help=f"this computer's number as an observer (default: one that it keeps, {IDS_FIRST} to "
        f"{WORD_MAXIMUM})",
    )
    parser.add_argument("--state", type=Path, metavar="F", help="file that counts the starts")
    add_types_argument(parser)
    usual = "Ctrl-C" if deadline_s is None else f"{deadline_s:g} at most"
    parser.add_argument(
        "--seconds", type=float, metavar="S", help=f"end after so long (default: {usual})"
    )
    return parser


def _add_birth(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--on", metavar="NODE", help="where (default: the node with the least energy)")
    add("--theta", type=float, default=0.0, metavar="T", help="when it is due, turns (default 0)")
    add(
        "--energy",
        type=int,
        default=ENERGY_DEFAULT,
        metavar="E",
        help=f"quanta; most types use one a turn (default {ENERGY_DEFAULT})",
    )
    add("--lifetime", default=ENDLESS, metavar="N", help=f"turns (default {ENDLESS})")
    add("--dphi", type=float, metavar="X", help="phase tension, 0 up to 1 (default: the node's)")
    add("--kappa", type=float, metavar="X", help="coupling, 0 up to 1 (default: the node's)")
    add("--bytes", default="", metavar="HEX", help="the first 8 bytes of its state")


@contextmanager
def _conversation(given: argparse.Namespace, patient: bool = False) -> Iterator[Conversation]:
    if not 0 <= given.cluster <= CLUSTER_MOST:
        raise GlyphError(f"--cluster {given.cluster} is not allowed: give 0 to {CLUSTER_MOST}")
    bind, broadcast = addresses(given)
    field = Field(bind, broadcast, given.cluster, read_key(given.key_file))
    with (
        open_station(given.id, given.state) as station,
        Observer(field, station) as observer,
    ):
        yield Conversation(observer, patient)


def _registry(given: argparse.Namespace) -> Registry:
    registry, mistakes = load_types(types_folder(given.glyphs))
    for mistake in mistakes:
        print(f"ascpi: {mistake}", file=sys.stderr)
    return registry


def _until(given: argparse.Namespace, default_s: float) -> float:
    return time.monotonic() + arguments.seconds(given.seconds, default_s)


def _list(given: argparse.Namespace) -> int:
    require_writable(given.json)
    registry, until_s = _registry(given), _until(given, DEADLINE_S)
    with _conversation(given) as talk:
        talk.settle(until_s)
        listing = take_stock(talk)
        if not listing.nodes:
            raise GlyphError(talk.observer.silence())
    if given.json is not None:
        text = json.dumps(as_json(listing, registry), indent=2, ensure_ascii=False)
        given.json.write_text(text + "\n", "utf-8")
    if given.plain:
        for row in listing.rows:
            print(line(row, registry))
    elif listing.rows:
        # Where nobody looks no line is broken.
        width = None if sys.stdout.isatty() else PIPE_COLUMNS
        Console(highlight=False, width=width).print(table(listing, registry))
    for said in summary(listing):
        print(said)
    return DONE if listing.is_well else NOT_DONE


def _spawn(given: argparse.Namespace) -> int:
    registry, until_s = _registry(given), _until(given, DEADLINE_S)
    birth = actions.Birth(
        kind=arguments.kind_number(given.kind, registry),
        theta=arguments.theta(given.theta),
        energy=arguments.energy(given.energy),
        lifetime=arguments.lifetime(given.lifetime),
        dphi=arguments.fraction(given.dphi, "--dphi"),
        kappa=arguments.fraction(given.kappa, "--kappa"),
        state=arguments.octets(given.bytes),
    )
    node = None if given.on is None else arguments.node_number(given.on)
    with _conversation(given) as talk:
        peer = (
            actions.poorest(talk, until_s)
            if node is None
            else talk.require_node(node, until_s, "--on")
        )
        return _told(actions.spawn(talk, peer, birth, until_s), talk)


def _kill(given: argparse.Namespace) -> int:
    ident, until_s = arguments.glyph_id(given.glyph), _until(given, DEADLINE_S)
    with _conversation(given) as talk:
        return _told(actions.kill(talk, ident, until_s), talk)


def _move(given: argparse.Namespace) -> int:
    ident, until_s = arguments.glyph_id(given.glyph), _until(given, MOVE_DEADLINE_S)
    node = arguments.node_number(given.node)
    with _conversation(given) as talk:
        target = talk.require_node(node, until_s, "NODE")
        return _told(actions.move(talk, ident, target, until_s), talk)


def _watch(given: argparse.Namespace) -> int:
    registry, until_s = _registry(given), _until(given, float("inf"))
    console = Console(highlight=False)
    in_lines = given.plain or not console.is_terminal or console.is_dumb_terminal
    with Interruption().watched() as interruption, _conversation(given, patient=True) as talk:
        interruption.patient = True

        def show(display: watch.Display) -> None:
            watch.follow(talk, registry, display, until_s, lambda: interruption.asked)

        if in_lines:
            if talk.observer.is_open:
                print(OPEN, flush=True)
            show(watch.Lines(lambda text: print(text, flush=True)))
        else:
            with watch.screen(console, registry) as display:
                show(display)
    return DONE


def _told(outcome: Outcome, talk: Conversation) -> int:
    """Print what came of an order."""
    if talk.observer.is_open:
        print(f"ascpi: {OPEN}", file=sys.stderr)
    print(outcome.text, file=sys.stdout if outcome.done else sys.stderr)
    return DONE if outcome.done else NOT_DONE


_RUNNERS: dict[str, Callable[[argparse.Namespace], int]] = {
    "list": _list,
    "spawn": _spawn,
    "kill": _kill,
    "move": _move,
    "watch": _watch,
}
