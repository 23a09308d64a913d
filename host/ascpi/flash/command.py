"""`ascpi flash`: MicroPython, the program and a configuration onto boards, and see them run.

    ascpi flash --ssid hall                    the one board that is plugged in
    ascpi flash --config boards.toml           every board of the file that is plugged in
    ascpi flash --all --ssid hall              every board that is plugged in
    ascpi flash --app-only --all               only what changed of the program
    ascpi flash --dry-run --config boards.toml what would go where

Exit code 0: every board that was meant runs; 1: one does not, and the table says why.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ascpi.files import require_writable
from ascpi.flash import settings_options, user_types
from ascpi.flash.application import NODE, PROGRAMS
from ascpi.flash.dry_run import dry_run
from ascpi.flash.errors import FlashError
from ascpi.flash.first_words import DEADLINE_S
from ascpi.flash.fleet import Fleet, load_fleet
from ascpi.flash.job import BAUD_USUAL, Job, JobOptions
from ascpi.flash.outcome import LEFT, Outcome
from ascpi.flash.party import Party, Work
from ascpi.flash.releases import default_cache
from ascpi.flash.screen import Asking, make_screen, show_table
from ascpi.flash.secrets import process_secrets
from ascpi.flash.supplies import Supplies
from ascpi.flash.targets import find_targets
from ascpi.flash.update import Update
from ascpi.flash.wishes import Wishes
from ascpi.flash.workers import Workers
from ascpi.interruption import Interruption

EXIT_FAILED = 1
EXIT_INTERRUPTED = 130
BAUD_LEAST = 9_600


def add_arguments(parser: argparse.ArgumentParser) -> None:
    which = parser.add_argument_group("which boards")
    which.add_argument(
        "--port",
        action="append",
        default=[],
        help="a serial port, or a URL (socket://, rfc2217://); repeatable",
    )
    which.add_argument("--all", action="store_true", help="every board that is plugged in")
    which.add_argument(
        "--config", type=Path, metavar="FILE.toml", help="a fleet file: a table for each MAC"
    )
    settings_options.add_arguments(parser)
    what = parser.add_argument_group("what")
    what.add_argument(
        "--app-only", action="store_true", help="only what changed of the program, by the REPL"
    )
    what.add_argument(
        "--settings-only",
        action="store_true",
        help="only the settings, by the REPL: options are put over what a board has",
    )
    what.add_argument("--program", choices=PROGRAMS, default=NODE, help="default: node")
    what.add_argument(
        "--image", type=Path, metavar="FILE", help="MicroPython; default: the pinned release"
    )
    what.add_argument(
        "--glyphs",
        type=Path,
        metavar="DIR",
        help="your own types of glyphs; default: those in the checkout's folder glyphs",
    )
    what.add_argument(
        "--erase", action="store_true", help="all that was on the board goes, but its epoch"
    )
    how = parser.add_argument_group("how")
    how.add_argument("--dry-run", action="store_true", help="say what would go where; no board")
    how.add_argument("--yes", action="store_true", help="overwrite what is there unasked")
    how.add_argument(
        "--baud", type=int, default=BAUD_USUAL, help=f"of writing (default {BAUD_USUAL})"
    )
    how.add_argument(
        "--wait",
        type=float,
        default=DEADLINE_S,
        metavar="S",
        help=f"for a board's first words (default {DEADLINE_S:.0f})",
    )
    how.add_argument("--plain", action="store_true", help="lines instead of bars, as in a pipe")
    how.add_argument("--json", type=Path, metavar="FILE", help="write the results there")


def run(arguments: argparse.Namespace) -> int:
    _require_sense(arguments)
    require_writable(arguments.json)
    fleet = load_fleet(arguments.config) if arguments.config else None
    settings = settings_options.settings_of(arguments)
    if fleet is not None and settings is not None:
        raise FlashError(
            "a fleet file says all settings itself: write them there, under [defaults] or the "
            "board's MAC, instead of giving options besides --config"
        )
    types = arguments.glyphs or user_types.FOLDER
    if arguments.glyphs is not None or types.is_dir():
        user_types.require_sound(types)
    if arguments.settings_only and fleet is None and settings is None:
        raise FlashError("--settings-only has none to write: give --set, --ssid … or --config")
    if arguments.dry_run:
        return _dry_run(arguments, fleet, types)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    with Interruption().watched() as interruption:
        outcomes = _flash(arguments, fleet, settings, types)
        missing = _missing(fleet, arguments, outcomes)
        show_table(outcomes)
        for text in missing:
            print(text)
        _write_json(arguments.json, outcomes, missing, interruption.asked)
    if interruption.asked:
        return EXIT_INTERRUPTED
    meant = [outcome for outcome in outcomes if outcome.state != LEFT]
    return 0 if meant and not missing and all(o.passed for o in meant) else EXIT_FAILED


def _require_sense(arguments: argparse.Namespace) -> None:
    if arguments.app_only and (arguments.erase or arguments.image):
        raise FlashError("--app-only leaves all but the program alone: no --erase or --image")
    if arguments.settings_only and (arguments.app_only or arguments.erase or arguments.image):
        raise FlashError("--settings-only writes settings: no --app-only, --erase or --image")
    if arguments.baud < BAUD_LEAST:
        raise FlashError(f"--baud {arguments.baud} is too slow: at least {BAUD_LEAST}")
    if not arguments.wait > 0:
        raise FlashError(f"--wait {arguments.wait:g} is no time to hear anything")
    if arguments.name and (len(arguments.port) > 1 or arguments.all):
        raise FlashError("--name is for one board: several get theirs from a fleet file")


def _flash(
    arguments: argparse.Namespace,
    fleet: Fleet | None,
    settings: Mapping[str, object] | None,
    types: Path,
) -> list[Outcome]:
    for warning in fleet.warnings if fleet is not None else ():
        print(f"ascpi: {warning}", file=sys.stderr)
    if fleet is not None or not (arguments.app_only or arguments.settings_only):
        # Else a board's own count, and what it lacks is said.
        _ask_secrets(fleet, settings)
    answer = True if arguments.yes else None if sys.stdin.isatty() else False
    screen, shown = make_screen(arguments.plain, Asking(answer))
    supplies = Supplies(arguments.image, default_cache(), arguments.program, types)
    party = Party()
    wishes = Wishes(fleet, settings, arguments.all)
    if arguments.app_only or arguments.settings_only:
        targets = find_targets(arguments.port, arguments.all, fleet)
        works: Sequence[Work] = [
            Update(
                target,
                supplies,
                party.status,
                wishes,
                arguments.wait,
                arguments.settings_only,
            )
            for target in targets
        ]
        with shown:
            return party.run(works, screen)
    # First of all, as its start is what takes longest.
    with Workers() as workers:
        targets = find_targets(arguments.port, arguments.all, fleet)
        options = JobOptions(wishes, arguments.baud, erase=arguments.erase, wait_s=arguments.wait)
        works = [
            Job(target, options, supplies, workers, party.status, party.ask) for target in targets
        ]
        with shown:
            return party.run(works, screen)


def _ask_secrets(fleet: Fleet | None, settings: Mapping[str, object] | None) -> None:
    """Every password that a board may need, before the bars: later nobody could type it."""
    wanted: list[Mapping[str, object]] = [settings] if settings is not None else []
    if fleet is not None:
        wanted += [board.settings for board in fleet.boards.values()]
        wanted += [fleet.defaults] if fleet.defaults is not None else []
    for one in wanted:
        process_secrets().resolve(one)


def _missing(
    fleet: Fleet | None, arguments: argparse.Namespace, outcomes: Sequence[Outcome]
) -> list[str]:
    """Boards of the fleet file that were meant and did not turn up; a sentence each."""
    if fleet is None or arguments.port or arguments.all:
        return []
    seen = {outcome.mac for outcome in outcomes}
    return [
        f"{board.name} ({mac}): not plugged in, or its port could not be used"
        for mac, board in fleet.boards.items()
        if mac not in seen
    ]


def _write_json(
    path: Path | None, outcomes: Sequence[Outcome], missing: Sequence[str], interrupted: bool
) -> None:
    if path is None:
        return
    document = {
        "boards": [outcome.document() for outcome in outcomes],
        "missing": list(missing),
        "passed": not missing and all(outcome.passed for outcome in outcomes),
        "interrupted": interrupted,
    }
    path.write_text(json.dumps(document, indent=2) + "\n", "utf-8")


def _dry_run(arguments: argparse.Namespace, fleet: Fleet | None, types: Path) -> int:
    if fleet is None:
        raise FlashError("--dry-run shows what a fleet file asks for: name it with --config")
    shown = dry_run(fleet, arguments.image, default_cache(), types=types)
    for one in shown:
        print(one.text)
    if arguments.json is not None:
        document = {"boards": [one.document for one in shown]}
        arguments.json.write_text(json.dumps(document, indent=2) + "\n", "utf-8")
    return 0
