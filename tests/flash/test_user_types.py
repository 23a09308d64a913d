"""Users' own types of glyphs, on their way onto boards."""

from pathlib import Path

import pytest

from ascpi.cli import main
from ascpi.flash import user_types
from ascpi.flash.application import RUN_PATH, build
from ascpi.flash.chips import CHIPS
from ascpi.flash.errors import FlashError
from ascpi.flash.existing import is_kept
from ascpi.flash.plan import all_files

BLINK = """
from ascpi_core.glyphs.kind import Kind
class GlyphType(Kind):
    NAME = "blink"
    NUMBER = 64
    def step(self, glyph, world):
        world.flash(1, 2, 3, 40)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    types = tmp_path / "types"
    types.mkdir()
    (types / "blink.py").write_text(BLINK)
    (types / "template.py").write_text(BLINK)
    (types / "_mine.py").write_text("not Python")
    (types / "README.md").write_text("about them")
    return types


def test_types_go_onto_nodes_compiled_and_nothing_else_of_the_folder(folder: Path) -> None:
    chip = CHIPS["esp32c3"]
    own = set(build(chip, types=folder)) - set(build(chip))
    assert own == {"/glyphs/blink.mpy"}
    # The program is the same one, with or without them.
    assert build(chip, types=folder)[RUN_PATH] == build(chip)[RUN_PATH]
    assert set(build(chip, "probe", types=folder)) == set(build(chip, "probe"))
    assert user_types.sources(folder / "none") == {}


def test_a_type_replaces_its_older_self_and_all_else_of_a_board_stays() -> None:
    old = {
        "/glyphs.journal": b"what it holds",
        "/glyphs/blink.py": b"the old one",
        "/glyphs/other.mpy": b"of somebody else",
        "/glyphs/blink.txt": b"a note",
    }
    kept = {path: content for path, content in old.items() if is_kept(path)}
    assert kept == old
    files = all_files({"/glyphs/blink.mpy": b"the new one"}, b"{}", kept, 2e9)
    del files["/ascpi.json"], files["/ascpi_epoch"]
    assert files == {
        "/glyphs.journal": b"what it holds",
        "/glyphs/blink.mpy": b"the new one",
        "/glyphs/other.mpy": b"of somebody else",
        "/glyphs/blink.txt": b"a note",
    }
    assert user_types.replaced(("/glyphs/blink.mpy", "/main.py")) == {"/glyphs/blink.py"}


def test_every_mistake_is_named_before_a_board_is_touched(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    user_types.require_sound(folder)
    (folder / "twin.py").write_text(BLINK.replace("blink", "twin"))
    (folder / "typo.py").write_text("class GlyphType(:\n")
    (folder / "two words.py").write_text(BLINK.replace("64", "66").replace("blink", "two"))
    with pytest.raises(FlashError) as failure:
        user_types.require_sound(folder)
    said = str(failure.value)
    assert said.startswith("3 types of glyphs cannot go onto boards: ")
    for word in (
        "two words.py: the name of the file must be",
        "twin.py is left out: NUMBER 64 is taken",
    ):
        assert word in said
    assert "typo.py is left out: SyntaxError" in said
    assert main(["flash", "--port", "/dev/none", "--glyphs", str(folder)]) == 2
    assert "3 types of glyphs" in capsys.readouterr().err
    assert main(["flash", "--port", "/dev/none", "--glyphs", str(folder / "none")]) == 2
    assert "give --glyphs the one" in capsys.readouterr().err


def test_what_only_a_board_does_not_understand_is_said_by_its_compiler(folder: Path) -> None:
    (folder / "new.py").write_text(BLINK.replace("64", "65") + "match 3:\n    case 3: pass\n")
    with pytest.raises(FlashError, match=r"^glyphs/new does not compile for a board: line \d+: "):
        build(CHIPS["esp32"], types=folder)
