"""What a board can say: every text in the sources that ends up on its serial line.

    python -m tests.firmware.messages

A text counts if it has three words or more and is no docstring: that is what notes, errors and
the reasons in them have, and keys, formats and names have not. A text with placeholders counts as
its pieces, in their order.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ascpi.paths import CORE, FIRMWARE, REPOSITORY

PAGES = tuple(REPOSITORY / "docs" / name for name in ("wifi.md", "transports.md"))

# Of the core: what checks a configuration, makes lines, and tells what is wrong with a journal.
# What is wrong with a type of glyph says itself what to do. The probe has a page of its own.
CORE_FILES = ("settings.py", "lines.py", "telemetry.py", "glyphs/trouble.py")

PLACEHOLDER = re.compile(r"%[-+0 #]*\d*(?:\.\d+)?[diouxXeEfgcrsa]|%%")
WORDS = 3


@dataclass(frozen=True)
class Text:
    where: str
    # What stands between the placeholders, in order.
    pieces: tuple[str, ...]


def files() -> list[Path]:
    """The sources that speak."""
    return [
        *sorted((FIRMWARE / "ascpi_board").rglob("*.py")),
        *(CORE / name for name in CORE_FILES),
    ]


def texts() -> list[Text]:
    """All of them."""
    found = []
    for file in files():
        tree = ast.parse(file.read_text("utf-8"))
        for node in _spoken(tree):
            pieces = tuple(
                piece.strip() for piece in PLACEHOLDER.split(node.value) if _is_stable(piece)
            )
            if pieces:
                found.append(Text(f"{file.relative_to(REPOSITORY)}:{node.lineno}", pieces))
    return found


@dataclass(frozen=True)
class _Constant:
    value: str
    lineno: int


def _spoken(tree: ast.Module) -> Iterator[_Constant]:
    silent = {id(constant) for constant in _silent(tree)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        if id(node) not in silent and len(node.value.split()) >= WORDS:
            yield _Constant(node.value, node.lineno)


def _silent(tree: ast.Module) -> Iterator[ast.Constant]:
    """Docstrings, texts that stand below a name, annotations and the meanings of settings."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value
        annotations = [getattr(node, "annotation", None), getattr(node, "returns", None)]
        yield from (found for found in annotations if isinstance(found, ast.Constant))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in _ROWS:
            yield from (found for found in node.args if isinstance(found, ast.Constant))


_ROWS = ("Setting", "Whole", "Fraction", "Arc", "Choice", "Flag", "Table", "Secret")


def _is_stable(piece: str) -> bool:
    """Long enough to find a text by."""
    return sum(letter.isalpha() for letter in piece) >= 4


def undocumented(pages: tuple[Path, ...] = PAGES) -> list[str]:
    """The texts that no line of the pages has, with all their pieces in order."""
    lines = [_plain(line) for page in pages if page.exists() for line in _lines(page)]
    missing = []
    for text in texts():
        pattern = re.compile(".*?".join(re.escape(_plain(piece)) for piece in text.pieces))
        if not any(pattern.search(line) for line in lines):
            missing.append(f"{text.where}: {' … '.join(text.pieces)}")
    return missing


def _lines(page: Path) -> list[str]:
    return page.read_text("utf-8").splitlines()


def _plain(text: str) -> str:
    """Without what Markdown adds, and with single spaces."""
    return " ".join(text.replace("`", "").replace("\\", "").replace("*", "").split())


if __name__ == "__main__":
    for text in texts():
        print(f"{text.where}: {' … '.join(text.pieces)}")
