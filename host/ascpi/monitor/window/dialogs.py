"""Questions that want an answer first, and help."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Static

from ascpi.monitor.console import LEAVE_NAME

HELP = f"""\
[b]↑ ↓[/b]  select a board (a click does, too)
[b]r[/b]    reset it, as its button does
[b]e[/b]    open its REPL in this terminal; {LEAVE_NAME} comes back.
     Nothing is interrupted or reset by that: Ctrl-C there stops the
     program, Ctrl-D starts it again
[b]p[/b]    pause the picture; what comes is logged all the same
[b]/[/b]    filter: lines of all boards that contain a text; Esc ends it
[b]l[/b]    the selected board's lines, or not
[b]← →[/b]  the rest of long lines; PgUp, PgDn older and newer ones
[b]q[/b]    quit, also Ctrl-C

The light of a row is the board's own: phase as brightness, band as
colour: red no shared field, amber forming, blue coherent, green one.
[b]error[/b] is the cluster's phase minus its own, [b]claim[/b] how far off it
says to be at most. [b]C[/b] above is the least that any board claims.
Below the table: all glyphs of the cluster, and whether one is lost or
doubled, which is known by air (--udp). [b]glyphs[/b] and [b]energy[/b] are a board's.
The wheel: a ring for each board, in the order of the rows."""


class Confirm(ModalScreen[bool]):
    """A question; y or Enter is yes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,enter", "answer(True)", "yes"),
        Binding("n,escape,q,ctrl+c", "answer(False)", "no"),
    ]

    def __init__(self, question: str) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        """One box."""
        yield Static(f"{self._question}\n\n[b]y[/b] yes   [b]n[/b] no", classes="box")

    def action_answer(self, yes: bool) -> None:
        """What was pressed."""
        self.dismiss(yes)


class Help(ModalScreen[None]):
    """The keys; any of them closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,enter,space,ctrl+c", "close", "close")
    ]

    def compose(self) -> ComposeResult:
        """One box."""
        yield Static(HELP, classes="box")

    def action_close(self) -> None:
        """Back to the window."""
        self.dismiss(None)
