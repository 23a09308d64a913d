"""`ascpi demo`: see boards lock.

    ascpi demo                              live, until q or Ctrl-C
    ascpi demo --plain --json report.json   lines, then the figures
    ascpi demo --first-event                two nodes meet, step by step

Exit code 0: locked in the end, with every glyph there exactly once and its energy; the first event
played to its end. 1: not so, and a sentence that says what is missing.
"""

import argparse
import json
import os
import secrets
import shutil
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from ascpi.air.preset import PRESETS
from ascpi.cluster import Cluster, NodePlan
from ascpi.demo import first_event
from ascpi.demo.ear import Ear
from ascpi.demo.glyph_show import GlyphShow
from ascpi.demo.live import live_display
from ascpi.demo.outcome import Outcome, outcome_of
from ascpi.demo.plain import PlainDisplay
from ascpi.demo.plan import BOARDS_MOST, plan
from ascpi.demo.scene import Scene
from ascpi.demo.session import Display, Session, monotonic_us
from ascpi.demo.story import Story
from ascpi.demo.view.frame import compose
from ascpi.demo.watch import Watch
from ascpi.errors import AscpiError, MicroPythonMissing
from ascpi.glyphs.observer import Field
from ascpi.interruption import Interruption
from ascpi.key import KEY_VARIABLE
from ascpi.view.svg import svg
from ascpi.virtual.runtime import find_micropython

