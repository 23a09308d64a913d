"""The window: what is heard goes into the session, and is drawn ten times a second."""

import time
from collections.abc import Callable
from typing import ClassVar

from textual import events, on
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input

from ascpi.monitor.board import Board
from ascpi.monitor.record import WallClock
from ascpi.monitor.session import Session
from ascpi.monitor.sources import Ports, now_us
from ascpi.monitor.summary import Notice, Summary, glyph_line, notices, summarise
from ascpi.monitor.window import details
from ascpi.monitor.window.deeds import Deeds
from ascpi.monitor.window.dialogs import Help
from ascpi.monitor.window.layout import GAP, Layout, layout
from ascpi.monitor.window.lines import Line, Lines
from ascpi.monitor.window.pane import Pane
from ascpi.monitor.window.portrait import portrait
from ascpi.monitor.window.style import STYLE
from ascpi.monitor.window.table import HEADER_ROWS, Table
from ascpi.monitor.window.wheel import TRUE_COLOUR, Wheel
from ascpi.view.light import level_of
from ascpi_core.phase import LOOSE

PARTS = ("title", "table", "glyphs", "wheel", "detail", "held", "notices", "footer")

FRAME_S = 0.1
# Drawing takes a sixth of a processor, at most; so many boards that it would are drawn less often.
FRAME_COSTS = 5
FRAME_LONGEST_S = 1.0
# Numbers that change in every frame cannot be read.
NUMBERS_EVERY = 3
# Of lights, in a picture; within so many seconds there is such a moment at any usual rate.
BRIGHT, BRIGHT_S = 0.7, 2.0
# What came of something that the user did is shown for so long.
ANSWER_US = 8_000_000


