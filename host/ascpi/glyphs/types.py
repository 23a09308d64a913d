"""The types of glyphs that this computer knows: those built in, and those in a folder `glyphs`."""

from pathlib import Path
from types import ModuleType

from ascpi.paths import REPOSITORY
from ascpi_core.glyphs.kind import Registry
from ascpi_core.glyphs.loading import load_user_types
from ascpi_core.glyphs.types import builtin

FOLDER = REPOSITORY / "glyphs"
"""Where a checkout has the types that its users wrote."""


def load_types(folder: Path = FOLDER) -> tuple[Registry, list[str]]:
    """A registry with the built-in types and those of the folder, and a sentence for each file
    that is left out. A folder that does not exist holds none."""
    registry = builtin()
    try:
        names = [path.name for path in folder.iterdir() if path.is_file()]
    except FileNotFoundError:
        return registry, []
    except OSError as error:
        return registry, [f"{folder} cannot be read ({error.strerror}): no type in it is known"]
    return registry, load_user_types(
        registry, names, lambda stem: import_file(folder / f"{stem}.py")
    )


def import_file(path: Path) -> ModuleType:
    """The module in a file, read anew each time: nothing is kept beside it or in `sys.modules`,
    so that a folder that goes onto a board has its own files only. Raises what the file raises."""
    module = ModuleType(f"glyphs.{path.stem}")
    module.__file__ = str(path)
    exec(compile(path.read_bytes(), str(path), "exec"), module.__dict__)
    return module
