"""Types of glyphs that users wrote, on their way onto boards: /glyphs/NAME.py of each file.

A board leaves out what it cannot load and says so; but who flashes ten boards wants to know it
before, and with all mistakes together.
"""

from pathlib import Path

from ascpi.flash.errors import FlashError
from ascpi.glyphs.types import FOLDER as FOLDER
from ascpi.glyphs.types import import_file
from ascpi_core.glyphs.loading import load_user_types
from ascpi_core.glyphs.types import builtin

BOARD_FOLDER = "/glyphs/"
TEMPLATE = "template"


def sources(folder: Path) -> dict[str, bytes]:
    """Path on the board → source, of every type in a folder. Without a folder there are none."""
    files = sorted(folder.glob("*.py")) if folder.is_dir() else []
    return {
        BOARD_FOLDER + path.name: path.read_bytes()
        for path in files
        if path.stem != TEMPLATE and path.name[0] not in "._"
    }


def require_sound(folder: Path) -> None:
    """FlashError that names every file of the folder that a board would leave out."""
    if not folder.is_dir():
        raise FlashError(
            f"{folder} is no folder: give --glyphs the one that your types of glyphs are in"
        )
    names = [Path(path).name for path in sources(folder)]
    mistakes = [
        f"{name}: the name of the file must be a word of Python, such as blink.py"
        for name in names
        if not Path(name).stem.isidentifier()
    ]
    mistakes += load_user_types(builtin(), names, lambda stem: import_file(folder / f"{stem}.py"))
    if mistakes:
        count = "1 type" if len(mistakes) == 1 else f"{len(mistakes)} types"
        raise FlashError(f"{count} of glyphs cannot go onto boards: " + "; ".join(mistakes))


def replaced(paths: list[str] | tuple[str, ...]) -> set[str]:
    """What else must not stay on a board that gets these files: a source hides what is compiled,
    and what was compiled would come back once a source is gone."""
    stems = [path.rpartition(".")[0] for path in paths if path.startswith(BOARD_FOLDER)]
    return {stem + ending for stem in stems for ending in (".py", ".mpy")} - set(paths)
