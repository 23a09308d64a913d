"""Pictures: sizes that always fit, and marks where they belong."""

import io
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from rich.console import Console
from rich.segment import Segment

from ascpi.demo.scene import DONE, PRESENT, WAITING, StoryStep
from ascpi.demo.view import digits, meters
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
