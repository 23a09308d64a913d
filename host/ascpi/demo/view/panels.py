"""The parts of the picture. Each is a list of lines, each line a list of segments."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.segment import Segment

from ascpi.cluster import DESKTOP
from ascpi.demo import words
from ascpi.demo.scene import (
    BAD,
    DONE,
    GOOD,
    NO_POWER,
    PRESENT,
    LogLine,
    NodeView,
    Scene,
    StoryStep,
)
from ascpi.demo.view import digits, glyphs, meters
from ascpi.view import colour, pixels, units, wheel
from ascpi.view.colour import Rgb, style
from ascpi.view.light import level_of, lit
from ascpi_core.phase import BAND_NAMES

Line = list[Segment]

# A terminal's colours in Rich's words: also "256", "standard" (16), None.
TRUE_COLOUR = "truecolor"

# A story is slow: of C's history each third value is shown, so that its rise is in the picture.
STORY_HISTORY_STEP = 3

# Of a node's row, all but its bar, its glyphs and its clock.
ROW_FIXED = 38
NAME_WIDTH = 8
CLAIM_WIDTH = 8
CLOCK_WIDTH = 7
# A shorter bar shows nothing.
BAR_LEAST = 5


def text(words_: str, rgb: Rgb = colour.TEXT, bold: bool = False) -> Segment:
    return Segment(words_, style(rgb, None, bold))


def colour_of(scene: Scene, index: int) -> Rgb:
    if scene.nodes[index].kind == DESKTOP and len(scene.nodes) > 1 and index:
        only = sum(node.kind == DESKTOP for node in scene.nodes) == 1
        if only:
            return colour.WHITE
    return colour.node_colour(index, len(scene.nodes))


def wheel_lines(scene: Scene, rows: int, colours: str | None = TRUE_COLOUR) -> list[Line]:
    """A wheel of so many lines, and twice as many columns."""
    dots = [
        None if node.phase is None else wheel.Dot(node.phase, colour_of(scene, index))
        for index, node in enumerate(scene.nodes)
    ]
    heart = wheel.Heart(
        colour.band_colour(scene.band), level_of(scene.mean), scene.mean, scene.length
    )
    picture = wheel.paint(2 * rows, dots, heart)
    if colours is None:
        return pixels.outlines_of(picture)
    if colours != TRUE_COLOUR:
        picture = pixels.simplified(picture, colours)
    return pixels.lines_of(picture)


def title(scene: Scene, width: int) -> Line:
    """What this is, and how long it runs."""
    left = [text(" ASCπ ", colour.band_colour(scene.band), bold=True)]
    parts = [f"{len(scene.nodes)} nodes"]
    if scene.ppm_apart:
        parts.append(f"clocks up to {scene.ppm_apart:g} ppm apart")
    parts.append(words.air(scene.air))
    left.append(text(" · ".join(parts), colour.DIM))
    minutes, seconds = divmod(scene.elapsed_s, 60)
    right = [text(f"{minutes:.0f}:{seconds:04.1f} ", colour.TEXT)]
    return spread(left, right, width)


def footer(scene: Scene, width: int, with_keys: bool = True) -> Line:
    left: Line = []
    for key, effect in scene.keys if with_keys else ():
        left += [text(f" {key}", colour.TEXT, bold=True), text(f" {effect} ", colour.DIM)]
    parts = []
    if scene.packets_per_s is not None:
        parts.append(f"{scene.packets_per_s:.0f} packets/s")
    if scene.field:
        parts.append(f"{scene.field} field")
    parts.append(f"seed {scene.seed}")
    return spread(left, [text(" · ".join(parts) + " ", colour.DIM)], width)


def coherence_lines(scene: Scene, with_name: bool = True) -> list[Line]:
    """C in big digits."""
    rgb = colour.band_colour(scene.band)
    shown = "-.----" if scene.coherence is None else units.coherence(scene.coherence)
    values = digits.big(shown)
    if not with_name:
        return [[text(value, rgb)] for value in values]
    names = digits.big("C=")
    return [
        [text(name + "  ", colour.DIM), text(value, rgb)]
        for name, value in zip(names, values, strict=True)
    ]


def verdict_lines(scene: Scene) -> list[Line]:
    """The band, whether it is a lock, and how good: three lines."""
    name = BAND_NAMES[scene.band]
    if scene.locked and scene.time_to_lock_s is not None:
        lock = [text("locked", colour.GOOD), text(f" at {scene.time_to_lock_s:.1f} s")]
    else:
        lock = [text("not locked yet", colour.DIM)]
    lines = [[text(name, colour.band_colour(scene.band), bold=True)], lock]
    if scene.steady_s is not None and scene.steady_worst_us is not None:
        lines.append(
            [
                text(f"{units.within(scene.steady_worst_us)}", colour.TEXT),
                text(f" · {scene.steady_s:.0f} s", colour.DIM),
            ]
        )
    else:
        lines.append([])
    return lines


def history_lines(scene: Scene, width: int, lines: int) -> list[Line]:
    """C over the last while, each column in the colour of its band."""
    step = STORY_HISTORY_STEP if scene.story else 1
    shown = scene.history[::-step][:width][::-1]
    rows = meters.sparkline(shown, width, lines)
    bands = [0] * (width - len(shown)) + [_band_of(value) for value in shown]
    return [_tinted(row, bands) for row in rows]


def _band_of(value: float) -> int:
    return sum(value > edge for edge in (0.30, 0.60, 0.75))


def _tinted(row: str, bands: Sequence[int]) -> Line:
    line: Line = []
    for character, band in zip(row, bands, strict=True):
        tint = style(colour.mixed(colour.band_colour(band), colour.BACKGROUND, 0.35))
        if line and line[-1].style == tint:
            line[-1] = Segment(line[-1].text + character, tint)
        else:
            line.append(Segment(character, tint))
    return line


def node_header(scene: Scene, width: int) -> Line:
    row = _row(scene, width)
    clock = f"{'ppm':>6} " if row.clock else ""
    held = f" {'glyphs':<{glyphs.CELL_WIDTH}}" if scene.glyphs else ""
    # Above the bar if that is long enough, else above the number.
    over_bar = row.bar >= len("phase error")
    error = "phase error".center(row.bar) + " " * 9 if over_bar else f"{'error':>{row.bar + 9}}"
    return [text(f"  {'node':<{NAME_WIDTH}}{clock}{error}{held} {'state':<9} claim", colour.DIM)]


@dataclass(frozen=True)
class _Row:
    """What a node's row has room for: its clock's error, and a bar of so many columns."""

    clock: bool
    bar: int


def _row(scene: Scene, width: int) -> _Row:
    """Glyphs come first, then the clock, then the bar: odd, so that there is a middle."""
    room = width - ROW_FIXED - (glyphs.CELL_WIDTH + 1 if scene.glyphs else 0)
    clock = room >= CLOCK_WIDTH
    room -= CLOCK_WIDTH if clock else 0
    bar = (room - 1) // 2 * 2 + 1
    return _Row(clock, bar if bar >= BAR_LEAST else 0)


def node_line(scene: Scene, index: int, width: int) -> Line:
    """LED, name, clock, where its error lies, how big it is, what it holds, and what the node says
    of itself."""
    node = scene.nodes[index]
    rgb = colour_of(scene, index)
    row = _row(scene, width)
    ppm = units.signed(f"{node.ppm:+.1f}") if node.ppm else "0"
    error = "" if node.error_us is None else units.microseconds(node.error_us)
    return [
        _led(scene, node),
        text(f" {node.name:<{NAME_WIDTH}}", rgb),
        *([text(f"{ppm:>6} ", colour.DIM)] if row.clock else []),
        *(_bar(node, rgb, row.bar) if row.bar else []),
        text(f"{error:>9} "),
        *([*glyphs.cell(scene, node), text(" ")] if scene.glyphs else []),
        _state(node),
        _claim(node),
    ]


def _led(scene: Scene, node: NodeView) -> Segment:
    """The light that a board would show."""
    if node.phase is None:
        return text("○", colour.FAINT)
    if glyphs.has_flash(scene, node):
        return text("●", glyphs.COMET_COLOUR)
    return text("●", lit(node.phase, node.band))


def _bar(node: NodeView, rgb: Rgb, width: int) -> Line:
    half = width // 2
    cells = ["─"] * width
    cells[0], cells[half], cells[-1] = "╶", "┼", "╴"
    track = style(colour.mixed(colour.FAINT, colour.DIM, 0.3))
    if node.error_us is None:
        return [Segment("".join(cells), track)]
    column = meters.error_column(node.error_us, width)
    return [
        Segment("".join(cells[:column]), track),
        text("◆", rgb),
        Segment("".join(cells[column + 1 :]), track),
    ]


def _state(node: NodeView) -> Segment:
    rgb = colour.GOOD if node.state == "locked" else colour.DIM
    if node.state == "acquiring":
        rgb = colour.TEXT
    if node.state == NO_POWER:
        rgb = colour.BAD
    return text(f"{node.state:<9}", rgb)


def _claim(node: NodeView) -> Segment:
    """What its error is at most, it says."""
    claim = "" if node.claim_us is None else units.within(node.claim_us)
    return text(f" {claim:<{CLAIM_WIDTH}}", colour.DIM)


def log_lines(log: Sequence[LogLine], rows: int) -> list[Line]:
    """The last that happened, newest at the bottom."""
    shown = list(log)[-rows:] if rows > 0 else []
    lines: list[Line] = []
    for entry in shown:
        rgb = {GOOD: colour.GOOD, BAD: colour.BAD}.get(entry.kind, colour.TEXT)
        lines.append([text(f"{entry.at_s:7.2f} s  ", colour.DIM), text(entry.text, rgb)])
    return lines + [[] for _ in range(rows - len(lines))]


def story_lines(steps: Sequence[StoryStep], rows: int | None = None) -> list[Line]:
    """With `rows`, so many at most: what was seen first is shortened first."""
    kept = [list(step.lines) for step in steps]
    surplus = 0 if rows is None else sum(max(1, len(lines)) for lines in kept) - rows
    for lines in kept:
        while surplus > 0 and len(lines) > 1:
            lines.pop()
            surplus -= 1
    shown: list[Line] = []
    for number, (step, lines) in enumerate(zip(steps, kept, strict=True), start=1):
        head = _step_head(number, step)
        if not lines:
            shown.append(head)
        for index, words_ in enumerate(lines):
            start = head if index == 0 else [text(" " * 16)]
            shown.append([*start, text(words_)])
    return shown


def _step_head(number: int, step: StoryStep) -> Line:
    mark, rgb = "○", colour.DIM
    if step.state == DONE:
        mark, rgb = "✓", colour.GOOD
    elif step.state == PRESENT:
        mark, rgb = "●", colour.WHITE
    return [text(f" {mark} ", rgb), text(f"{number} {step.title:<11}", rgb, step.state == PRESENT)]


def spread(left: Line, right: Line, width: int) -> Line:
    """Left and right, with what is between them; the right is left out if there is no room."""
    gap = width - Segment.get_line_length(left) - Segment.get_line_length(right)
    if gap < 1:
        return left
    return [*left, Segment(" " * gap), *right]
