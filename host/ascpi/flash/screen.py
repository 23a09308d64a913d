"""How a run looks: a bar for each board on a terminal, lines elsewhere, one table at the end."""

import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn
from rich.table import Table

from ascpi.flash.outcome import Outcome, Status

_LINE_EVERY_PERCENT = 25
_PERCENT = 100


class Asking:
    """Answers for all boards alike where nobody can be asked; `answer` None: ask who is there."""

    def __init__(self, answer: bool | None) -> None:
        self._answer = answer

    def ask(self, question: str) -> bool:
        if self._answer is not None:
            return self._answer
        sys.stderr.write(f"{question}; go on? [y/N] ")
        sys.stderr.flush()
        return sys.stdin.readline().strip().lower() in ("y", "yes")


class PlainScreen:
    """A line for each stage of each board, on stderr."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self._said: dict[str, tuple[str, int]] = {}

    def show(self, status: Status) -> None:
        percent = _PERCENT * status.done // status.total if status.total else 0
        now = (status.stage, percent // _LINE_EVERY_PERCENT)
        if self._said.get(status.port) == now:
            return
        self._said[status.port] = now
        much = f" {percent} %" if status.total else ""
        self._line(f"{_named(status.port, status.label)}: {status.stage}{much}")

    def ask(self, question: str) -> bool:
        return self._asking.ask(question)

    def end(self, outcome: Outcome) -> None:
        self._line(f"{_named(outcome.port, outcome.name or outcome.mac)}: {outcome.state}")

    def _line(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)


class LiveScreen:
    """A bar for each board, on stderr; use it within `live`."""

    def __init__(self, console: Console, asking: Asking) -> None:
        self._asking = asking
        self._tasks: dict[str, TaskID] = {}
        self.live = Progress(
            TextColumn("{task.fields[label]}", markup=False),
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            console=console,
        )

    def show(self, status: Status) -> None:
        task = self._task(status.port, status.label)
        # Without a total the bar moves to and fro; `update` takes None for "as it was".
        next(row for row in self.live.tasks if row.id == task).total = None
        self.live.update(
            task,
            description=status.stage,
            label=_named(status.port, status.label),
            total=float(status.total) if status.total else None,
            completed=status.done,
        )

    def ask(self, question: str) -> bool:
        self.live.stop()
        try:
            return self._asking.ask(question)
        finally:
            self.live.start()

    def end(self, outcome: Outcome) -> None:
        task = self._task(outcome.port, outcome.name or outcome.mac)
        colour = "green" if outcome.passed else "red"
        self.live.update(
            task,
            description=f"[{colour}]{outcome.state}[/]",
            total=1.0,
            completed=1.0 if outcome.passed else 0.0,
        )

    def _task(self, port: str, label: str) -> TaskID:
        if port not in self._tasks:
            self._tasks[port] = self.live.add_task("", label=_named(port, label), total=None)
        return self._tasks[port]


class Screen(Protocol):
    def show(self, status: Status) -> None: ...
    def ask(self, question: str) -> bool: ...
    def end(self, outcome: Outcome) -> None: ...


def make_screen(plain: bool, asking: Asking) -> tuple[Screen, AbstractContextManager[object]]:
    """The screen, and what it is to be used within."""
    console = Console(stderr=True)
    if plain or not console.is_terminal or console.is_dumb_terminal:
        return PlainScreen(asking), nullcontext()
    screen = LiveScreen(console, asking)
    return screen, screen.live


def show_table(outcomes: Sequence[Outcome], console: Console | None = None) -> None:
    """What became of each board, on stdout."""
    console = console or Console()
    if not console.is_terminal:
        for outcome in outcomes:
            print(_line(outcome))
        return
    table = Table(box=None, padding=(0, 2, 0, 0))
    for title in ("port", "MAC", "name", "chip", "state", "s"):
        table.add_column(title, no_wrap=title != "name")
    table.add_column("")
    for outcome in outcomes:
        colour = "green" if outcome.passed else "red"
        table.add_row(
            *(escape(text) for text in (outcome.port, outcome.mac, outcome.name, outcome.chip)),
            f"[{colour}]{outcome.state}[/]",
            f"{outcome.seconds:.1f}",
            escape("\n".join([outcome.text, *outcome.notes])),
        )
    console.print(table)


def _line(outcome: Outcome) -> str:
    who = " ".join(word for word in (outcome.mac, outcome.name, outcome.chip) if word)
    notes = "".join(f" ({note})" for note in outcome.notes)
    what = f"{outcome.state} in {outcome.seconds:.1f} s: {outcome.text}{notes}"
    return f"{outcome.port} {who}: {what}" if who else f"{outcome.port}: {what}"


def _named(port: str, label: str) -> str:
    return f"{port} {label}" if label else port