EXIT_NOT_AS_IT_SHOULD_BE = 1
EXIT_INTERRUPTED = 130
PLAIN_SECONDS = 45.0
FIRST_EVENT_SECONDS = 60.0
# One more line, so that the last step is among those that are printed.
PLAIN_AFTERGLOW_US = 1_000_000
SEED_LIMIT = 10_000
# Of a recorded picture, in characters.
PICTURE_COLUMNS, PICTURE_ROWS = 100, 28


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--boards",
        type=_boards,
        default=4,
        metavar="N",
        help="virtual boards, 1 to 16 (default 4)",
    )
    parser.add_argument(
        "--air", choices=PRESETS, default="wifi", help="the air between them (default: wifi)"
    )
    parser.add_argument(
        "--seed", type=int, metavar="K", help="of phases and air (default: a new one each time)"
    )
    parser.add_argument(
        "--seconds",
        type=float,
        metavar="S",
        help="end after so long (default: q; plain: when all is shown, 45 at most)",
    )
    parser.add_argument(
        "--plain", action="store_true", help="lines instead of a picture; so it is in a pipe, too"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    parser.add_argument(
        "--record", type=Path, metavar="FILE.svg", help="write a picture, taken after the lock"
    )
    parser.add_argument(
        "--first-event", action="store_true", help="two nodes that meet: the source's section 7"
    )


def run(arguments: argparse.Namespace) -> int:
    if arguments.seconds is not None and not arguments.seconds > 0:
        raise AscpiError(f"--seconds {arguments.seconds:g} is no time to see anything")
    for path in (arguments.json, arguments.record):
        _require_folder(path)
    if hasattr(sys.stdout, "reconfigure"):
        # A terminal or file of another encoding shows ? for what it does not have.
        sys.stdout.reconfigure(errors="replace")
    seed = secrets.randbelow(SEED_LIMIT) if arguments.seed is None else arguments.seed
    with Interruption().watched() as interruption:
        return _play(arguments, seed, interruption)


def _play(arguments: argparse.Namespace, seed: int, interruption: Interruption) -> int:
    console = Console()
    plain = arguments.plain or not _can_paint(console)
    nodes = _nodes(arguments, seed)
    started_us = monotonic_us()
    with Cluster(nodes, arguments.air, seed, apart=arguments.first_event) as cluster:
        interruption.patient = True
        watch = Watch(nodes, cluster.clocks, arguments.air, seed, started_us)
        with _display(console, plain) as display:
            until_us = _until_us(arguments, plain)
            story = _story(arguments, cluster, watch, until_us, plain)
            session = Session(cluster, watch, display, interruption, story)
            session.wants_portrait = arguments.record is not None
            try:
                session.run(until_us)
            finally:
                story.close()
            ended_us = monotonic_us()
        outcome = outcome_of(watch, arguments.air, seed, ended_us, story.figures())
    if watch.latest is None and interruption.asked:
        return EXIT_INTERRUPTED
    return _close(arguments, outcome, session, plain)


def _story(
    arguments: argparse.Namespace,
    cluster: Cluster,
    watch: Watch,
    until_us: int | None,
    plain: bool,
) -> Story:
    key = os.environ.get(KEY_VARIABLE, "")
    ear = Ear(Field(("127.0.0.1", 0), cluster.air.address, key=key))
    if arguments.first_event:
        afterglow_us = PLAIN_AFTERGLOW_US if plain else first_event.AFTERGLOW_US
        return first_event.FirstEvent(cluster, watch, ear, afterglow_us=afterglow_us)
    ends = plain and arguments.seconds is None
    return GlyphShow(cluster, watch, ear, until_us, ends)


def _can_paint(console: Console) -> bool:
    """A terminal that moves its cursor and knows block characters."""
    return (
        console.is_terminal
        and not console.is_dumb_terminal
        and console.encoding.lower().startswith("utf")
    )


def _nodes(arguments: argparse.Namespace, seed: int) -> list[NodePlan]:
    try:
        find_micropython()
    except MicroPythonMissing as missing:
        if arguments.first_event:
            raise
        # One alone would have nobody to lock to.
        count = max(arguments.boards, 2)
        print(f"ascpi: {missing}. The demo goes on with {count} of them.", file=sys.stderr)
        return plan(count, seed, virtual=False)
    return first_event.nodes() if arguments.first_event else plan(arguments.boards, seed)


def _until_us(arguments: argparse.Namespace, plain: bool) -> int | None:
    seconds: float | None = arguments.seconds
    if seconds is None:
        if arguments.first_event:
            seconds = FIRST_EVENT_SECONDS
        elif plain:
            seconds = PLAIN_SECONDS
    return None if seconds is None else monotonic_us() + round(seconds * 1e6)


@contextmanager
def _display(console: Console, plain: bool) -> Iterator[Display]:
    if plain:
        yield PlainDisplay(sys.stdout)
        return
    with live_display(console) as display:
        yield display


def _close(arguments: argparse.Namespace, outcome: Outcome, session: Session, plain: bool) -> int:
    """Files, the sentence, and the exit code."""
    again = ""
    if arguments.seed is None and not arguments.first_event:
        again = f"The same once more: --seed {outcome.seed}"
    failure = session.story.failure()
    for paragraph in (session.story.ending(plain), failure, again, outcome.sentence):
        if paragraph:
            print(_wrapped(paragraph))
    if arguments.json is not None:
        text = json.dumps(outcome.as_json(), indent=2, ensure_ascii=False) + "\n"
        _write(arguments.json, text)
    if arguments.record is not None and session.portrait is not None:
        _write(arguments.record, _picture(session.portrait))
    return 0 if outcome.locked and not failure else EXIT_NOT_AS_IT_SHOULD_BE


def _wrapped(paragraph: str) -> str:
    """In a pipe a sentence stays one line."""
    if not sys.stdout.isatty():
        return paragraph
    columns = shutil.get_terminal_size().columns
    return "\n".join(
        textwrap.fill(line, columns, subsequent_indent="    " if line[:1] in " 12345" else "")
        for line in paragraph.splitlines()
    )


def _picture(scene: Scene) -> str:
    lines = compose(scene, PICTURE_COLUMNS, PICTURE_ROWS, footer=False)
    return svg(lines, PICTURE_COLUMNS, f"ascpi demo: {len(scene.nodes)} nodes of one phase")


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise AscpiError(f"{path} cannot be written: {error.strerror}") from None


def _require_folder(path: Path | None) -> None:
    """Before the show, not after it."""
    if path is not None and not path.absolute().parent.is_dir():
        raise AscpiError(f"{path} cannot be written: there is no folder {path.absolute().parent}")


def _boards(text: str) -> int:
    if not (text.isdigit() and 1 <= int(text) <= BOARDS_MOST):
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to {BOARDS_MOST}")
    return int(text)
