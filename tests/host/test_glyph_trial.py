"""A type tried without a board: what the trial shows is what a cluster would do."""

from pathlib import Path

import pytest

from ascpi.cli import EXIT_USAGE, guarded
from ascpi.glyphs import trial as trials
from ascpi.glyphs.trial import Trial, TrialError, type_in
from ascpi_core.glyphs.glyph import Glyph
from ascpi_core.glyphs.kind import Kind, World
from ascpi_core.glyphs.types.comet import Comet
from ascpi_core.glyphs.types.counter import Counter
from ascpi_core.glyphs.types.sampler import Sampler
from ascpi_core.phase import BAND_NAMES

SAMPLE = """
from ascpi_core.glyphs.kind import Kind

class GlyphType(Kind):
    NAME = "sample"
    NUMBER = 90

    def step(self, glyph, world):
        world.read(0)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "glyphs"
    made.mkdir()
    return made


def test_a_trial_moves_and_resets_as_a_cluster_does() -> None:
    comet = Trial(Comet, node=1).run(1)
    for node in (2, 3, 1):
        comet.move(node).run(1)
    assert comet.describe() == "laps=1 colour=#ffa028"
    counter = Trial(Counter).run(3).reset().move(2).run(4)
    assert counter.describe() == "count=7 nodes=2"
    assert counter.glyph.hops == 1


def test_a_trials_pins_are_numbers_or_functions() -> None:
    readings = iter([1000, 3000])
    trial = Trial(Sampler, state=bytes([34]), pins={34: lambda: next(readings), 5: 65535})
    assert trial.run(2).describe() == "pin=34 mean=2000.00 samples=2"
    missing = Trial(Sampler, pins={5: 1}).run(3)
    assert (missing.standing, missing.turn) == ("stopped", 1)
    assert missing.error == "ValueError: pin 0: this node has no pins"
    assert "it raised ValueError: pin 0" in str(missing)


def test_a_trial_ends_with_energy_and_lifetime_and_obeys_the_band() -> None:
    assert Trial(Counter, energy=3).run(10).describe() == "count=3 nodes=1"
    lived = Trial(Counter, lifetime=5).run(10)
    assert (lived.standing, lived.turn, lived.glyph.energy) == ("ending", 5, 0)
    assert Trial(Counter, band="forming").run(10).describe() == "count=5 nodes=1"
    assert Trial(Counter, band="loose").move(2).run(10).describe() == "count=0 nodes=2"


class Slow(Kind):
    """Takes as long as it is told, on a clock that only it advances."""

    NAME = "slow"
    NUMBER = 80
    ALLOT_US = 1

    def step(self, glyph: Glyph, world: World) -> None:
        sum(range(100_000))


def test_a_timed_trial_charges_for_time() -> None:
    assert Trial(Slow, energy=1000).run(1).glyph.energy == 999
    assert Trial(Slow, energy=1000, timed=True).run(1).glyph.energy < 999


class Loud(Kind):
    NAME = "loud"
    NUMBER = 81
    colour: tuple[object, ...] = (1, 2, 3, 4)

    def step(self, glyph: Glyph, world: World) -> None:
        world.say("hello")
        world.flash(*self.colour)  # type: ignore[arg-type]


def test_a_trial_shows_what_was_said_and_shown_in_order() -> None:
    trial = Trial(Loud).run(1)
    assert trial.words == ["hello"]
    assert str(trial).splitlines()[:2] == [
        "turn 1, node 1: says 'hello'",
        "turn 1, node 1: #010203 for 4 ms",
    ]


@pytest.mark.parametrize(
    ("colour", "sentence"),
    [
        ((256, 0, 0, 1), "red 256 is not 0 to 255"),
        ((0, -1, 0, 1), "green -1 is not 0 to 255"),
        ((0, 0, 0.5, 1), "blue 0.5 is not 0 to 255"),
        ((0, 0, 0, 0), "0 is no time in ms"),
    ],
)
def test_a_trial_finds_what_no_light_can_show(colour: tuple[object, ...], sentence: str) -> None:
    trial = Trial(type("Wrong", (Loud,), {"colour": colour})).run(1)
    assert trial.error == f"ValueError: {sentence}"


def test_what_cannot_be_tried_is_a_sentence(folder: Path) -> None:
    with pytest.raises(TrialError, match=r"^Wrong: NUMBER 3 is taken by pulse"):
        Trial(type("Wrong", (Loud,), {"NUMBER": 3}))
    with pytest.raises(TrialError, match="a state of 25 bytes: 24 are all there is"):
        Trial(Loud, state=bytes(25))
    with pytest.raises(TrialError, match=f"tight is no band: give one of {BAND_NAMES[0]}, "):
        Trial(Loud, band="tight")
    with pytest.raises(TrialError, match=r"README.md is no type's file: its name ends in \.py"):
        type_in(folder / "README.md")
    with pytest.raises(TrialError, match=r"^glyphs/nobody.py is left out: FileNotFoundError"):
        type_in(folder / "nobody.py")


def test_the_command_tells_failures_apart(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "sample.py").write_text(SAMPLE)
    assert trials.run([str(folder / "sample.py")]) == 1
    assert "it raised ValueError: pin 0" in capsys.readouterr().out
    assert guarded(lambda: trials.run([str(folder / "window.py")])) == EXIT_USAGE
    assert capsys.readouterr().err.startswith("ascpi: glyphs/window.py is left out: ")
