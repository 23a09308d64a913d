"""Pictures: sizes that always fit, and marks where they belong."""

import io
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console
from rich.segment import Segment

from ascpi.demo.scene import DONE, PRESENT, WAITING, GlyphView, Scene, StoryStep
from ascpi.demo.view import digits, glyphs, meters, panels
from ascpi.demo.view.frame import Frame, compose
from ascpi.view import colour, pixels, wheel
from ascpi.view.svg import svg
from tests.demo.scenes import scene

SCATTERED: list[float | None] = [0.0, 0.2, 0.4, 0.6, 0.8]
TOGETHER: list[float | None] = [0.3] * 5
STORY = (
    StoryStep("Contact", DONE, ("A: Θ 0.2400", "B: Θ 0.8100")),
    StoryStep("CPS", PRESENT, ("…",)),
    StoryStep("Migration", WAITING),
)


def text_of(lines: list[list[Segment]]) -> str:
    return "\n".join("".join(segment.text for segment in line) for line in lines)


@pytest.mark.parametrize("nodes", [1, 2, 5, 17])
@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60), (79, 23), (60, 16), (20, 6)])
@pytest.mark.parametrize("story", [(), STORY])
def test_a_frame_has_exactly_its_size(
    nodes: int, size: tuple[int, int], story: tuple[StoryStep, ...]
) -> None:
    width, height = size
    scattered: list[float | None] = [index / nodes for index in range(nodes)]
    kinds: list[list[float | None]] = [[0.3] * nodes, scattered, [None] * nodes]
    for phases in kinds:
        lines = compose(scene(phases, story), width, height)
        assert len(lines) == height
        assert {Segment.get_line_length(line) for line in lines} == {width}


@pytest.mark.parametrize(("nodes", "size"), [(5, (80, 24)), (17, (80, 24)), (17, (120, 40))])
def test_everybody_is_seen(nodes: int, size: tuple[int, int]) -> None:
    shown = text_of(compose(scene([0.3] * nodes), *size))
    for index in range(nodes - 1):
        assert f"board {index + 1} " in shown
    for part in ("desktop", "shared", "locked at 1.3 s", "61 packets/s", "open field", "0:07.3"):
        assert part in shown


def test_a_story_takes_the_place_of_the_log() -> None:
    shown = text_of(compose(scene([0.24, 0.81], STORY), 80, 24))
    assert "✓ 1 Contact" in shown
    assert "● 2 CPS" in shown
    assert "○ 3 Migration" in shown
    assert "is up" not in shown


def with_glyphs(nodes: int, *, hopped_s: float = 7.2, before: int | None = 1) -> Scene:
    """A comet that came to node 2, and a counter on node 1."""
    comet = GlyphView("1.4073631", "comet", min(2, nodes), 9, hopped_s, before)
    counter = GlyphView("1.5073632", "counter", 1, 0, 0.5, None, 1234)
    keys = (("q", "ends"), ("k", "cuts the counter's power"))
    return replace(scene([0.3] * nodes), glyphs=(comet, counter), keys=keys)


@pytest.mark.parametrize("nodes", [1, 2, 5, 17])
@pytest.mark.parametrize("size", [(80, 24), (100, 28), (200, 60), (60, 16), (20, 6)])
def test_glyphs_change_no_size(nodes: int, size: tuple[int, int]) -> None:
    width, height = size
    lines = compose(with_glyphs(nodes), width, height)
    assert len(lines) == height
    assert {Segment.get_line_length(line) for line in lines} == {width}


@pytest.mark.parametrize("size", [(80, 24), (100, 28)])
@pytest.mark.parametrize("nodes", [2, 5, 17])
def test_glyphs_are_seen_where_they_are(nodes: int, size: tuple[int, int]) -> None:
    lines = text_of(compose(with_glyphs(nodes), *size)).splitlines()
    (holder,) = (line for line in lines if "● board 1 " in line)
    assert "#1234" in holder
    assert "±48 µs" in holder
    (visited,) = (line for line in lines if f"● {'desktop' if nodes == 2 else 'board 2'} " in line)
    assert "✦" in visited
    # Where it was a moment ago its light is still going out.
    assert "✧" in holder
    assert "k cuts the counter's power" in lines[-1]


def test_the_comet_runs_on_its_track() -> None:
    def shown(picture: Scene) -> str:
        return text_of([glyphs.track(picture, 80)])

    fresh = shown(with_glyphs(5))
    assert "─ board 1 ━" in fresh
    assert "━✦board 2 ─" in fresh
    assert " desktop ─" in fresh
    # A while later the tail is gone; it came round to the first one from the last: from the left.
    assert "━" not in shown(with_glyphs(5, hopped_s=1.0))
    assert shown(with_glyphs(5, before=5)).startswith("━━━ board 1 ━")
    assert len(fresh) == 80


def test_the_track_of_many_nodes_has_their_numbers() -> None:
    shown = text_of([glyphs.track(with_glyphs(17), 80)])
    assert " 1 ━" in shown
    assert "━✦2 ─" in shown
    assert " 16 ─" in shown
    assert " d ─" in shown
    assert text_of([glyphs.track(with_glyphs(17), 30)]) == "─" * 30


def test_the_light_of_a_board_is_the_comets_for_a_moment() -> None:
    fresh, gone = with_glyphs(5), with_glyphs(5, hopped_s=6.0)
    assert [glyphs.has_flash(fresh, node) for node in fresh.nodes] == [False, True] + [False] * 3
    assert not any(glyphs.has_flash(gone, node) for node in gone.nodes)


