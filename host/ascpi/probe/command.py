"""`ascpi probe`: how well boards lock, by the edges of their pulses on a spare board's pins.

    ascpi probe --port /dev/ttyUSB3 --wire 4=hall --wire 16=stage
    ascpi probe --port /dev/ttyUSB3 --pins 4,16,17 --seconds 60 --json edges.json
    ascpi probe --virtual 3                     three virtual boards and a probe, to try it

Exit code 0: pulses of two boards or more were compared; 1: not one pair, and a sentence why.
"""

import argparse
import json
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from rich.console import Console
from rich.live import Live

from ascpi.air.preset import PRESETS
from ascpi.bench.drawing import require_plot
from ascpi.errors import AscpiError
from ascpi.files import require_writable
from ascpi.interruption import Interruption
from ascpi.probe import view
from ascpi.probe.figures import Figures, figures
from ascpi.probe.probe import PINS_MOST, PULLS, Probe, ProbeError
from ascpi.probe.reader import WITHIN_US
from ascpi.probe.turns import Turn

EXIT_NOTHING_COMPARED = 1
SHOW_EVERY_S = 0.5
LINE_EVERY_S = 1.0
POLL_S = 0.05
SEED_LIMIT = 10_000
# A virtual probe shares this machine's processors with the boards, and waits for its turn.
VIRTUAL_WITHIN_US = 10_000.0
STDOUT = "-"

