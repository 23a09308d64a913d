"""Users' types: from a folder on a computer and on a board, the template, the guide, a trial."""

import re
import sys
from pathlib import Path

import pytest

from ascpi.glyphs import trial as trials
from ascpi.glyphs.trial import Trial, type_in
from ascpi.glyphs.trial_world import Flash
from ascpi.glyphs.types import FOLDER, load_types
from ascpi.runtimes.runtime import cpython, micropython, run
from ascpi_core.glyphs.kind import Kind, World
from ascpi_core.glyphs.motor import GUESTS_WAIT, HANDOFF_TURNS, RUNS_EVERY
from ascpi_core.glyphs.types import builtin
from ascpi_core.phase import BAND_NAMES

BUILT_IN = builtin().names()
LOADER = "tests.runtimes.guest.glyph_types"
TEMPLATE = (FOLDER / "template.py").read_text("utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "glyphs"
    made.mkdir()
    return made


def beat(name: str, number: int) -> str:
    return TEMPLATE.replace('"template"', f'"{name}"').replace("NUMBER = 64", f"NUMBER = {number}")


def fill(folder: Path) -> list[str]:
    """Good files and bad ones; how the sentence on each bad one begins."""
    (folder / "beat.py").write_text(beat("beat", 90))
    (folder / "copied.py").write_text(beat("copied", 90))
    (folder / "no_class.py").write_text("x = 1\n")
    (folder / "raises.py").write_text("1 // 0\n")
    (folder / "syntax.py").write_text("class GlyphType(:\n")
    (folder / "waltz.py").write_text(beat("waltz", 255))
    (folder / "_part.py").write_text("1 // 0\n")
    (folder / "README.md").write_text("no program\n")
    (folder / "a_folder.py").mkdir()
    return [
        "glyphs/copied.py is left out: NUMBER 90 is taken by beat: choose another",
        "glyphs/no_class.py is left out: it has no `class GlyphType(Kind)`",
        "glyphs/raises.py is left out: ZeroDivisionError: ",
        "glyphs/syntax.py is left out: SyntaxError: ",
    ]


def assert_begin(sentences: list[str], beginnings: list[str]) -> None:
    assert len(sentences) == len(beginnings), sentences
    for sentence, beginning in zip(sentences, beginnings, strict=True):
        assert sentence.startswith(beginning), sentence


def test_the_checkouts_own_folder_loads_without_a_word() -> None:
    registry, mistakes = load_types()
    assert mistakes == []
    assert registry.names() == [*BUILT_IN, "template"]
    kind = registry.by_number(64)
    assert kind is not None
    assert kind.NAME == "template"


def test_what_is_wrong_is_said_and_the_others_are_loaded(folder: Path) -> None:
    beginnings = fill(folder)
    registry, mistakes = load_types(folder)
    assert_begin(mistakes, beginnings)
    assert registry.names() == [*BUILT_IN, "beat", "waltz"]
    assert not (folder / "__pycache__").exists()
    assert not [name for name in sys.modules if name.startswith("glyphs")]


def test_a_file_that_was_mended_is_read_anew(folder: Path) -> None:
    (folder / "beat.py").write_text(beat("beat", 90))
    assert load_types(folder)[0].names()[-1] == "beat"
    (folder / "beat.py").write_text(beat("taeb", 90))
    assert load_types(folder)[0].names()[-1] == "taeb"


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    registry, mistakes = load_types(tmp_path / "nowhere")
    assert (registry.names(), mistakes) == (BUILT_IN, [])
    (tmp_path / "file").write_text("")
    registry, mistakes = load_types(tmp_path / "file")
    assert registry.names() == BUILT_IN
    assert len(mistakes) == 1
    assert "cannot be read" in mistakes[0]


@pytest.mark.parametrize("runtime", [micropython, cpython])
def test_a_board_loads_the_same_files_and_runs_them_alike(folder: Path, runtime: object) -> None:
    """In MicroPython, by `__import__`, from a folder as a board has it; all types have steps."""
    beginnings = fill(folder)
    (folder / "door.py").write_text(blocks()[0])
    assert callable(runtime)
    outcome = run(runtime(), LOADER, [str(folder)])
    lines = outcome.output.splitlines()
    assert outcome.code == 0, outcome.output
    said = [line for line in lines if " is left out: " in line]
    # A list of names does not say which is a folder's: there is a sentence on that one, too.
    assert_begin(said, ["glyphs/a_folder.py is left out: ", *beginnings])
    told = dict(line.split(": ", 1) for line in lines if ": ran=" in line)
    assert list(told) == [*BUILT_IN, "door", "beat", "waltz"]
    assert told == {
        "implosive": "ran=5 flashes=5 turns=5 dphi=0.256",
        "explosive": "ran=5 flashes=5 turns=5 dphi=0.744",
        "pulse": "ran=5 flashes=5 colour=#ffffff ms=80",
        "comet": "ran=5 flashes=5 laps=0 colour=#ffa028",
        "counter": "ran=5 flashes=5 count=5 nodes=1",
        "sampler": "ran=5 flashes=5 pin=0 mean=40000.00 samples=5",
        "beat": "ran=5 flashes=1 turns=5 every=4",
        "door": "ran=5 flashes=5 opened=1 now=open",
        "waltz": "ran=5 flashes=1 turns=5 every=4",
    }


# The template


def test_the_template_is_a_beat() -> None:
    trial = Trial(type_in(FOLDER / "template.py")).run(turns=9)
    assert trial.flashes == [Flash(4, 1, 255, 255, 255, 100), Flash(8, 1, 255, 255, 255, 100)]
    assert (trial.describe(), trial.error, trial.glyph.energy) == ("turns=9 every=4", "", 991)


def test_the_templates_state_sets_it_and_goes_along() -> None:
    trial = Trial(type_in(FOLDER / "template.py"), state=bytes([3, 25]))
    trial.run(2).move(9).run(2).reset().run(2)
    assert [(flash.turn, flash.node, flash.duration_ms) for flash in trial.flashes] == [
        (3, 9, 250),
        (6, 9, 250),
    ]


def test_the_template_says_how_it_is_tried(capsys: pytest.CaptureFixture[str]) -> None:
    command = re.search(r"-m ascpi\.glyphs\.trial (\S+) (.+)\n", TEMPLATE)
    assert command is not None
    assert trials.run([str(FOLDER.parent / command[1]), *command[2].split()]) == 0
    assert "turns=8 every=4" in capsys.readouterr().out


# The guide


def blocks(language: str = "python") -> list[str]:
    guide = (FOLDER.parent / "docs" / "glyph-types.md").read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", guide, re.MULTILINE | re.DOTALL)


def test_the_guides_code_runs_and_prints_what_the_guide_shows(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    the_type, the_trial = blocks()
    (folder / "door.py").write_text(the_type)
    exec(the_trial, {"GlyphType": type_in(folder / "door.py")})
    assert [capsys.readouterr().out] == blocks("text")


def test_the_guides_command_runs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "door.py").write_text(blocks()[0])
    command = blocks("sh")[0].split()
    assert command[:4] == [".venv/bin/python", "-m", "ascpi.glyphs.trial", "glyphs/door.py"]
    assert trials.run([str(folder / "door.py"), *command[4:]]) == 0
    assert capsys.readouterr().out.endswith("energy 994, opened=1 now=open\n")


def test_the_guides_table_of_modes_is_the_schedules() -> None:
    guide = (FOLDER.parent / "docs" / "glyph-types.md").read_text("utf-8")
    for band, name in enumerate(BAND_NAMES):
        runs = "glyphs born here" if GUESTS_WAIT[band] else "all"
        every = "every turn" if RUNS_EVERY[band] == 1 else f"every {RUNS_EVERY[band]}nd turn"
        turns = HANDOFF_TURNS[band]
        moves = {0: "none", 1: "one in a turn"}.get(turns, f"one in {turns} turns")
        assert f"| {name} | {runs}, {every} | {moves} |" in guide


def test_the_guide_names_all_that_a_type_and_a_world_have() -> None:
    guide = (FOLDER.parent / "docs" / "glyph-types.md").read_text("utf-8")
    world = [name for name in {*dir(World), *vars(World())} if name[0] != "_"]
    kind = [name for name in dir(Kind) if name[0] != "_"]
    for name in [*world, *kind, "get_word", "put_word", "count_word", *BUILT_IN]:
        if name != "holding":
            assert re.search(rf"`[^`]*\b{name}\b", guide), name


def test_the_guides_links_lead_somewhere() -> None:
    for page in (FOLDER.parent / "docs" / "glyph-types.md", FOLDER / "README.md"):
        links = re.findall(r"\]\(([^)#]+)\)", page.read_text("utf-8"))
        assert links
        for link in links:
            assert (page.parent / link).exists(), link