class MonitorApp(App[None]):
    """Closed by the user, at `until_s` (time.monotonic), or when `is_over`."""

    CSS = STYLE
    ENABLE_COMMAND_PALETTE = False
    # Or the keys would go into the box of the filter.
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "select(-1)", show=False),
        Binding("down,j", "select(1)", show=False),
        Binding("home", "select(-100000)", show=False),
        Binding("end", "select(100000)", show=False),
        Binding("pageup", "scroll(0, -1)", show=False),
        Binding("pagedown", "scroll(0, 1)", show=False),
        Binding("left", "scroll(-1, 0)", show=False),
        Binding("right", "scroll(1, 0)", show=False),
        Binding("r", "reset", show=False),
        Binding("e", "repl", show=False),
        Binding("p", "pause", show=False),
        Binding("slash", "filter", show=False),
        Binding("l", "lines", show=False),
        Binding("question_mark,f1", "help", show=False),
        Binding("escape", "clear_filter", show=False),
        Binding("q,ctrl+c", "quit", show=False),
    ]

    def __init__(
        self,
        session: Session,
        ports: Ports,
        wanted: str = "",
        until_s: float | None = None,
        is_over: Callable[[], bool] = lambda: False,
    ) -> None:
        super().__init__()
        self.session = session
        self.wanted = wanted
        self.paused = False
        self.wants_portrait = False
        self.portrait: list[Line] = []
        self.selected: Board | None = None
        self._until_s = until_s
        self._is_over = is_over
        self._deeds = Deeds(self, ports, self.answer)
        self._parts = {name: Lines(name) for name in PARTS}
        self._pane = Pane(session, WallClock())
        self._table = Table()
        self._wheel = Wheel()
        self._band = LOOSE
        self._frames = 0
        self._due_s = 0.0
        self._answer: Notice | None = None

    def compose(self) -> ComposeResult:
        """The parts, from the top."""
        parts = self._parts
        yield parts["title"]
        yield parts["table"]
        yield parts["glyphs"]
        with Horizontal(id="below"):
            yield parts["wheel"]
            with Vertical(id="beside"):
                yield parts["detail"]
                yield parts["held"]
                yield self._pane
        yield parts["notices"]
        yield Input(placeholder="lines of all boards that contain …", id="filter")
        yield parts["footer"]

    def on_mount(self) -> None:
        """Draw from now on."""
        self.set_interval(FRAME_S, self._frame)

    def on_resize(self) -> None:
        """Numbers, too, for the new size."""
        self._frames = 0

    # Drawing

    def _frame(self) -> None:
        self.session.drain()
        if self._is_over() or (self._until_s is not None and time.monotonic() >= self._until_s):
            if self._poses():
                self.exit()
            return
        if self.paused or len(self.screen_stack) > 1 or time.monotonic() < self._due_s:
            return
        before_s = time.thread_time()
        self.draw(now_us())
        cost_s = time.thread_time() - before_s
        self._due_s = time.monotonic() + min(FRAME_COSTS * cost_s, FRAME_LONGEST_S)

    def _poses(self) -> bool:
        """Whether a picture has been taken, or none is wanted: one is taken at a bright moment."""
        if not self.wants_portrait:
            return True
        self._frames = 0
        summary = self.draw(now_us())
        dark = summary.length > 0.5 and level_of(summary.mean) < BRIGHT
        if dark and self._until_s is not None and time.monotonic() < self._until_s + BRIGHT_S:
            return False
        self.portrait = portrait(self)
        return True

    def draw(self, at_us: int) -> Summary:
        """Everything, as it is at `at_us`."""
        fresh = self._frames % NUMBERS_EVERY == 0
        self._frames += 1
        boards = self.session.roster.boards
        if self.selected not in boards:
            self.selected = boards[0] if boards else None
        summary = summarise(boards, at_us, self._band)
        self._band = summary.band
        found = self._notices(at_us)
        glyphs = glyph_line(self.session.roster, at_us)
        shown_glyphs = 0 if glyphs is None else 1
        plan = layout(self.size.width, self.size.height, len(boards), len(found), shown_glyphs)
        self._parts["glyphs"].display = glyphs is not None
        self._arrange(plan.table, plan.wheel, plan.notices)
        names = [self.session.roster.name_of(board) for board in boards]
        index = boards.index(self.selected) if self.selected is not None else 0
        table = self._parts["table"]
        size = (table.size.width, plan.table)
        table.show(self._table.lines(boards, names, index, size, at_us, fresh))
        if plan.wheel:
            colours = TRUE_COLOUR if self.is_headless else self.console.color_system
            lines = self._wheel.lines(boards, summary, plan.wheel, at_us, colours)
            self._parts["wheel"].show(lines)
        if fresh:
            if glyphs is not None:
                self._parts["glyphs"].show([details.glyph_line(glyphs)])
            self._write(plan, summary, found, names[index] if names else "", at_us)
        return summary

    def _write(
        self, plan: Layout, summary: Summary, found: list[Notice], name: str, at_us: int
    ) -> None:
        """What is to be read; `name`: that of the selected board."""
        width = self.size.width
        title = details.title(summary, self.wanted, self.paused, width)
        self._parts["title"].show([title])
        self._parts["footer"].show([details.footer(self.session.roster.ear, width)])
        self._parts["notices"].show(details.notice_lines(found, plan.notices))
        detail = self._parts["detail"]
        beside = width - 2 * plan.wheel - GAP
        lines = details.detail_lines(self.selected, name, at_us, beside)
        _resize(detail, min(len(lines), plan.details))
        detail.show(lines)
        self._list_glyphs(plan, len(lines), at_us)
        self._pane.follow(self.selected, self.wanted)
        self._pane.update_lines()

    def _list_glyphs(self, plan: Layout, above: int, at_us: int) -> None:
        """The selected board's glyphs, in half of what the details leave."""
        held = self._parts["held"]
        room = max(plan.held - above, 2)
        lines = details.glyph_lines(self.selected, self.session.roster.glyphs, at_us, room)
        held.display = bool(lines)
        _resize(held, len(lines))
        held.show(lines)

    def _notices(self, at_us: int) -> list[Notice]:
        found = notices(self.session.roster, at_us)
        if self.session.log is not None and self.session.log.failure:
            found.insert(0, Notice("log", self.session.log.failure, True, at_us))
        if self._answer is not None and at_us - self._answer.at_us < ANSWER_US:
            found.insert(0, self._answer)
        return found

    def _arrange(self, table: int, wheel: int, noticed: int) -> None:
        """Rows of the parts; nothing is laid out anew as long as they are the same."""
        _resize(self._parts["table"], table)
        _resize(self._parts["notices"], noticed)
        shown = self._parts["wheel"]
        if shown.styles.width is None or shown.styles.width.value != 2 * wheel:
            shown.styles.width = 2 * wheel
            shown.display = wheel > 0

    def answer(self, name: str, text: str, is_error: bool = True) -> None:
        """What came of something that the user did."""
        self._answer = Notice(name, text, is_error, now_us())

    # Keys

    def action_select(self, step: int) -> None:
        """Up or down, to the ends at most."""
        boards = self.session.roster.boards
        if self.selected in boards:
            index = boards.index(self.selected) + step
            self.selected = boards[max(0, min(index, len(boards) - 1))]
            self._frames = 0

    def action_scroll(self, columns: int, rows: int) -> None:
        """The lines, by half of what is seen."""
        size = self._pane.size
        self._pane.scroll_view(columns * size.width // 2, rows * size.height // 2)

    def action_pause(self) -> None:
        """Stop drawing, or go on."""
        self.paused = not self.paused
        self._frames = 0
        self.draw(now_us())

    def action_lines(self) -> None:
        """The pane of lines, or not."""
        self._pane.display = not self._pane.display

    def action_help(self) -> None:
        """The keys."""
        self.push_screen(Help())

    def action_filter(self) -> None:
        """Ask for the text."""
        box = self.query_one("#filter", Input)
        box.value = self.wanted
        box.display = True
        box.focus()

    def action_clear_filter(self) -> None:
        """No filter any more."""
        self._filter("")

    @on(Input.Submitted, "#filter")
    def _submitted(self, event: Input.Submitted) -> None:
        self._filter(event.value)

    def _filter(self, wanted: str) -> None:
        self.wanted = wanted
        self.query_one("#filter", Input).display = False
        self.set_focus(None)
        self._frames = 0

    @on(events.Click, "#table")
    def _clicked(self, event: events.Click) -> None:
        index = self._table.first + event.y - HEADER_ROWS
        boards = self.session.roster.boards
        if event.y >= HEADER_ROWS and index < len(boards):
            self.selected = boards[index]

    def action_reset(self) -> None:
        """Reset the selected board, if that is meant."""
        if self.selected is not None:
            self._deeds.reset(self.selected)

    def action_repl(self) -> None:
        """This terminal on the selected board's port."""
        if self.selected is not None:
            self._deeds.visit(self.selected)


def _resize(part: Lines, height: int) -> None:
    """Rows of a part; nothing is laid out anew as long as they are the same."""
    if part.styles.height is None or part.styles.height.value != height:
        part.styles.height = height