# The turns, their figures, and the seconds that were watched.
Watched = tuple[list[Turn], Figures, float]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ascpi probe`."""
    add = parser.add_argument
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--port", metavar="PORT", help="the probe's port or pyserial URL")
    where.add_argument(
        "--virtual", type=_boards, metavar="N", help=f"start 2 to {PINS_MOST} virtual boards"
    )
    add(
        "--wire",
        action="append",
        type=_wire,
        default=[],
        metavar="PIN=NAME",
        help="whose pulse comes to which pin of the probe; may be repeated",
    )
    add("--pins", type=_pins, default=[], metavar="PIN,PIN", help="the same without names")
    add("--pull", choices=PULLS, default="down", help="resistor at the pins (default: down)")
    add("--air", choices=PRESETS, default="wifi", help="with --virtual: the air (default: wifi)")
    add("--seed", type=int, metavar="K", help="with --virtual: of phases and air")
    add(
        "--turn-ms",
        type=_positive,
        metavar="X",
        help="the time of a turn (default: as seen)",
    )
    add(
        "--within-us",
        type=_positive,
        metavar="X",
        help="leave out edges that were not seen to ±X µs, as the probe was busy then "
        f"(default: {WITHIN_US:g}; with --virtual {VIRTUAL_WITHIN_US:g})",
    )
    add("--seconds", type=float, metavar="S", help="end after so long (default: Ctrl-C)")
    add("--plain", action="store_true", help="a line a second; so it is in a pipe, too")
    add(
        "--json",
        nargs="?",
        const=STDOUT,
        metavar="FILE",
        help="at the end, write the figures there (without FILE: to the standard output)",
    )
    add("--plot", type=Path, metavar="FILE", help="at the end, draw every turn (.png, .svg, .pdf)")


def run(arguments: argparse.Namespace) -> int:
    """Watch until the time is up or Ctrl-C; then figures and files."""
    if arguments.seconds is not None and not arguments.seconds > 0:
        raise AscpiError(f"--seconds {arguments.seconds:g} is no time to see anything")
    if arguments.json not in (None, STDOUT):
        require_writable(Path(arguments.json))
    if arguments.plot is not None:
        require_plot(arguments.plot)
        require_writable(arguments.plot)
    with Interruption().watched() as interruption, ExitStack() as stack:
        url, wires = _place(arguments, stack)
        probe = stack.enter_context(Probe(url, wires, arguments.pull, _within_us(arguments)))
        interruption.patient = True
        watched = _watch(arguments, probe, interruption)
        return _close(arguments, probe, watched)


def _place(arguments: argparse.Namespace, stack: ExitStack) -> tuple[str, dict[int, str]]:
    """The probe's port, and who is wired to which of its pins."""
    named = [*arguments.wire, *((pin, f"pin {pin}") for pin in arguments.pins)]
    wires = dict(named)
    if len(wires) < len(named):
        raise ProbeError("a pin is named twice: give each once, with --wire or --pins")
    if arguments.virtual is None:
        return arguments.port, wires
    if wires:
        raise ProbeError("virtual boards are wired already: leave --wire and --pins out")
    from ascpi.probe.trial import virtual_probe

    seed = secrets.randbelow(SEED_LIMIT) if arguments.seed is None else arguments.seed
    return stack.enter_context(virtual_probe(arguments.virtual, seed, arguments.air))


def _within_us(arguments: argparse.Namespace) -> float:
    if arguments.within_us is not None:
        return float(arguments.within_us)
    return WITHIN_US if arguments.virtual is None else VIRTUAL_WITHIN_US


def _watch(arguments: argparse.Namespace, probe: Probe, interruption: Interruption) -> Watched:
    turn_us = None if arguments.turn_ms is None else arguments.turn_ms * 1000
    begin_s = time.monotonic()
    with _display(arguments, probe) as show:
        shown_s = begin_s
        while True:
            now_s = time.monotonic()
            ends = interruption.asked or (
                arguments.seconds is not None and now_s - begin_s >= arguments.seconds
            )
            if ends or now_s - shown_s >= show.every_s:
                shown_s = now_s
                turns = probe.deviations(turn_us)
                pins = {board: pin for pin, board in probe.wires.items()}
                found = figures(turns, pins)
                show.show(now_s - begin_s, found)
                if ends:
                    return turns, found, now_s - begin_s
            time.sleep(POLL_S)


class _Display:
    def __init__(self, every_s: float, show: Callable[[float, Figures], object]) -> None:
        self.every_s = every_s
        self.show = show


@contextmanager
def _display(arguments: argparse.Namespace, probe: Probe) -> Iterator[_Display]:
    # What a program is to read stands alone on the standard output.
    stream = sys.stderr if arguments.json == STDOUT else sys.stdout
    console = Console(file=stream)
    if arguments.plain or not console.is_terminal or console.is_dumb_terminal:
        yield _Display(
            LINE_EVERY_S,
            lambda seconds, found: print(view.line(seconds, found), file=stream, flush=True),
        )
        return
    with Live(console=console, auto_refresh=False) as live:
        yield _Display(
            SHOW_EVERY_S,
            lambda seconds, found: live.update(view.table(probe, found), refresh=True),
        )


def _close(arguments: argparse.Namespace, probe: Probe, watched: Watched) -> int:
    turns, found, seconds = watched
    stream = sys.stderr if arguments.json == STDOUT else sys.stdout
    print(f"{view.heading(found)}; {view.footing(probe, found)}", file=stream)
    if arguments.plot is not None:
        from ascpi.probe import plot

        plot.draw(turns, list(probe.wires.values()), view.heading(found), arguments.plot)
    if arguments.json is not None:
        _write(arguments.json, json.dumps(document(probe, found, seconds), indent=2) + "\n")
    if found.rms_us is None:
        print(f"ascpi: {_why_nothing(probe)}", file=sys.stderr)
        return EXIT_NOTHING_COMPARED
    return 0


def document(probe: Probe, found: Figures, seconds: float) -> dict[str, object]:
    """What --json writes. Times in µs; None where nothing was seen."""
    return {
        "port": probe.url,
        "seconds": round(seconds, 1),
        "probe": vars(probe.state),
        "blurred": probe.blurred,
        "within_limit_us": probe.within_us,
        **found.as_json(),
    }


def _why_nothing(probe: Probe) -> str:
    edges = probe.seen()
    heard = sorted({probe.wires[edge.pin] for edge in edges if edge.pin in probe.wires})
    if not heard:
        return (
            "no edge came on any pin; are the boards running, is GND wired to GND, and each "
            "board's pulse pin to the pin of the probe that was named?"
        )
    silent = sorted(set(probe.wires.values()) - set(heard))
    rest = f"; nothing came from {', '.join(silent)}: look at the wires" if silent else ""
    return f"no two boards pulsed in one turn; pulses came from {', '.join(heard)}{rest}"


def _write(target: str, text: str) -> None:
    if target == STDOUT:
        sys.stdout.write(text)
        return
    try:
        Path(target).write_text(text, "utf-8")
    except OSError as error:
        raise AscpiError(f"{target} cannot be written: {error.strerror}") from None


def _wire(text: str) -> tuple[int, str]:
    pin, equals, name = text.partition("=")
    if not (pin.strip().isdigit() and equals and name.strip()):
        raise argparse.ArgumentTypeError(f"{text!r} is no wire: give PIN=NAME, such as 4=hall")
    return int(pin), name.strip()


def _pins(text: str) -> list[int]:
    words = text.split(",")
    if not all(word.strip().isdigit() for word in words):
        raise argparse.ArgumentTypeError(f"{text!r} are no pins: give numbers such as 4,16,17")
    return [int(word) for word in words]


def _boards(text: str) -> int:
    if not (text.isdigit() and 2 <= int(text) <= PINS_MOST):
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 2 to {PINS_MOST}")
    return int(text)


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no time: give a number above 0")
    return value
