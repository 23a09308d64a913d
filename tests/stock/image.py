"""Whether a stock image holds the names that the firmware asks MicroPython for.

An interpreter keeps each name that its modules have as text that ends with a zero byte. A name
that is not found so cannot be in any module; one that is found may belong to another module or be
the end of a longer word, so this refutes and does not prove.
"""

from pathlib import Path

from ascpi.errors import AscpiError
from ascpi.paths import REPOSITORY
from tests.stock import mistakes, uses

# The first byte of an image for an ESP32, whatever its family.
MAGIC = 0xE9


def wanted() -> set[str]:
    """Each name once, without its module; keywords among them."""
    asked = uses.read(mistakes.sources(), REPOSITORY)
    names = {part for use in (*asked.imports, *asked.names) for part in use.path.split(".")}
    names |= {use.path for use in asked.members if use.path not in asked.own}
    called = [use for use in asked.calls if use.known or use.path not in asked.own]
    return names | {word for use in called for word in use.keywords}


def missing(file: Path) -> list[str]:
    """The names that the image does not hold, sorted."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise AscpiError(f"{file} cannot be read: {error.strerror}") from None
    if not content or content[0] != MAGIC:
        raise AscpiError(f"{file} is no image for an ESP32: it does not begin with 0x{MAGIC:02x}")
    return sorted(name for name in wanted() if name.encode() + b"\0" not in content)