def test_more_glyphs_than_there_is_room_for() -> None:
    many = tuple(
        GlyphView(f"1.{number}", kind, 1, 0, 0.0, None, count)
        for number, (kind, count) in enumerate(
            [("counter", 123), ("pulse", None), ("mine", None), ("comet", None), ("counter", 9)]
        )
    )
    picture = replace(scene([0.3, 0.3]), glyphs=many)
    shown = text_of([glyphs.cell(picture, picture.nodes[0])])
    assert len(shown) == glyphs.CELL_WIDTH
    assert shown.startswith("✦ #123 ")


def test_a_story_that_is_too_long_is_shortened_from_its_beginning() -> None:
    lines = ("one", "two", "three")
    steps = (
        StoryStep("Contact", DONE, lines),
        StoryStep("CPS", DONE, lines),
        StoryStep("Migration", PRESENT, lines),
    )
    shown = text_of(panels.story_lines(steps, 6)).splitlines()
    assert len(shown) == 6
    assert [line.split()[-1] for line in shown] == ["one", "one", "two", "one", "two", "three"]
    assert len(panels.story_lines(steps)) == 9


def test_the_picture_does_not_jump_while_a_story_is_told() -> None:
    short = text_of(compose(scene([0.3] * 2, STORY), 80, 24)).splitlines()
    more = (*STORY[:2], StoryStep("Migration", DONE, ("one", "two", "three", "four")))
    long = text_of(compose(scene([0.3] * 2, more), 80, 24)).splitlines()
    assert [line[0] == "─" for line in short] == [line[0] == "─" for line in long]


def test_before_anything_is_known() -> None:
    shown = text_of(compose(scene([None] * 5), 80, 24))
    assert "starting" in shown
    assert "not locked yet" in shown


@pytest.mark.parametrize("system", ["truecolor", "256", "standard", None])
def test_any_terminal_can_show_it(system: str | None) -> None:
    console = Console(
        file=io.StringIO(),
        force_terminal=True,
        color_system=system,  # type: ignore[arg-type]
        width=80,
        height=24,
    )
    console.print(Frame(scene(SCATTERED)), end="")
    assert isinstance(console.file, io.StringIO)
    shown = console.file.getvalue()
    assert "board 4" in shown
    assert ("\x1b[" in shown) == (system is not None)


def brightest(picture: pixels.Picture) -> tuple[int, int]:
    """(column, row) of the brightest pixel outside of the heart."""
    size = len(picture)
    y, x = np.mgrid[0:size, 0:size] - (size - 1) / 2
    light = picture.astype(int).sum(axis=2) * (np.hypot(x, y) > size * 0.3)
    row, column = np.unravel_index(int(light.argmax()), light.shape)
    return int(column), int(row)


@pytest.mark.parametrize(
    ("phase", "column", "row"), [(0.0, 20, 1), (0.25, 38, 20), (0.5, 20, 38), (0.75, 1, 20)]
)
def test_a_phase_is_where_a_clock_would_have_it(phase: float, column: int, row: int) -> None:
    heart = wheel.Heart((0, 0, 0), 0.0, 0.0, 0.0)
    picture = wheel.paint(40, [wheel.Dot(phase, (0, 255, 255))], heart)
    found = brightest(picture)
    assert abs(found[0] - column) <= 1
    assert abs(found[1] - row) <= 1


def test_half_blocks() -> None:
    picture = np.full((2, 4, 3), colour.BACKGROUND, dtype=np.uint8)
    picture[0, 1] = picture[1, 2] = picture[0, 3] = picture[1, 3] = (240, 240, 240)
    (line,) = pixels.lines_of(picture)
    assert text_of([line]) == " ▀▄▀"
    assert line[-1].style is not None
    assert line[-1].style.bgcolor is not None
    assert text_of(pixels.outlines_of(picture)) == " ▀▄█"


def test_big_digits_are_as_wide_on_each_line() -> None:
    lines = digits.big("C= 0123456789.-")
    assert len(lines) == digits.LINES
    assert len({len(line) for line in lines}) == 1
    assert digits.big("1") == ["▄█ ", " █ ", "▀▀▀"] or digits.big("1")[0].strip()


@pytest.mark.parametrize(
    ("error_us", "column"), [(0, 10), (500_000, 20), (-500_000, 0), (9e9, 20), (-1, 10)]
)
def test_where_an_error_lies(error_us: float, column: int) -> None:
    assert meters.error_column(error_us, 21) == column


def test_error_places_keep_their_order() -> None:
    places = [meters.error_place(10.0**exponent) for exponent in range(6)]
    assert places == sorted(places)
    assert meters.error_place(-1000) == -meters.error_place(1000)


def test_sparkline() -> None:
    assert meters.sparkline([0.0, 0.5, 1.0], 4, 1) == ["  ▄█"]
    assert meters.sparkline([0.25, 0.75, 1.0], 3, 2) == [" ▄█", "▄██"]
    assert meters.sparkline([2.0, -1.0], 1, 1) == [" "]


def test_svg_is_a_picture_of_the_frame() -> None:
    lines = compose(scene(TOGETHER), 80, 24, footer=False)
    root = ElementTree.fromstring(svg(lines, 80, "a <title> & more"))
    assert root.tag.endswith("svg")
    texts = [element.text or "" for element in root.iter() if element.tag.endswith("text")]
    assert any("board 1" in text for text in texts)
    assert not any("▀" in text or "█" in text for text in texts)
